// A chat with rooms: messages come down as events, and go up as POST. Without a framework.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createHub } from 'perennial-sse';

const page = readFileSync(new URL('page.html', import.meta.url), 'utf8');

const hub = createHub();

/** By method and path; a real server asks the session for the user. */
const routes = {
  'GET /': (_req, res) => res.writeHead(200, { 'content-type': 'text/html' }).end(page),
  'GET /events': (req, res, { room = 'lobby', user }) =>
    hub.connect(req, res, { user, channels: [`room-${room}`] }),
  'GET /people': async (_req, res, { room = 'lobby' }) =>
    res.end(JSON.stringify(await hub.presence(`room-${room}`))),
  'POST /messages': async (req, res) => {
    const { room = 'lobby', user, text } = await json(req);
    const { id } = await hub.publish(`room-${room}`, { event: 'said', data: { user, text } });
    res.writeHead(201).end(JSON.stringify({ id }));
  },
};

const server = createServer(async (req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://localhost');
  const route = routes[`${req.method} ${pathname}`];
  try {
    if (route === undefined) res.writeHead(404).end();
    else await route(req, res, Object.fromEntries(searchParams));
  } catch {
    // A room's name can be wrong, or a message no JSON.
    if (!res.headersSent) res.writeHead(400).end();
  }
});

server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`));

process.once('SIGTERM', async () => {
  server.close();
  await hub.close({ spread: 2000, deadline: 5000 });
});
