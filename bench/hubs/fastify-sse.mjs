import sse from '@fastify/sse';
import fastify from 'fastify';

/** Replies that are kept alive in a set, as its documentation has it. */
export async function start() {
  const clients = new Set();
  const app = fastify();
  await app.register(sse);
  app.get('/events', { sse: true }, async (_request, reply) => {
    reply.sse.keepAlive();
    reply.sse.sendHeaders();
    reply.raw.flushHeaders();
    clients.add(reply);
    reply.sse.onClose(() => clients.delete(reply));
  });
  await app.ready();
  return {
    server: app.server,
    clients: () => clients.size,
    publish: (data) => {
      for (const client of clients) client.sse.send({ data });
    },
  };
}
