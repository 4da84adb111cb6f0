'use strict';

const net = require('node:net');
const { serve } = require('../client.js');
const { startHttpProxy } = require('../http-proxy.js');
const { startSocksProxy } = require('../socks-proxy.js');
const { NO_SERVER, TLS, TRUST, answering, certified, streamError } = require('./provoke.js');

const idle = (exchange) => exchange.stall();

const POST = { method: 'POST', body: 'question' };

/** What a stream to a server of TLS, or of plain HTTP, comes to through a proxy. */
const through = (title, proxyOf, { plain = false, url, ...options } = {}) => ({
  title,
  async provoke(t) {
    const tls = plain ? undefined : TLS;
    const server = await serve(t, idle, { tls, name: 'localhost' });
    const proxy = await proxyOf(t);
    return streamError(t, url ?? server.url, { ...POST, tls: TRUST, proxy, ...options });
  },
});

const http = async (t, options) => `http://127.0.0.1:${(await startHttpProxy(t, options)).port}`;
const socks = async (t, options) =>
  `socks5h://127.0.0.1:${(await startSocksProxy(t, options)).port}`;

async function silent(t) {
  const server = net.createServer((socket) => t.after(() => socket.destroy()));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

const refused = (refuse, more) =>
  through(`a proxy answers CONNECT with ${refuse}`, (t) => http(t, { refuse, ...more }));

/** What can go wrong at a proxy. */
module.exports = [
  through('no proxy listens', () => `http://${NO_SERVER}`),
  through('no proxy listens, for http', () => `http://${NO_SERVER}`, {
    plain: true,
  }),
  through('no host has the name of the proxy', () => 'http://nowhere.invalid:1'),
  through('the certificate of the proxy is not trusted', async (t) => {
    const { port } = await startHttpProxy(t, { tls: certified('self-signed') });
    return `https://127.0.0.1:${port}`;
  }),
  through('the proxy does not speak TLS', async (t) => `https://${await answering(t, 'HTTP/1.1')}`),
  through('a proxy demands a password', (t) => http(t, { credentials: 'me:secret' })),
  through('a proxy demands a password, for http', (t) => http(t, { credentials: 'me:secret' }), {
    plain: true,
  }),
  refused(403, { page: 'not there' }),
  refused(429, { headers: { 'retry-after': '1' } }),
  refused(502),
  through('what is no proxy', async (t) => `http://${await answering(t, 'SSH-2.0\r\n')}`),
  through('a SOCKS proxy demands a password', (t) => socks(t, { credentials: 'me:secret' })),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((reply) =>
    through(`a SOCKS proxy replies ${reply}`, (t) => socks(t, { reply })),
  ),
  through('what is no SOCKS proxy', async (t) => `socks5h://${await answering(t, 'HTTP/1.1')}`),
  through('a proxy that does not answer in time', silent, { timeouts: { connect: 300 } }),
  through(
    'no host has the name, behind a SOCKS proxy',
    async (t) => {
      return `socks5://127.0.0.1:${(await startSocksProxy(t)).port}`;
    },
    { plain: true, url: 'http://nowhere.invalid' },
  ),
];
