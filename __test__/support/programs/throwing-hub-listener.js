'use strict';

// A listener of a hub throws; the client, the other listeners and the hub go on.

const http = require('node:http');
const { connect, createHub } = require('../../../index.js');

const hub = createHub();
const said = [];
process.on('uncaughtException', ({ message }) => said.push(`uncaught: ${message}`));
hub.on('connect', () => {
  throw new Error('of a listener');
});
hub.on('connect', () => said.push('heard'));
const server = http.createServer((request, response) => hub.connect(request, response));
server.listen(0, '127.0.0.1', async () => {
  const stream = connect(`http://127.0.0.1:${server.address().port}/`);
  for await (const { event } of stream) {
    said.push(event);
    if (event === 'goes on') break;
    await hub.broadcast({ event: 'goes on', data: '' });
  }
  console.log(JSON.stringify(said));
  server.close();
});
