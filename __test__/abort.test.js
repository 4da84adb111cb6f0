'use strict';

const assert = require('node:assert/strict');
const diagnostics = require('node:diagnostics_channel');
const { getEventListeners } = require('node:events');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { EventSource, connect } = require('../index.js');
const { until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

/** How soon the server must see an abort; the best of three tries, as in close.test.js. */
const SEEN_WITHIN_MS = 100;
const QUIET_MS = 300;
const QUICK = { baseDelay: 20, minDelay: 0, jitter: 'none' };

async function start(t, handler) {
  const server = await startServer(handler);
  t.after(() => server.close());
  return server;
}

async function one(exchange) {
  await exchange.event({ data: 'one' });
  await exchange.stall();
}

/** Asserts that no attempt is made after this moment. */
async function quiet(server) {
  const before = server.connections.length;
  await sleep(QUIET_MS);
  assert.equal(server.connections.length, before);
}

test('aborted beforehand, a stream never connects and rejects with the reason', async (t) => {
  const server = await start(t, one);
  const reason = new Error('changed my mind');
  const signal = AbortSignal.abort(reason);
  const stream = connect(server.url, { signal });
  const closes = [];
  stream.on('close', (info) => closes.push(info));
  stream.on('error', () => closes.push('error'));
  const iterator = stream[Symbol.asyncIterator]();
  await assert.rejects(iterator.next(), (error) => error === reason);
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  await assert.rejects(stream.opened, (error) => error === reason);
  await assert.rejects(stream.closed, (error) => error === reason);
  assert.deepEqual(closes, [{ reason: 'aborted' }]);
  await quiet(server);
  assert.equal(server.connections.length, 0);
});

test('aborted beforehand, a stream does not even begin to dial', async (t) => {
  const server = await start(t, one);
  let dials = 0;
  const dialled = () => {
    dials += 1;
  };
  diagnostics.subscribe('perennial-sse:connect', dialled);
  t.after(() => diagnostics.unsubscribe('perennial-sse:connect', dialled));
  const stream = connect(server.url, { signal: AbortSignal.abort(), body: 'sent to nobody' });
  await assert.rejects(stream.closed, { name: 'AbortError' });
  await quiet(server);
  assert.equal(dials, 0);
});

test('aborted beforehand, an EventSource is closed and silent', async (t) => {
  const server = await start(t, one);
  const source = new EventSource(server.url, { signal: AbortSignal.abort() });
  let heard = 0;
  for (const name of ['open', 'message', 'error']) {
    source.addEventListener(name, () => {
      heard += 1;
    });
  }
  assert.equal(source.readyState, EventSource.CLOSED);
  await quiet(server);
  assert.equal(heard, 0);
  assert.equal(server.connections.length, 0);
});

test('an abort is seen by the server in time', async (t) => {
  const server = await start(t, one);
  const delays = [];
  do {
    const controller = new AbortController();
    const stream = connect(server.url, { signal: controller.signal, retry: QUICK });
    const events = [];
    stream.on('event', (event) => events.push(event.data));
    await until(() => events.length === 1, 5000, 'the event');
    const aborted = performance.now();
    controller.abort();
    assert.equal(stream.readyState, stream.CLOSED);
    const connection = server.connections.at(-1);
    await within(connection.closed, 5000, 'the server to see the abort');
    assert.equal(connection.closedBy, 'client');
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    delays.push(connection.closedAt - aborted);
  } while (delays.at(-1) > SEEN_WITHIN_MS && delays.length < 3);
  assert.ok(Math.min(...delays) <= SEEN_WITHIN_MS, `${delays} ms`);
  await quiet(server);
});

for (const [state, handler] of Object.entries({
  'while it waits for headers': (exchange) => exchange.closed,
  'while it is open': one,
  'while it waits to try again': (exchange) => exchange.status(503),
})) {
  test(`aborted ${state}, everything that waits rejects with the reason`, async (t) => {
    const server = await start(t, handler);
    const controller = new AbortController();
    const retry = { ...QUICK, baseDelay: 150 };
    const stream = connect(server.url, { signal: controller.signal, retry });
    const iterator = stream[Symbol.asyncIterator]();
    const closed = stream.closed;
    const said = [];
    for (const name of ['retry', 'error', 'close']) stream.on(name, () => said.push(name));
    if (handler === one) assert.equal((await iterator.next()).value.data, 'one');
    const parked = iterator.next();
    await server.request(0);
    if (state.endsWith('again')) await until(() => said.length === 1, 5000, 'the wait');
    const reason = { any: 'value' };
    controller.abort(reason);
    await assert.rejects(within(parked, 1000, 'the iterator'), (error) => error === reason);
    await assert.rejects(within(closed, 1000, 'the promise'), (error) => error === reason);
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
    assert.deepEqual(
      said.filter((name) => name !== 'retry'),
      ['close'],
    );
    await quiet(server);
    assert.equal(server.requests.length, 1);
  });
}

test('an abort in a listener delivers nothing more', async (t) => {
  const server = await start(t, async (exchange) => {
    await exchange.write('data: 1\n\ndata: 2\n\ndata: 3\n\n');
    await exchange.stall();
  });
  const controller = new AbortController();
  const seen = [];
  const stream = connect(server.url, { signal: controller.signal, retry: QUICK });
  stream.on('event', ({ data }) => {
    seen.push(data);
    controller.abort();
  });
  await assert.rejects(stream.closed, { name: 'AbortError' });
  await quiet(server);
  assert.deepEqual(seen, ['1']);
});

test('AbortSignal.timeout ends a stream with a TimeoutError', async (t) => {
  const server = await start(t, one);
  const stream = connect(server.url, { signal: AbortSignal.timeout(100), retry: QUICK });
  const seen = [];
  const iterate = async () => {
    for await (const event of stream) seen.push(event.data);
  };
  await assert.rejects(within(iterate(), 5000, 'the timeout'), { name: 'TimeoutError' });
  assert.deepEqual(seen, ['one']);
  await within(server.connections[0].closed, 1000, 'the close');
  await quiet(server);
});

test('AbortSignal.any ends a stream with the reason of the one that aborted', async (t) => {
  const server = await start(t, one);
  const first = new AbortController();
  const second = new AbortController();
  const signal = AbortSignal.any([first.signal, second.signal, AbortSignal.timeout(60_000)]);
  const stream = connect(server.url, { signal, retry: QUICK });
  await stream.opened;
  const reason = new Error('the second');
  second.abort(reason);
  first.abort(new Error('the first, too late'));
  await assert.rejects(stream.closed, (error) => error === reason);
  await within(server.connections[0].closed, 1000, 'the close');
  await quiet(server);
});

test('an EventSource is closed by its signal, quietly', async (t) => {
  const server = await start(t, one);
  const controller = new AbortController();
  const source = new EventSource(server.url, { signal: controller.signal });
  const seen = [];
  source.onmessage = ({ data }) => seen.push(data);
  source.onerror = () => seen.push('error');
  await until(() => seen.length === 1, 5000, 'the message');
  controller.abort();
  assert.equal(source.readyState, EventSource.CLOSED);
  await within(server.connections[0].closed, 1000, 'the close');
  await quiet(server);
  assert.deepEqual(seen, ['one']);
});

test('an abort after the end changes nothing', async (t) => {
  const server = await start(t, one);
  const controller = new AbortController();
  const stream = connect(server.url, { signal: controller.signal, terminal: 'one' });
  stream.on('event', () => {});
  assert.deepEqual(await stream.closed, { reason: 'terminal' });
  controller.abort();
  assert.deepEqual(await stream.closed, { reason: 'terminal' });
  await quiet(server);
});
