'use strict';

/**
 * A process that sends events as fast as they are read, to every client, for ever. Prints its port.
 */

const http = require('node:http');

const EVENT = `data: ${'x'.repeat(100)}\n\n`;
const BLOCK = Buffer.from(EVENT.repeat(600));

const server = http.createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const pour = () => {
    while (response.write(BLOCK));
  };
  response.on('drain', pour);
  pour();
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
