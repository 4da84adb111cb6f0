// What an application writes that knows nothing of hubs: one Buffer, written to every response.

import { createServer } from 'node:http';

export async function start() {
  const clients = new Set();
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    response.flushHeaders();
    clients.add(response);
    request.on('close', () => clients.delete(response));
  });
  return {
    server,
    clients: () => clients.size,
    publish: (data) => {
      const event = Buffer.from(`data: ${data}\n\n`);
      for (const client of clients) client.write(event);
    },
  };
}
