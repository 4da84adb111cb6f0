// The progress of a long task: started by a POST, watched by as many pages as like.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import { createHub } from 'perennial-sse';
import { hubPlugin } from 'perennial-sse/fastify';

const page = readFileSync(new URL('page.html', import.meta.url), 'utf8');

const hub = createHub();
const app = fastify();
/** What each task has come to, by its id. */
const tasks = new Map();

async function work(id) {
  for (let progress = 0; progress <= 100; progress += 5) {
    const status = progress === 0 ? 'started' : progress < 100 ? 'processing' : 'completed';
    const data = { taskId: id, progress, status };
    tasks.set(id, data);
    await hub.publish(`task-${id}`, { event: 'progress', data });
    await sleep(100);
  }
}

app.register(hubPlugin, {
  hub,
  authorize: ({ query: { task } }) =>
    // 204 makes an EventSource stop: there is no such task.
    tasks.has(task) ? { channels: [`task-${task}`], data: { task } } : { status: 204 },
});

// What happened before it came; one that comes back has it from the log.
hub.on('connect', (client) =>
  client.send({ event: 'progress', data: tasks.get(client.data.task) }),
);

app.get('/', (_request, reply) => reply.type('text/html').send(page));
app.post('/tasks', (_request, reply) => {
  const id = crypto.randomUUID();
  work(id);
  return reply.code(201).send({ id });
});

await app.listen({ port: Number(process.env.PORT ?? 3000) });
console.log(`listening on ${app.server.address().port}`);

// The plugin closes the hub.
process.once('SIGTERM', () => app.close());
