'use strict';

const net = require('node:net');

const NO_AUTH = 0x00;
const PASSWORD = 0x02;
const NOT_ACCEPTABLE = 0xff;
const DOMAIN = 0x03;
const IPV6 = 0x04;

/** Reads a socket piece by piece. */
async function* pieces(socket) {
  let kept = Buffer.alloc(0);
  let wanted = yield;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= wanted) {
      const piece = kept.subarray(0, wanted);
      kept = kept.subarray(wanted);
      wanted = yield piece;
    }
  }
}

/**
 * A SOCKS5 proxy (RFC 1928, with the passwords of RFC 1929).
 *
 * @param {import('node:test').TestContext} t it lives as long as the test
 * @param {object} [options]
 * @param {string} [options.credentials] `user:password` that it demands
 * @param {number} [options.reply] the code with which it answers every request, such as 2
 */
async function startSocksProxy(t, { credentials, reply = 0 } = {}) {
  const sockets = new Set();
  const proxy = {
    /** What was asked of it, in order: `{ host, port, byName, credentials }`. */
    requests: [],
    port: 0,
  };
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };

  async function negotiate(client) {
    const input = pieces(client);
    await input.next();
    const read = async (count) => {
      const { value } = await input.next(count);
      if (value === undefined) throw new Error('the client left');
      return value;
    };
    const [, count] = await read(2);
    const methods = await read(count);
    const wanted = credentials === undefined ? NO_AUTH : PASSWORD;
    const method = methods.includes(wanted) ? wanted : NOT_ACCEPTABLE;
    client.write(Buffer.from([5, method]));
    if (method === NOT_ACCEPTABLE) return client.end();
    let given;
    if (method === PASSWORD) {
      const [, userLength] = await read(2);
      const user = await read(userLength);
      const [passwordLength] = await read(1);
      given = `${user}:${await read(passwordLength)}`;
      client.write(Buffer.from([1, given === credentials ? 0 : 1]));
      if (given !== credentials) return client.end();
    }
    const [, , , type] = await read(4);
    const byName = type === DOMAIN;
    const length = byName ? (await read(1))[0] : type === IPV6 ? 16 : 4;
    const address = await read(length);
    const host = byName ? `${address}` : type === IPV6 ? '::1' : address.join('.');
    const port = (await read(2)).readUInt16BE();
    proxy.requests.push({ host, port, byName, credentials: given });
    // What follows is the tunnel's.
    await input.return();
    const answer = (code) => client.write(Buffer.from([5, code, 0, 1, 127, 0, 0, 1, 0, 0]));
    if (reply !== 0) {
      answer(reply);
      return client.end();
    }
    const server = keep(net.connect(port, host));
    server.on('connect', () => {
      answer(0);
      client.pipe(server).pipe(client);
    });
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
  }

  const listener = net.createServer((client) => {
    negotiate(keep(client)).catch(() => client.destroy());
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  proxy.port = listener.address().port;
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => listener.close(resolve));
  });
  return proxy;
}

module.exports = { startSocksProxy };
