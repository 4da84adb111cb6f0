// A dashboard: named events for all, and who is looking at it.

import { fileURLToPath } from 'node:url';
import express from 'express';
import { createHub } from 'perennial-sse';
import { hubRoutes } from 'perennial-sse/express';

const PAGE = fileURLToPath(new URL('page.html', import.meta.url));

// Of prices only the newest counts for a browser that is too slow for all of them.
const hub = createHub({ lag: 'latest' });
const app = express();

// A real server asks the session who it is.
const events = hubRoutes(hub, (req) => ({ user: req.query.user ?? null, channels: ['prices'] }));

app.get('/', (_req, res) => res.sendFile(PAGE));
app.get('/events', events.stream);

const tell = (event, { user }) =>
  hub.broadcast({ event, data: { user, clients: hub.clients().length } });
hub.on('connect', (client) => tell('user-joined', client));
hub.on('disconnect', ({ client }) => tell('user-left', client));

const prices = { apples: 200, pears: 310 };
const ticking = setInterval(() => {
  for (const fruit of Object.keys(prices)) {
    prices[fruit] += Math.round(Math.random() * 10 - 5);
    const data = { fruit, cents: prices[fruit] };
    hub.publish('prices', { event: 'price-update', data, key: fruit });
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
