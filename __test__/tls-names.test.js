'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { iterate, open, serve } = require('./support/client.js');

const pem = (name) => readFileSync(path.join(__dirname, 'support', 'tls', `${name}.pem`), 'utf8');
const TRUST = { ca: pem('ca') };

/** A proxy that tunnels to one port, whatever host it is asked for: names of all kinds lead there. */
async function leadingTo(t, port) {
  const sockets = new Set();
  const keep = (socket) => {
    sockets.add(socket);
    return socket.on('error', () => {});
  };
  const proxy = http.createServer().on('connect', (_, client) => {
    const server = keep(net.connect(port, '127.0.0.1'));
    keep(client).write('HTTP/1.1 200 OK\r\n\r\n');
    client.pipe(server).pipe(client);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return `http://127.0.0.1:${proxy.address().port}`;
}

/** A server with one of the certificates, behind such a proxy: what comes of a stream to `host`. */
async function named(t, certificate) {
  const tls = { key: pem(`${certificate}-key`), cert: pem(certificate) };
  const server = await serve(t, (exchange) => exchange.event({ data: 'hello' }), { tls });
  const proxy = await leadingTo(t, server.port);
  return async (host, http2 = false) => {
    const options = { method: 'POST', retry: false, tls: TRUST, proxy, http2 };
    const { data, error } = await iterate(open(t, `https://${host}/`, options));
    return error ? [error.code, error.message] : data;
  };
}

const REFUSED = ['ERR_SSE_TLS', 'the certificate is for another host name; check the url'];

for (const [certificate, fine, wrong] of [
  [
    'localhost',
    ['localhost', 'LOCALHOST', '127.0.0.1', '[::1]', '[0:0:0:0:0:0:0:1]', '2130706433'],
    ['127.0.0.2', '[::2]', '[::ffff:127.0.0.1]', 'a.localhost', 'localhost.test', 'ocalhost'],
  ],
  [
    'wildcard',
    ['a.wild.test', 'A-1.Wild.Test'],
    ['wild.test', 'a.b.wild.test', 'awild.test', 'a.wild.test.test', 'a.wild', '127.0.0.1'],
  ],
  ['common-name', [], ['localhost', '127.0.0.1']],
]) {
  test(`the certificate "${certificate}" is for its alternative names and for none else`, async (t) => {
    const reach = await named(t, certificate);
    for (const host of fine) assert.deepEqual(await reach(host), ['hello'], host);
    for (const host of wrong) {
      assert.deepEqual(await reach(host), REFUSED, host);
      assert.deepEqual(await reach(host, true), REFUSED, `${host}, with http2`);
    }
  });
}

test('a connection made under other settings is never used', async (t) => {
  const tls = { key: pem('localhost-key'), cert: pem('localhost') };
  const server = await serve(t, (exchange) => exchange.event({ data: 'hello' }), {
    tls,
    name: 'localhost',
  });
  const lax = { rejectUnauthorized: false };
  const client = { cert: pem('client'), key: pem('client-key') };
  for (const [settings, code] of [
    [lax],
    // Each time there is a connection that would do, were it not for what it was made with.
    [undefined, 'ERR_SSE_TLS'],
    [client, 'ERR_SSE_TLS'],
    [TRUST],
    [{ ca: pem('self-signed') }, 'ERR_SSE_TLS'],
    [{ ...TRUST, ...client }],
    [{ ...lax, ...client }],
  ]) {
    for (const again of [false, true]) {
      const before = server.connections.length;
      const options = { method: 'POST', tls: settings, retry: false };
      const { data, error } = await iterate(open(t, server.url, options));
      assert.deepEqual([data, error?.code], code ? [[], code] : [['hello'], undefined]);
      const made = server.connections.length - before;
      if (!again || code) assert.equal(made, 1, JSON.stringify(Object.keys(settings ?? {})));
    }
  }
});
