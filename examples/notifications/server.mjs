// Notifications for one user, on all its devices, also for those that come back a little later.

import { readFileSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createHub, memoryLog, redisLog } from 'perennial-sse';
import { hubRoutes } from 'perennial-sse/hono';

const page = readFileSync(new URL('page.html', import.meta.url), 'utf8');

// With Redis, a user's devices may be connected to any instance.
const { REDIS_URL } = process.env;
const hub = createHub({ log: REDIS_URL ? redisLog({ url: REDIS_URL }) : memoryLog() });
const app = new Hono();

// A real server asks the session who it is.
const events = hubRoutes(hub, (c) => {
  const user = c.req.query('user');
  return user ? { user } : { status: 401 };
});

app.get('/', (c) => c.html(page));
app.get('/events', events.stream);

app.post('/notify/:user', async (c) => {
  const { title, body } = await c.req.json();
  const notification = { id: crypto.randomUUID(), title, body, timestamp: Date.now() };
  await hub.toUser(c.req.param('user'), { event: 'notification', data: notification });
  return c.json(notification, 201);
});

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log(`listening on ${port}`),
);

process.once('SIGTERM', async () => {
  server.close();
  await hub.close({ spread: 2000, deadline: 5000 });
});
