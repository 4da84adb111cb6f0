// A dashboard: named events for all, and who is looking at it.

import { fileURLToPath } from 'node:url';
import express from 'express';
import { createHub, memoryLog, redisLog } from 'perennial-sse';
import { hubRoutes } from 'perennial-sse/express';

const PAGE = fileURLToPath(new URL('page.html', import.meta.url));

// Of prices only the newest counts for a browser that is too slow for all of them. With Redis there may be many
// instances: all tell the same.
const { REDIS_URL } = process.env;
const log = REDIS_URL ? redisLog({ url: REDIS_URL }) : memoryLog();
const hub = createHub({ lag: 'latest', log });
const app = express();

// A real server asks the session who it is.
const events = hubRoutes(hub, (req) => ({ user: req.query.user ?? null, channels: ['prices'] }));

app.get('/', (_req, res) => res.sendFile(PAGE));
app.get('/events', events.stream);

const tell = async (event, { user }) => {
  const counts = (await hub.users()).map(({ clients }) => clients);
  const clients = counts.reduce((sum, count) => sum + count, 0);
  await hub.broadcast({ event, data: { user, clients } });
};
hub.on('connect', (client) => tell('user-joined', client));
hub.on('disconnect', ({ client }) => tell('user-left', client));

const prices = { apples: 200, pears: 310 };
const ticking = setInterval(() => {
  const second = Math.floor(Date.now() / 1000);
  for (const [fruit, price] of Object.entries(prices)) {
    const data = { fruit, cents: Math.round(price * (1 + Math.sin(second / 10) / 10)) };
    // Of all instances, one is heard each second.
    const dedupeId = `${fruit} ${second}`;
    hub.publish('prices', { event: 'price-update', data, key: fruit, dedupeId });
  }
}, 1000);

const server = app.listen(process.env.PORT ?? 3000, () =>
  console.log(`listening on ${server.address().port}`),
);

process.once('SIGTERM', async () => {
  clearInterval(ticking);
  server.close();
  await hub.close({ spread: 2000, deadline: 5000 });
});
