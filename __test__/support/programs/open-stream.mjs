// A server with one open stream, which ends on a signal as servers of frameworks do: it waits for what is open.
// The arguments of `register` and how often it is called are given; `alone` leaves the server's own listener out.

import { createServer, get } from 'node:http';
import { register } from 'perennial-sse/next';

const [options, times, listeners] = process.argv.slice(2);

const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': open\n\n');
});
server.listen(0, '127.0.0.1', () => {
  get({ port: server.address().port, host: '127.0.0.1' }, (response) => {
    response.resume().on('error', () => {});
    console.log('open');
  });
});

if (listeners !== 'alone') {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      console.log('told');
      server.close();
    });
  }
}
for (let count = 0; count < Number(times); count++) register(JSON.parse(options));
