'use strict';

const https = require('node:https');
const { EventSource } = require('../../../index.js');
const {
  TLS,
  TRUST,
  answering,
  certified,
  NO_SERVER,
  pem,
  served,
  streamError,
} = require('./provoke.js');

const idle = (exchange) => exchange.stall();

/** A case of a certificate that the client refuses. */
const certificate = (title, name, tls = TRUST) =>
  served(title, idle, { server: { tls: certified(name), name: 'localhost' }, tls });

/** A case of a server of Node's own TLS, which answers `hello`. */
const secured = (title, options, tls = TRUST) => ({
  title,
  async provoke(t) {
    const server = https.createServer({ ...TLS, ca: pem('ca'), ...options }, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: hello\n\n');
    });
    server.on('tlsClientError', () => {});
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return streamError(t, `https://localhost:${server.address().port}`, { tls });
  },
});

/** What can go wrong before a response has begun. */
module.exports = [
  {
    title: 'no server listens',
    provoke: (t) => streamError(t, `http://${NO_SERVER}`),
  },
  {
    title: 'no host has the name',
    provoke: (t) => streamError(t, 'http://nowhere.invalid'),
  },
  served('reset before an answer', (exchange) => exchange.reset()),
  served('closed before an answer', async (exchange) => {
    exchange.connection.end();
    await exchange.stall();
  }),
  served('an answer that is no HTTP', async (exchange) => {
    await exchange.raw('+OK ready\r\n\r\n');
    exchange.connection.end();
    await exchange.stall();
  }),
  served('a head that is too large', async (exchange) => {
    await exchange.raw(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(1 << 20)}`);
    await exchange.stall();
  }),
  served('closed during the TLS handshake', idle, {
    server: { tls: TLS, name: 'localhost', onConnection: () => 'end' },
  }),
  served('reset during the TLS handshake', idle, {
    server: { tls: TLS, name: 'localhost', onConnection: () => 'reset' },
  }),
  certificate('a certificate of an unknown issuer', 'localhost', {}),
  certificate('a certificate that signs itself', 'self-signed'),
  certificate('an expired certificate', 'expired'),
  certificate('a certificate of another host', 'wrong-host'),
  certificate('a certificate with a common name alone', 'common-name'),
  {
    title: 'https where the server speaks http',
    async provoke(t) {
      const address = await answering(t, 'HTTP/1.1 400 Bad Request\r\n\r\n');
      return streamError(t, `https://${address}`);
    },
  },
  secured('a client certificate is demanded, TLS 1.3', { requestCert: true }),
  secured('a client certificate is demanded, TLS 1.2', {
    requestCert: true,
    maxVersion: 'TLSv1.2',
  }),
  secured(
    'a client certificate of an unknown issuer',
    { requestCert: true },
    { ...TRUST, cert: pem('self-signed'), key: pem('self-signed-key') },
  ),
  secured('no cipher in common', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }),
  served('a handshake that is not made in time', idle, {
    server: { tls: TLS, onConnection: () => 'ignore' },
    timeouts: { connect: 300 },
  }),
  served('no answer in time', idle, { timeouts: { headers: 300 } }),
  served('a callback that does not answer in time', idle, {
    timeouts: { connect: 300 },
    headers: () => new Promise(() => {}),
  }),
  served('no end in time, before an answer', idle, { timeouts: { total: 300 } }),
  {
    title: 'an EventSource whose URL is not of the web',
    provoke: () =>
      new Promise((resolve) => {
        new EventSource('ftp://example.com/').onerror = ({ error }) => resolve(error);
      }),
  },
];
