'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect } = require('../index.js');
const { PATIENCE_MS, iterate, next, open, record, serve } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

/** The failure of a stream that is not to try again, and the time it took. */
async function failure(t, url, options) {
  const started = performance.now();
  const { close, data } = await record(open(t, url, { retry: false, ...options }));
  assert.equal(close.reason, 'error');
  assert.equal(close.error.code, 'ERR_SSE_TIMEOUT');
  assert.equal(close.error.name, 'SSETimeoutError');
  return { error: close.error, data, took: performance.now() - started };
}

/** Waits until the server has seen its client leave. */
const left = (server) =>
  within(
    server.connections[0].closed.then(({ closedBy }) => assert.equal(closedBy, 'client')),
    PATIENCE_MS,
    'the close at the server',
  );

test('a TLS server that never answers runs into `timeouts.connect`', async (t) => {
  const server = await serve(t, () => {}, { onConnection: () => 'ignore' });
  const url = server.url.replace('http:', 'https:');
  const { error, took } = await failure(t, url, { timeouts: { connect: 120 } });
  assert.equal(error.phase, 'connect');
  assert.equal(error.retryable, true);
  assert.ok(took >= 115, `${took}`);
  await left(server);
});

test('a server that never sends its head runs into `timeouts.headers`', async (t) => {
  const server = await serve(t, (exchange) => exchange.stall());
  const { error, took } = await failure(t, server.url, { timeouts: { headers: 120 } });
  assert.equal(error.phase, 'headers');
  assert.ok(took >= 115, `${took}`);
  await left(server);
});

test('a head that drips in without an end runs into `timeouts.headers`', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.raw('HTTP/1.1 200 OK\r\n');
    for (;;) {
      await exchange.raw('x');
      await exchange.sleep(20);
    }
  });
  const { error } = await failure(t, server.url, { timeouts: { headers: 150 } });
  assert.equal(error.phase, 'headers');
  await left(server);
});

test('silence runs into `timeouts.idle`, and a comment is no silence', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.event({ data: 'x' });
    for (let beat = 0; beat < 5; beat++) {
      await exchange.sleep(100);
      await exchange.comment('beat');
    }
    await exchange.stall();
  });
  const { error, data, took } = await failure(t, server.url, { timeouts: { idle: 600 } });
  assert.equal(error.phase, 'idle');
  assert.deepEqual(data, ['x']);
  assert.ok(took >= 1080, `${took}`);
  await left(server);
});

test('heartbeats alone run into `timeouts.event`', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.event({ data: 'x' });
    for (;;) {
      await exchange.comment('beat');
      await exchange.event({ event: 'ping', data: '{}' });
      await exchange.sleep(20);
    }
  });
  const event = { ms: 200, ignore: ['ping'] };
  const { error } = await failure(t, server.url, { timeouts: { event } });
  assert.equal(error.phase, 'event');
  await left(server);
});

test('an event that is not ignored holds off `timeouts.event`', async (t) => {
  const server = await serve(t, async (exchange) => {
    for (let beat = 0; beat < 8; beat++) {
      await exchange.event({ event: 'ping', data: String(beat) });
      await exchange.sleep(60);
    }
    await exchange.event({ data: '[DONE]' });
  });
  const options = { terminal: '[DONE]', timeouts: { event: { ms: 400 } }, retry: false };
  const { data, error } = await iterate(open(t, server.url, options));
  assert.equal(error, undefined);
  assert.equal(data.length, 9);
});

test('`timeouts.total` covers retries and ends them', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(503));
  const retry = { baseDelay: 10, factor: 1, minDelay: 1, jitter: 'none' };
  const stream = open(t, server.url, { retry, timeouts: { total: 200 } });
  const { close, of } = await record(stream);
  assert.equal(close.error.code, 'ERR_SSE_TIMEOUT');
  assert.equal(close.error.phase, 'total');
  assert.equal(close.error.retryable, false);
  assert.ok(of('retry').length >= 1);
  const seen = server.requests.length;
  await assert.rejects(server.request(seen, 100), /waited/);
});

test('`timeouts.total` cuts a stream in full flow', async (t) => {
  const server = await serve(t, async (exchange) => {
    for (;;) {
      await exchange.event({ data: 'x' });
      await exchange.sleep(10);
    }
  });
  const { error, data } = await failure(t, server.url, { timeouts: { total: 500 } });
  assert.equal(error.phase, 'total');
  assert.ok(data.length > 0);
  await left(server);
});

test('a consumer that does not ask makes no stream idle', async (t) => {
  let flood;
  const server = await serve(t, async (exchange) => {
    flood = exchange;
    const data = 'x'.repeat(64 * 1024);
    for (let round = 0; round < 400; round++) await exchange.event({ data });
    await exchange.event({ data: '[DONE]' });
  });
  const options = { terminal: '[DONE]', retry: false, timeouts: { idle: 200 } };
  const stream = open(t, server.url, { ...options, mailbox: { bytes: 100_000 } });
  stream.on('event', () => {});
  await next(stream, 'event');
  stream.pause();
  await until(() => flood.blockedFor > 600, PATIENCE_MS, 'the server to be blocked for 600 ms');
  assert.equal(stream.readyState, stream.OPEN);
  const ended = next(stream, 'close');
  stream.resume();
  assert.deepEqual(await ended, { reason: 'terminal' });
});

test('`null` disables a deadline', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.comment('up');
    await exchange.sleep(300);
    await exchange.event({ data: '[DONE]' });
  });
  const timeouts = { connect: null, headers: null, idle: null, event: { ms: null }, total: null };
  const { error } = await iterate(open(t, server.url, { timeouts, terminal: '[DONE]' }));
  assert.equal(error, undefined);
});

test('`timeouts.total` keeps as its cause what stood in the way', async (t) => {
  const server = await startServer((exchange) => exchange.status(503));
  t.after(() => server.close());
  const stream = connect(server.url, { retry: { baseDelay: 20 }, timeouts: { total: 300 } });
  const error = await stream.closed.catch((failure) => failure);
  assert.equal(error.code, 'ERR_SSE_TIMEOUT');
  assert.match(error.cause.message, /^ERR_SSE_STATUS: .*503/);
});
