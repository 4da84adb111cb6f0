'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { EventSource, SSEError, SSEOptionError, connect } = require('../index.js');
const { runChild } = require('./support/child.js');
const { FAST, PATIENCE_MS, iterate, next, open, serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { startHttp2 } = require('./support/http2-server.js');
const { startHttpProxy } = require('./support/http-proxy.js');
const { assertNoSecret } = require('./support/secrets.js');
const { startSocksProxy } = require('./support/socks-proxy.js');

const pem = (name) => readFileSync(path.join(__dirname, 'support', 'tls', `${name}.pem`), 'utf8');
const TLS = { key: pem('localhost-key'), cert: pem('localhost') };
const TRUST = { ca: pem('ca') };
const ONCE = { method: 'POST', body: 'question', retry: false };

/** What stands for a user and password, as it is and as a URL has it. */
const PLAIN = 'us er:p@ss/w:rd';
const ENCODED = 'us%20er:p%40ss%2Fw%3Ard';
const SECRETS = ['p@ss/w:rd', 'p%40ss', Buffer.from(PLAIN).toString('base64')];

const hello = (exchange) => exchange.event({ data: 'hello' });
const origin = (t, options) => serve(t, hello, { name: 'localhost', ...options });
const at = (scheme, { port }, user = '') => `${scheme}://${user && `${user}@`}127.0.0.1:${port}`;

/** The failure of a stream that must fail with an `SSEProxyError` and show no secret. */
async function proxyError(t, url, options) {
  const { data, error } = await iterate(open(t, url, options));
  assert.deepEqual(data, []);
  assert.ok(error instanceof SSEError, String(error));
  const { name, code, phase } = error;
  assert.deepEqual([name, code, phase], ['SSEProxyError', 'ERR_SSE_PROXY', 'connect']);
  assertNoSecret(error, SECRETS, 'the error');
  return error;
}

/** A port on which nobody listens. */
async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('an http: URL is handed to an HTTP proxy, with the credentials it demands', async (t) => {
  const server = await origin(t);
  const proxy = await startHttpProxy(t, { credentials: PLAIN });
  const { data, error } = await iterate(
    open(t, `${server.url}/x?q=1`, { ...ONCE, proxy: at('http', proxy, ENCODED) }),
  );
  assert.deepEqual([data, error], [['hello'], undefined]);
  assert.equal(proxy.requests[0].method, 'POST');
  assert.equal(proxy.requests[0].target, `${server.url}/x?q=1`);
  assert.equal(server.requests.length, 1);
  assert.equal(server.requests[0].headers['proxy-authorization'], undefined);
});

test('an https: URL goes through a tunnel, and the server never sees the credentials', async (t) => {
  const server = await origin(t, { tls: TLS });
  for (const credentials of [undefined, PLAIN]) {
    const proxy = await startHttpProxy(t, { credentials });
    const user = credentials && ENCODED;
    const { data, error } = await iterate(
      open(t, server.url, { ...ONCE, tls: TRUST, proxy: new URL(at('http', proxy, user)) }),
    );
    assert.deepEqual([data, error], [['hello'], undefined]);
    assert.equal(proxy.requests[0].method, 'CONNECT');
    assert.equal(proxy.requests[0].target, `localhost:${server.port}`);
    assert.equal(server.requests.at(-1).headers['proxy-authorization'], undefined);
  }
});

test('a proxy may itself be spoken to in TLS', async (t) => {
  const proxy = await startHttpProxy(t, { tls: TLS, credentials: PLAIN });
  for (const tls of [undefined, TLS]) {
    const server = await origin(t, { tls });
    const options = { ...ONCE, tls: TRUST, proxy: at('https', proxy, ENCODED) };
    assert.deepEqual(await iterate(open(t, server.url, options)), {
      data: ['hello'],
      error: undefined,
    });
  }
  const server = await origin(t);
  const error = await proxyError(t, server.url, { ...ONCE, proxy: at('https', proxy, ENCODED) });
  assert.match(error.message, /the proxy cannot be reached: the certificate is not trusted/);
  assert.equal(error.retryable, false);
});

test('SOCKS5 resolves names here, socks5h at the proxy, with and without a password', async (t) => {
  for (const tls of [undefined, TLS]) {
    const server = await origin(t, { tls });
    for (const [scheme, byName] of [
      ['socks5', false],
      ['socks5h', true],
    ]) {
      for (const credentials of [undefined, PLAIN]) {
        const proxy = await startSocksProxy(t, { credentials });
        const user = credentials && ENCODED;
        const options = { ...ONCE, tls: TRUST, proxy: at(scheme, proxy, user) };
        // By number where the name is resolved here: it may have an address without a listener.
        const url = byName ? server.url : server.url.replace('localhost', '127.0.0.1');
        const { data, error } = await iterate(open(t, url, options));
        assert.deepEqual([data, error], [['hello'], undefined], `${scheme} ${credentials}`);
        const { host, port, ...asked } = proxy.requests[0];
        assert.deepEqual(asked, { byName, credentials });
        assert.equal(host, byName ? 'localhost' : '127.0.0.1');
        assert.equal(port, server.port);
      }
    }
  }
});

test('HTTP/2 goes through tunnels and SOCKS', async (t) => {
  const answer = async (call) => {
    await call.event(call.headers[':scheme']);
    call.stream.end();
  };
  const secure = await startHttp2(answer, { tls: TLS });
  const plain = await startHttp2(answer);
  t.after(() => Promise.all([secure.close(), plain.close()]));
  const tunnels = at('http', await startHttpProxy(t, { credentials: PLAIN }), ENCODED);
  const socks = at('socks5h', await startSocksProxy(t, { credentials: PLAIN }), ENCODED);
  for (const [server, proxy, scheme] of [
    [secure, tunnels, 'https'],
    [secure, socks, 'https'],
    [plain, socks, 'http'],
  ]) {
    const stream = open(t, server.url, { ...ONCE, http2: true, tls: TRUST, proxy });
    assert.deepEqual(await iterate(stream), { data: [scheme], error: undefined });
  }
  assert.equal(secure.calls.length + plain.calls.length, 3);
});

test('EventSource takes a proxy as well', async (t) => {
  const server = await origin(t, {});
  server.handle(async (exchange) => {
    await exchange.event({ data: 'hello' });
    await exchange.stall();
  });
  const proxy = await startHttpProxy(t);
  const source = new EventSource(server.url, { proxy: at('http', proxy) });
  t.after(() => source.close());
  const event = await within(
    new Promise((resolve) => source.addEventListener('message', resolve)),
    PATIENCE_MS,
    'a message',
  );
  assert.equal(event.data, 'hello');
  assert.equal(proxy.requests[0].target, `${server.url}/`);
});

test('a proxy that cannot be reached is not the server that cannot be reached', async (t) => {
  const plain = await origin(t);
  const secure = await origin(t, { tls: TLS });
  const port = await freePort();
  for (const scheme of ['http', 'socks5', 'socks5h']) {
    for (const server of [plain, secure]) {
      const url = server.url.replace('localhost', '127.0.0.1');
      const refused = await proxyError(t, url, { ...ONCE, proxy: at(scheme, { port }, ENCODED) });
      assert.match(refused.message, /the proxy cannot be reached: the connection was refused/);
      assert.equal(refused.retryable, true);
      const proxy = `${scheme}://${ENCODED}@nosuch.invalid:3128`;
      const unknown = await proxyError(t, url, { ...ONCE, proxy });
      assert.match(unknown.message, /the proxy cannot be reached: .*nosuch\.invalid/);
    }
  }
  assert.equal(plain.connections.length + secure.connections.length, 0);
});

test('a proxy that wants another password says so, once', async (t) => {
  const plain = await origin(t);
  const secure = await origin(t, { tls: TLS });
  for (const start of [startHttpProxy, startSocksProxy]) {
    for (const server of [plain, secure]) {
      for (const user of ['', 'us%20er:wrong']) {
        const proxy = await start(t, { credentials: PLAIN });
        const scheme = start === startHttpProxy ? 'http' : 'socks5h';
        const error = await proxyError(t, server.url, {
          retry: FAST,
          tls: TRUST,
          proxy: at(scheme, proxy, user),
        });
        assert.match(error.message, /user name and password/);
        assert.deepEqual([error.retryable, error.attempt], [false, 1]);
        const socks = start === startSocksProxy;
        assert.equal(error.message.startsWith('the socks proxy'), socks);
        assert.equal(error.status, socks ? undefined : 407);
      }
    }
  }
  assert.equal(plain.requests.length + secure.requests.length, 0);
});

test('a proxy that does not connect is an error of its own, also when it says why', async (t) => {
  const server = await origin(t, { tls: TLS });
  const page = '<h1>This site is not for you</h1>';
  for (const refuse of [302, 400, 403, 404, 429, 502, 503]) {
    const proxy = await startHttpProxy(t, { refuse, page, headers: { 'x-rule': '7' } });
    const options = { ...ONCE, tls: TRUST, proxy: at('http', proxy, ENCODED) };
    const error = await proxyError(t, server.url, options);
    assert.match(error.message, /the proxy did not connect to the server/);
    assert.ok(error.message.includes(`status ${refuse}`), error.message);
    assert.deepEqual([error.status, error.body], [refuse, page]);
    assert.equal(error.headers['x-rule'], '7');
    assert.equal(error.retryable, ![400, 403, 404].includes(refuse));
    assert.equal(proxy.requests.length, 1);
  }
  for (const [reply, message, retryable] of [
    [1, /could not connect to the server: general server failure/, true],
    [2, /does not allow connections to this server/, false],
    [4, /could not connect to the server: host unreachable/, true],
    [5, /could not connect to the server: connection refused/, true],
  ]) {
    const proxy = await startSocksProxy(t, { reply });
    const options = { ...ONCE, tls: TRUST, proxy: at('socks5h', proxy) };
    const error = await proxyError(t, server.url, options);
    assert.match(error.message, message);
    assert.equal(error.retryable, retryable);
  }
  // A server that is no proxy of this kind.
  const wrong = await startHttpProxy(t);
  const error = await proxyError(t, server.url, { ...ONCE, proxy: at('socks5h', wrong) });
  assert.match(error.message, /none of this kind/);
  assert.equal(server.connections.length, 0);
});

test('a refused CONNECT is repeated if it may pass, also for a POST', async (t) => {
  const server = await origin(t, { tls: TLS });
  const retry = { ...FAST, attempts: 2 };
  for (const [refuse, asked, more] of [
    [400, 1],
    [401, 1],
    [403, 1],
    [404, 1],
    [407, 1],
    [410, 1],
    [451, 1],
    [408, 3],
    [429, 3],
    [429, 1, { statuses: [503] }],
    [500, 3],
    [502, 3],
    [503, 3],
    [504, 3],
    [502, 3, { statuses: [] }],
  ]) {
    for (const method of ['GET', 'POST']) {
      const proxy = await startHttpProxy(t, { refuse });
      const options = { method, retry: { ...retry, ...more }, proxy: at('http', proxy) };
      const error = await proxyError(t, server.url, options);
      assert.deepEqual([error.status, error.attempt], [refuse, asked], `${method} ${refuse}`);
      assert.equal(proxy.requests.length, asked, `${method} ${refuse}`);
    }
  }
  const started = performance.now();
  const patient = await startHttpProxy(t, { refuse: 429, headers: { 'retry-after': '1' } });
  const options = { retry: { ...FAST, attempts: 1 }, proxy: at('http', patient) };
  await proxyError(t, server.url, options);
  assert.ok(performance.now() - started >= 990, 'it waits as told');
  assert.equal(server.connections.length, 0);
});

/** A port that answers whatever it is told with this text, and goes. */
async function answering(t, text) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(text));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return server.address();
}

