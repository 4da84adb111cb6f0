import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

/** A `streamSSE` for each client, which waits for its end. */
export async function start() {
  const clients = new Set();
  const app = new Hono();
  app.get('/events', (context) =>
    streamSSE(context, async (stream) => {
      clients.add(stream);
      await new Promise((resolve) => stream.onAbort(resolve));
      clients.delete(stream);
    }),
  );
  return {
    server: createAdaptorServer({ fetch: app.fetch }),
    clients: () => clients.size,
    publish: (data) => {
      for (const client of clients) client.writeSSE({ data });
    },
  };
}
