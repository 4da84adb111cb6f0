import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createRelay } from 'perennial-sse';
import { listening, source } from './source.mjs';

const relay = createRelay();
const app = new Hono();

app.post('/answers/:id', async (c) => {
  const body = await c.req.json();
  const run = await relay.run(c.req.param('id'), () => source(body));
  return run.toResponse(c.req.raw);
});
app.get('/answers/:id', async (c) => {
  const run = await relay.resume(c.req.param('id'));
  return run === undefined ? c.body(null, 204) : run.toResponse(c.req.raw);
});
app.delete('/answers/:id', async (c) => {
  return c.json({ stopped: await relay.stop(c.req.param('id')) });
});

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => listening(port));