test('what is no proxy of the kind that its URL says is told', async (t) => {
  const server = await origin(t, { tls: TLS });
  for (const text of ['', 'SSH-2.0-OpenSSH_9.2\r\n', '\x05\xff', 'HTTP/1.1 200 OK\r\n\r\nnoise']) {
    const proxy = at('http', await answering(t, text));
    const error = await proxyError(t, server.url, { ...ONCE, tls: TRUST, proxy });
    assert.match(error.message, /the proxy broke off, or is none of this kind/, text);
    assert.equal(error.retryable, true);
  }
  const proxy = at('https', await answering(t, 'HTTP/1.1 400 Bad Request\r\n\r\n'));
  const error = await proxyError(t, server.url, { ...ONCE, tls: TRUST, proxy });
  assert.match(error.message, /the proxy cannot be reached: the server does not speak tls here/);
});

test('for an http: URL the proxy answers in the place of the server', async (t) => {
  const proxy = await answering(t, 'HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\nbusy');
  const { error } = await iterate(
    open(t, 'http://server.invalid/', { ...ONCE, proxy: at('http', proxy) }),
  );
  assert.deepEqual([error.code, error.status, error.body], ['ERR_SSE_STATUS', 503, 'busy']);
});

test('an https: proxy gets no client certificate, and its own is verified', async (t) => {
  const secrets = { cert: pem('client'), key: pem('client-key') };
  const asks = { ...TLS, ca: pem('ca'), requestCert: true, rejectUnauthorized: false };
  const proxy = await startHttpProxy(t, { tls: asks });
  for (const tls of [undefined, TLS]) {
    const server = await origin(t, { tls });
    const options = { ...ONCE, tls: { ...TRUST, ...secrets }, proxy: at('https', proxy) };
    assert.deepEqual((await iterate(open(t, server.url, options))).data, ['hello']);
  }
  assert.deepEqual(proxy.certificates, [null, null]);
  const strange = await startHttpProxy(t, {
    tls: { key: pem('self-signed-key'), cert: pem('self-signed') },
  });
  const server = await origin(t, { tls: TLS });
  const options = { ...ONCE, tls: { rejectUnauthorized: false }, proxy: at('https', strange) };
  const error = await proxyError(t, server.url, options);
  assert.match(error.message, /the proxy cannot be reached: the certificate is not trusted/);
});

