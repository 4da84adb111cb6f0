'use strict';

const { createServer } = require('node:net');

/** A port of loopback that was free just now, for servers which cannot choose one and say which. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

module.exports = { freePort };
