import cors from '@fastify/cors';
import fastify from 'fastify';
import { hubPlugin } from 'perennial-sse/fastify';
import { authorized, hub, listening, ORIGIN, options, publish } from './rules.mjs';

const app = fastify();

await app.register(cors, { origin: ORIGIN });
app.addHook('onSend', async (_request, reply) => {
  reply.header('x-hook', 'sent');
});
await app.register(hubPlugin, {
  hub,
  authorize: async (request) => authorized(request.headers['x-user']),
  ...options,
  close: { spread: 100, deadline: 5000 },
});

app.post('/publish', async (request) => publish(request.body));
app.get('/clients', async () => hub.stats().clients);
app.post('/close', async () => {
  // Not awaited: the server waits for this answer, too.
  app.close().then(() => console.log('closed'));
  return 'closing';
});

await app.listen({ port: 0, host: '127.0.0.1' });
listening(app.server.address().port);
