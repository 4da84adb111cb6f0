/* global Bun */
import { answer, listening } from './route.mjs';

const options = { port: 0, hostname: '127.0.0.1', idleTimeout: 60 };
listening(
  Bun.serve({ ...options, fetch: answer, error: () => new Response('', { status: 500 }) }).port,
);
