// A server with a hub. On a signal it waits for what is open, as servers of frameworks do; `alone` leaves that out.

import { createServer } from 'node:http';
import { createHub } from 'perennial-sse';
import { register } from 'perennial-sse/next';

const [options, listeners] = process.argv.slice(2);

const hub = createHub();
const server = createServer((request, response) => hub.connect(request, response));
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

if (listeners !== 'alone') process.on('SIGTERM', () => server.close());
register(JSON.parse(options));
