// `npm run upstream`: an event every second, numbered, so that a reader can go on where it left.

import { createServer } from 'node:http';

const server = createServer((request, response) => {
  let id = Number(request.headers['last-event-id'] ?? 0);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => {
    id += 1;
    response.write(`id: ${id}\ndata: event ${id} at ${new Date().toISOString()}\n\n`);
  }, 1000);
  response.on('close', () => clearInterval(timer));
});

server.listen(4000, '127.0.0.1', () => console.log('upstream at http://127.0.0.1:4000'));
