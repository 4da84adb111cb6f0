'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { connect } = require('../index.js');
const { runChild } = require('./support/child.js');
const { iterate, next, open, serve } = require('./support/client.js');

const ENTRY = path.join(__dirname, '..', 'index.js');

/** A server that refuses everything. */
const refusing = (t) => serve(t, (exchange) => exchange.status(401, {}, 'no'));

/** Runs a few lines in a process of their own; they find `connect` and `url`. */
function program(url, lines) {
  const code = `const { connect } = require(${JSON.stringify(ENTRY)});
    const url = ${JSON.stringify(url)};
    ${lines}`;
  return runChild('', { nodeArgs: ['-e', code], timeout: 20_000 });
}

test('`error` comes once, before `close`, and is what the promises reject with', async (t) => {
  const server = await refusing(t);
  const stream = open(t, server.url);
  const { opened, closed } = stream;
  const log = [];
  stream.on('error', (error) => log.push(error));
  stream.on('close', (info) => log.push(info));
  await next(stream, 'close');
  const [error, info] = log;
  assert.equal(log.length, 2);
  assert.equal(error.code, 'ERR_SSE_STATUS');
  assert.deepEqual(info, { reason: 'error', error });
  await assert.rejects(opened, (reason) => reason === error);
  await assert.rejects(closed, (reason) => reason === error);
  await assert.rejects(stream.opened, (reason) => reason === error);
  await assert.rejects(stream.closed, (reason) => reason === error);
  assert.deepEqual((await iterate(stream)).error, error);
});

test('`opened` and `closed` resolve when all goes well', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const stream = open(t, server.url, { retry: false });
  const info = await stream.opened;
  assert.equal(info.status, 200);
  assert.equal(info.url, `${server.url}/`);
  stream.on('event', () => {});
  assert.deepEqual(await stream.closed, { reason: 'end' });
  assert.equal(await stream.opened, info);
  assert.equal(stream.opened, stream.opened);
});

test('`closed` stays pending through a retry, and an opened stream stays opened', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (server.requests.length > 1) return exchange.status(401);
    await exchange.event({ data: 'x' });
    await exchange.truncate();
  });
  const stream = open(t, server.url, { retry: { baseDelay: 1, minDelay: 1 } });
  const { opened, closed } = stream;
  assert.equal((await opened).status, 200);
  stream.on('event', () => {});
  await assert.rejects(closed, { code: 'ERR_SSE_STATUS', status: 401 });
  assert.equal((await stream.opened).status, 200);
});

test('closing is quiet: `closed` resolves, `opened` rejects if it never was', async (t) => {
  const server = await serve(t, (exchange) => exchange.stall());
  const stream = open(t, server.url);
  const { opened, closed } = stream;
  stream.close();
  stream.close();
  assert.deepEqual(await closed, { reason: 'closed' });
  await assert.rejects(opened, { code: 'ERR_SSE_CLOSED', name: 'SSEStateError' });
  assert.deepEqual(await iterate(stream), { data: [], error: undefined });
});

test('an abort rejects with the reason of its signal and is no `error`', async (t) => {
  const server = await serve(t, (exchange) => exchange.stall());
  const controller = new AbortController();
  const stream = open(t, server.url, { signal: controller.signal });
  const told = [];
  stream.on('error', () => told.push('error'));
  stream.on('close', (info) => told.push(info));
  const iterating = iterate(stream);
  await server.request(0);
  const reason = new Error('enough');
  const { opened, closed } = stream;
  controller.abort(reason);
  await assert.rejects(opened, (error) => error === reason);
  await assert.rejects(closed, (error) => error === reason);
  assert.equal((await iterating).error, reason);
  assert.deepEqual(told, [{ reason: 'aborted' }]);
  assert.equal((await server.connections[0].closed).closedBy, 'client');
});

test('a signal that was aborted before dials nothing', async (t) => {
  const server = await refusing(t);
  const stream = open(t, server.url, { signal: AbortSignal.abort('no') });
  await assert.rejects(stream.closed, (reason) => reason === 'no');
  assert.equal(stream.readyState, stream.CLOSED);
  assert.equal(stream.stats.attempts, 0);
});

test('an iterator rejects after the events that waited, then is done', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.write('data: 1\n\ndata: 2\n\n');
    await exchange.truncate('data: 3');
  });
  const stream = open(t, server.url, { method: 'POST' });
  const iterator = stream[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).value.data, '1');
  assert.equal((await iterator.next()).value.data, '2');
  await assert.rejects(iterator.next(), { code: 'ERR_SSE_TRUNCATED' });
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test('a failure that nobody watches is one warning and never kills the process', async (t) => {
  const server = await refusing(t);
  const { code, stdout, stderr } = await program(
    server.url,
    `process.on('warning', ({ name, message }) => console.log(name, message));
     connect(url);`,
  );
  assert.equal(code, 0);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 1, stdout);
  assert.match(lines[0], /^UnwatchedStreamWarning ERR_SSE_STATUS: /);
  assert.match(stderr, /UnwatchedStreamWarning/);
});

for (const [how, watch] of [
  ['an error listener', "stream.on('error', () => {});"],
  ['a close listener', "stream.on('close', () => {});"],
  ['a requested promise', 'stream.closed;'],
  ['`opened`', 'stream.opened;'],
  ['an iterator', 'stream[Symbol.asyncIterator]().next().catch(() => {});'],
]) {
  test(`a failure that is watched by ${how} is no warning and no rejection`, async (t) => {
    const server = await refusing(t);
    const result = await program(server.url, `const stream = connect(url); ${watch}`);
    assert.deepEqual([result.code, result.stderr], [0, '']);
  });
}

test('without an error listener other listeners go on: nothing is thrown', async (t) => {
  const server = await refusing(t);
  const result = await program(
    server.url,
    "connect(url).on('event', () => {}).on('close', ({ reason }) => console.log(reason));",
  );
  assert.deepEqual([result.code, result.stdout], [0, 'error\n']);
});

test('a throwing listener is an uncaught exception of the process', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const { code, stderr } = await program(
    server.url,
    `connect(url, { retry: false }).on('event', () => { throw new Error('my bug'); });`,
  );
  assert.equal(code, 1);
  assert.match(stderr, /my bug/);
});

test('listeners added after the end are told nothing', async (t) => {
  const server = await refusing(t);
  const stream = open(t, server.url);
  await stream.closed.catch(() => {});
  const told = [];
  for (const name of ['open', 'event', 'error', 'close']) stream.on(name, () => told.push(name));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, []);
});

test('what is wrong with the arguments is thrown at once', () => {
  assert.throws(() => connect('/relative'), { code: 'ERR_SSE_OPTION' });
  assert.throws(() => connect('http://x', { retrys: {} }), { code: 'ERR_SSE_OPTION' });
});
