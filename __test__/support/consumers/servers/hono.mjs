import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { answer, listening } from './route.mjs';

const app = new Hono();
app.get('*', (context) => answer(context.req.raw));
app.onError((error, context) => context.text(error.message, 500));
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => listening(port));