test('a POST that a proxy did not take is sent again, and once', async (t) => {
  const server = await origin(t, { tls: TLS });
  const port = await freePort();
  const stream = open(t, server.url, {
    ...ONCE,
    retry: { ...FAST, attempts: 1 },
    tls: TRUST,
    proxy: at('http', { port }),
  });
  const retry = await next(stream, 'retry');
  assert.equal(retry.error.code, 'ERR_SSE_PROXY');
  assert.equal((await next(stream, 'error')).code, 'ERR_SSE_PROXY');
  assert.equal(stream.stats.attempts, 2);
});

test('behind a proxy the failures of the server stay its own', async (t) => {
  const strange = await serve(t, hello, {
    name: 'localhost',
    tls: { key: pem('self-signed-key'), cert: pem('self-signed') },
  });
  const busy = await serve(t, (exchange) => exchange.status(503));
  const demanding = await serve(t, (exchange) => exchange.status(407));
  const proxy = await startHttpProxy(t);
  const through = { ...ONCE, tls: TRUST, proxy: at('http', proxy) };
  const code = async (url, options) => (await iterate(open(t, url, options))).error?.code;
  assert.equal(await code(strange.url, through), 'ERR_SSE_TLS');
  assert.equal(await code(busy.url, through), 'ERR_SSE_STATUS');
  assert.equal(await code(demanding.url, ONCE), 'ERR_SSE_STATUS');
  const socks = { ...ONCE, proxy: at('socks5', await startSocksProxy(t)) };
  assert.equal(await code('http://nosuch.invalid/', socks), 'ERR_SSE_DNS');
});

