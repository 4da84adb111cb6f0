import fastify from 'fastify';
import { createRelay } from 'perennial-sse';
import { listening, source } from './source.mjs';

const relay = createRelay();
const app = fastify();

app.post('/answers/:id', async (request, reply) => {
  const run = await relay.run(request.params.id, () => source(request.body));
  reply.hijack();
  await run.pipe(request.raw, reply.raw);
});
app.get('/answers/:id', async (request, reply) => {
  const run = await relay.resume(request.params.id);
  if (run === undefined) return reply.code(204).send();
  reply.hijack();
  await run.pipe(request.raw, reply.raw);
});
app.delete('/answers/:id', async (request) => {
  return { stopped: await relay.stop(request.params.id) };
});

await app.listen({ port: 0, host: '127.0.0.1' });
listening(app.server.address().port);
