import cors from '@fastify/cors';
import fastify from 'fastify';
import { hubPlugin } from 'perennial-sse/fastify';
import { authorized, hub, listening, ORIGIN, options, publish } from './rules.mjs';

const app = fastify();

await app.register(cors, { origin: ORIGIN });
app.addHook('onSend', async (_request, reply) => {
  reply.header('x-hook', 'sent');
});
/** How streams have ended since this was asked for, as hooks hear of it. */
let ended = [];
const hear = (how) => async (request) => {
  if (request.method === 'GET' && request.url === '/events') ended.push(how);
};
app.addHook('onResponse', hear('responded'));
app.addHook('onRequestAbort', hear('aborted'));
app.get('/ended', async () => {
  const told = ended;
  ended = [];
  return told;
});

await app.register(hubPlugin, {
  hub,
  authorize: async (request) => authorized(request.headers['x-user']),
  ...options,
  close: { spread: 100, deadline: 5000 },
});

app.post('/publish', async (request) => publish(request.body));
app.get('/clients', async () => hub.stats().clients);
app.post('/disconnect', async (request) => hub.disconnect(request.body));
app.post('/close', async () => {
  // Not awaited: the server waits for this answer, too.
  app.close().then(() => console.log('closed'));
  return 'closing';
});

await app.listen({ port: 0, host: '127.0.0.1' });
listening(app.server.address().port);