test('a proxy that says nothing is a connect timeout that names it', async (t) => {
  const server = await origin(t, { tls: TLS });
  const silent = net.createServer((socket) => t.after(() => socket.destroy()));
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  for (const scheme of ['http', 'socks5h']) {
    const { error } = await iterate(
      open(t, server.url, {
        ...ONCE,
        timeouts: { connect: 300 },
        proxy: at(scheme, silent.address(), ENCODED),
      }),
    );
    assert.deepEqual([error.code, error.phase], ['ERR_SSE_TIMEOUT', 'connect']);
    assert.match(error.message, /the connection through the proxy was not made/);
    assertNoSecret(error, SECRETS, 'the error');
  }
});

test('the environment names proxies and exceptions, and an option overrides it', async (t) => {
  const plain = await origin(t);
  const secure = await origin(t, { tls: TLS });
  const proxy = await startHttpProxy(t, { credentials: PLAIN });
  const socks = await startSocksProxy(t);
  const url = at('http', proxy, ENCODED);
  const program = path.join(__dirname, 'support', 'programs', 'one-stream.js');
  const cleared = Object.fromEntries(
    ['HTTP', 'HTTPS', 'ALL', 'NO'].flatMap((name) => [
      [`${name}_PROXY`, ''],
      [`${name.toLowerCase()}_proxy`, ''],
    ]),
  );
  const run = async (env, server, options = {}) => {
    const before = proxy.requests.length + socks.requests.length;
    const { stdout, stderr } = await runChild(program, {
      args: [server.url, JSON.stringify({ tls: TRUST, ...options })],
      env: { ...cleared, ...env },
    });
    assert.equal(stderr, '');
    const result = JSON.parse(stdout);
    return { ...result, proxied: proxy.requests.length + socks.requests.length - before };
  };
  const [direct, proxied] = [0, 1].map((count) => ({ data: ['hello'], proxied: count }));

  assert.deepEqual(await run({ HTTP_PROXY: url }, plain), proxied);
  assert.deepEqual(await run({ HTTP_PROXY: url }, secure), direct);
  assert.deepEqual(await run({ https_proxy: url, HTTPS_PROXY: undefined }, secure), proxied);
  assert.deepEqual(await run({ ALL_PROXY: at('socks5h', socks) }, secure), proxied);
  assert.deepEqual(
    await run({ HTTP_PROXY: url, NO_PROXY: 'example.com, localhost' }, plain),
    direct,
  );
  assert.deepEqual(await run({ HTTP_PROXY: url }, plain, { proxy: false }), direct);
  assert.deepEqual(
    await run({ HTTP_PROXY: url, NO_PROXY: '*' }, plain, { proxy: at('socks5h', socks) }),
    proxied,
  );
  const { message, ...refused } = await run({ HTTP_PROXY: `ftp://${ENCODED}@p` }, plain);
  assert.deepEqual(refused, {
    data: [],
    code: 'ERR_SSE_PROXY',
    phase: 'connect',
    retryable: false,
    proxied: 0,
  });
  assert.match(message, /HTTP_PROXY/);
  assertNoSecret(message, SECRETS, 'the message');
});

test('a proxy that is none is refused at once and never shown', () => {
  const wrong = ['', '/p', 'p:3128', 'http://', 'ftp://u:s3cret@p', 'socks4://u:s3cret@p'];
  for (const proxy of [...wrong, 'http://u:s3cret@[', 'socks5:p', 5, null, true, {}, []]) {
    assert.throws(
      () => connect('http://example.com', { proxy }),
      (error) => {
        assert.ok(error instanceof SSEOptionError, String(error));
        assert.match(error.message, /^proxy must be/);
        assertNoSecret(error, ['s3cret'], 'the error');
        return true;
      },
      String(proxy),
    );
  }
});
