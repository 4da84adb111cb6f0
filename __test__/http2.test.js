'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const { constants } = require('node:http2');
const path = require('node:path');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { SSEConnectError, SSEOptionError, connect } = require('../index.js');
const { FAST, PATIENCE_MS, iterate, next, open, serve } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { startHttp2 } = require('./support/http2-server.js');

const pem = (name) => readFileSync(path.join(__dirname, 'support', 'tls', `${name}.pem`), 'utf8');
const TLS = { key: pem('localhost-key'), cert: pem('localhost') };
const RETRY = { ...FAST, attempts: 5 };
const PLAIN = { http2: true, retry: RETRY };
const SECURE = { ...PLAIN, tls: { ca: pem('ca') } };
const POST = { ...PLAIN, method: 'POST', body: 'question' };

/** As `STREAM_WINDOW` of the core. */
const WINDOW = 256 * 1024;

/** An HTTP/2 server that lives as long as the test. */
async function start(t, handler, options) {
  const server = await startHttp2(handler, options);
  t.after(() => server.close());
  return server;
}

/** Opens streams and waits until each has had its first event. */
async function openAll(t, url, count, options) {
  const streams = Array.from({ length: count }, () => open(t, url, options));
  await Promise.all(streams.map((stream) => next(stream, 'event')));
  return streams;
}

const liveOf = (server) => server.sessions.map((session) => session.live);

for (const [name, tls, options] of [
  ['http', undefined, PLAIN],
  ['https', TLS, SECURE],
]) {
  test(`200 streams over ${name} are all open, at most 64 on a connection`, async (t) => {
    const server = await start(t, (call) => call.event('hello'), { tls });
    const streams = await openAll(t, server.url, 200, options);
    assert.ok(streams.every((stream) => stream.readyState === stream.OPEN));
    assert.equal(server.calls.length, 200);
    // Their handshakes may end in another order than they began.
    const live = liveOf(server).toSorted((a, b) => b - a);
    assert.deepEqual(live, [64, 64, 64, 8], 'and no connection was made in vain');
    assert.equal(server.most, 64);

    streams[70].close();
    await until(() => liveOf(server).includes(63), PATIENCE_MS, 'the one that leaves');
    assert.deepEqual(
      server.calls.map((call) => call.reset).filter((code) => code !== null),
      [constants.NGHTTP2_CANCEL],
    );
    const others = streams.filter((stream) => stream !== streams[70]);
    const heard = Promise.all(others.map((stream) => next(stream, 'event')));
    for (const call of server.calls) if (call.reset === null) call.event('still here');
    await heard;
    await openAll(t, server.url, 1, options);
    assert.deepEqual(
      liveOf(server).toSorted((a, b) => b - a),
      [64, 64, 64, 8],
      'who comes takes the place of who left',
    );
  });
}

test('63 paused streams do not starve the 64th', async (t) => {
  const size = 32 * 1024 * 1024;
  const line = 'x'.repeat(16 * 1024);
  const server = await start(t, async (call) => {
    const flows = call.headers[':path'] === '/flows';
    for (let sent = 0; !call.stream.destroyed && !(flows && sent > size); sent += line.length) {
      await call.event(line);
    }
    if (flows) call.stream.end();
  });
  const tiny = { ...PLAIN, mailbox: { events: 1, bytes: 1 } };
  const paused = Array.from({ length: 63 }, () => open(t, `${server.url}/paused`, tiny));
  await Promise.all(paused.map((stream) => within(stream.opened, PATIENCE_MS, 'a head')));
  // Each has about all under way that it may have: what is left of the connection's window says so.
  await until(
    () => server.sessions[0].state.remoteWindowSize <= 12 * WINDOW,
    2 * PATIENCE_MS,
    'the windows of the paused streams to fill',
  );

  const started = performance.now();
  let received = 0;
  const flowing = connect(`${server.url}/flows`, { ...POST, retry: false });
  t.after(() => flowing.close());
  flowing.on('event', ({ data }) => {
    received += data.length;
  });
  await within(flowing.closed, 3 * PATIENCE_MS, 'the stream that flows');
  const ms = performance.now() - started;
  t.diagnostic(`${(received / 2 ** 20 / (ms / 1000)).toFixed(0)} MiB/s beside 63 paused streams`);
  assert.ok(received > size);
  assert.equal(server.sessions.length, 1, 'all of them share one connection');
  assert.ok(paused.every((stream) => stream.readyState === stream.OPEN));
});

test('after a GOAWAY streams end in peace, and the next goes to a new connection', async (t) => {
  const server = await start(t, (call) => call.event('hello'));
  const [first] = await openAll(t, server.url, 1, PLAIN);
  server.sessions[0].goaway(constants.NGHTTP2_NO_ERROR);
  await until(() => server.sessions[0].live === 1, PATIENCE_MS, 'the stream');
  const later = next(first, 'event');
  await server.calls[0].event('still here');
  assert.equal((await later).data, 'still here');
  await openAll(t, server.url, 1, PLAIN);
  assert.deepEqual(liveOf(server), [1, 1]);

  const again = next(first, 'open');
  server.calls[0].stream.end();
  await again;
  await until(() => server.sessions[1].live === 2, PATIENCE_MS, 'the reconnect');
  assert.equal(server.sessions.length, 2);
});

test('a POST that a GOAWAY leaves out is sent again, on a new connection', async (t) => {
  const server = await start(t, async (call) => {
    if (server.calls.length === 2) {
      call.session.goaway(constants.NGHTTP2_NO_ERROR, call.stream.id - 2);
      return;
    }
    await call.event('answer');
    call.stream.end();
  });
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual(await iterate(open(t, server.url, POST)), {
      data: ['answer'],
      error: undefined,
    });
  }
  assert.deepEqual(
    server.calls.map((call) => server.sessions.indexOf(call.session)),
    [0, 0, 1],
  );
});

test('a refused stream is repeated, also a POST; one that was taken is not', async (t) => {
  for (const [code, repeated] of [
    ['NGHTTP2_REFUSED_STREAM', true],
    ['NGHTTP2_INTERNAL_ERROR', false],
    ['NGHTTP2_ENHANCE_YOUR_CALM', false],
    ['NGHTTP2_CANCEL', false],
  ]) {
    const server = await start(t, async (call) => {
      if (server.calls.length === 1) return call.stream.close(constants[code]);
      await call.event('answer');
      call.stream.end();
    });
    const { data, error } = await iterate(open(t, server.url, POST));
    assert.equal(server.calls.length, repeated ? 2 : 1, code);
    assert.deepEqual(data, repeated ? ['answer'] : [], code);
    if (!repeated) {
      assert.equal(error.code, 'ERR_SSE_CONNECT', code);
      assert.equal(error.phase, 'headers', code);
    }
    const got = await next(open(t, server.url, PLAIN), 'event');
    assert.equal(got.data, 'answer', `${code}, then GET`);
  }
});

test('a stream that is cut fails a POST and reconnects a GET', async (t) => {
  for (const [cut, code] of [
    [(stream) => stream.destroy(), 'ERR_SSE_TRUNCATED'],
    [(stream) => stream.destroy(new Error('cut')), 'ERR_SSE_RESET'],
    [(stream) => stream.session.destroy(), 'ERR_SSE_RESET'],
  ]) {
    const server = await start(t, async (call) => {
      await call.event(`${server.calls.length}`);
      if (server.calls.length < 3) call.stream.session.ping(() => cut(call.stream));
    });
    const { data, error } = await iterate(open(t, server.url, POST));
    assert.deepEqual([data, error?.code, error?.phase], [['1'], code, 'body']);
    const stream = open(t, server.url, PLAIN);
    assert.equal((await next(stream, 'event')).data, '2');
    assert.equal((await next(stream, 'event')).data, '3');
  }
});

test('compressed bodies arrive event by event and end well', async (t) => {
  for (const [encoding, compress] of [
    ['gzip', () => zlib.createGzip({ flush: zlib.constants.Z_SYNC_FLUSH })],
    ['br', () => zlib.createBrotliCompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH })],
  ]) {
    const server = await start(t, (call) => {
      call.head({ 'content-encoding': encoding });
      const body = compress();
      body.on('data', (chunk) => call.stream.write(chunk));
      // The mark of the end comes in a frame of its own, later than all data.
      body.on('end', () => call.session.ping(() => call.stream.end()));
      body.write('data: one\n\n');
      body.flush(() => body.end('data: two\n\n'));
    });
    const { data, error } = await iterate(open(t, server.url, POST));
    assert.deepEqual([data, error], [['one', 'two'], undefined], encoding);
    assert.match(server.calls[0].headers['accept-encoding'], /gzip/);
  }
});

test('a server that allows fewer streams gets more connections', async (t) => {
  const server = await start(t, (call) => call.event('hello'), { streams: 10 });
  await openAll(t, server.url, 10, PLAIN);
  await openAll(t, server.url, 20, {
    ...PLAIN,
    retry: FAST,
    timeouts: { connect: 500, headers: 500 },
  });
  assert.equal(
    liveOf(server).reduce((sum, live) => sum + live),
    30,
  );
  assert.equal(server.most, 10);
});

test('a connection that nobody uses is closed', async (t) => {
  const server = await start(t, async (call) => {
    await call.event('answer');
    call.stream.end();
  });
  for (let round = 0; round < 5; round += 1) {
    assert.deepEqual((await iterate(open(t, server.url, POST))).data, ['answer']);
  }
  assert.equal(server.sessions.length, 1, 'five answers in a row share one');
  await until(() => server.sessions[0].closed, PATIENCE_MS, 'the connection to close');
});

test('over https a server without HTTP/2 is spoken to in HTTP/1.1', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'one' }), {
    tls: TLS,
    name: 'localhost',
  });
  for (let round = 0; round < 3; round += 1) {
    const { data, error } = await iterate(
      open(t, server.url, { ...SECURE, ...POST, tls: SECURE.tls }),
    );
    assert.deepEqual([data, error], [['one'], undefined]);
  }
  assert.equal(server.requests.length, 3);
});

test('over http a server without HTTP/2 is an error that retries do not mend', async (t) => {
  const server = http.createServer((_, response) => response.end());
  t.after(() => server.close());
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { error } = await iterate(open(t, `http://127.0.0.1:${server.address().port}`, PLAIN));
  assert.ok(error instanceof SSEConnectError, String(error));
  assert.match(error.message, /does not speak http\/2/);
  assert.equal(error.retryable, false);
  assert.equal(connections, 1);
});

test('`http2` is refused where it cannot be', () => {
  for (const proxy of ['http://proxy.test', 'https://proxy.test']) {
    assert.throws(() => connect('http://example.com', { http2: true, proxy }), SSEOptionError);
  }
  for (const http2 of [null, 1, 'true', {}]) {
    assert.throws(() => connect('http://example.com', { http2 }), /^SSEOptionError: http2 must be/);
  }
});
