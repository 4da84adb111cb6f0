'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { runChild } = require('./support/child.js');
const { until } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

const PROGRAM = join(__dirname, 'support', 'programs', 'lifetimes.js');

/** How long the server lets a stream wait for its last event. */
const LAST_AFTER_MS = 500;

async function start(t, handler) {
  const server = await startServer(handler);
  t.after(() => server.close());
  return server;
}

async function run(server, scenario) {
  const args = [scenario, server.url];
  const child = await runChild(PROGRAM, { args, nodeArgs: ['--expose-gc'], timeout: 20_000 });
  assert.equal(child.timedOut, false, `the process hung: ${child.stdout}${child.stderr}`);
  assert.equal(child.signal, null);
  return child;
}

/** Asserts that the server sees every connection of a process that is gone end with it. */
async function leavesNothing(server) {
  await until(() => server.open.length === 0, 1000, 'the end of every connection');
  for (const { closedBy } of server.connections) assert.equal(closedBy, 'client');
}

/** One event at once, the last one after a while. */
async function first(exchange) {
  await exchange.event({ data: 'first' });
  await exchange.sleep(LAST_AFTER_MS);
  await exchange.event({ data: 'last' });
  await exchange.stall();
}

/** Events for ever. */
async function forever(exchange) {
  for (;;) {
    await exchange.event({ data: 'x' });
    await exchange.sleep(5);
  }
}

for (const scenario of ['an open emitter', 'an open iterator', 'an open EventSource']) {
  test(`${scenario} keeps the process alive until its end`, async (t) => {
    const server = await start(t, first);
    const { code, stdout, stderr } = await run(server, scenario);
    assert.deepEqual([code, stdout, stderr], [0, 'first\nlast\n', '']);
    assert.equal(server.requests.length, 1);
  });
}

test('a stream that waits to try again keeps the process alive', async (t) => {
  const server = await start(t, async (exchange) => {
    if (server.requests.length === 1) return exchange.end();
    await exchange.event({ data: 'last' });
    await exchange.stall();
  });
  const { code, stdout, stderr } = await run(server, 'a waiting stream');
  assert.deepEqual([code, stdout, stderr], [0, 'retry\nlast\n', '']);
  assert.equal(server.requests.length, 2);
});

test('ref() takes back what unref() said', async (t) => {
  const server = await start(t, first);
  const { code, stdout } = await run(server, 'unref and ref again');
  assert.deepEqual([code, stdout], [0, 'first\nlast\n']);
});

test('one stream that counts is enough to keep the process alive', async (t) => {
  const server = await start(t, first);
  const { code, stdout } = await run(server, 'one of two unrefed');
  assert.equal(code, 0);
  assert.match(stdout, /^first\n/);
  assert.equal(server.requests.length, 2);
  await leavesNothing(server);
});

test('closing an unrefed stream, and ref() of a closed one, count for nothing', async (t) => {
  const server = await start(t, first);
  const { code, stdout } = await run(server, 'close of an unrefed stream');
  assert.deepEqual([code, stdout], [0, 'first\nlast\n']);
  assert.equal(server.requests.length, 1);
});

const EXITS = {
  'process.exit': forever,
  'process.exit in a listener': forever,
  'process.exit while dialling': (exchange) => exchange.closed,
  'process.exit while callbacks are asked': forever,
  'process.exit while waiting': (exchange) => exchange.status(503),
  'process.exit after full speed': async (exchange) => {
    for (;;) await exchange.write('data: x\n\n'.repeat(1000));
  },
};

for (const [scenario, handler] of Object.entries(EXITS)) {
  test(`${scenario} ends the process with its code`, async (t) => {
    const server = await start(t, handler);
    const { code, stderr } = await run(server, scenario);
    assert.deepEqual([code, stderr], [7, '']);
    await leavesNothing(server);
  });
}

test('an uncaught exception with streams open ends the process as ever', async (t) => {
  const server = await start(t, forever);
  const { code, stderr } = await run(server, 'an uncaught exception');
  assert.equal(code, 1);
  assert.match(stderr, /uncaught on purpose/);
  assert.equal(server.requests.length, 5);
  await leavesNothing(server);
});

for (const scenario of [
  'unref before the dial',
  'unref while open',
  'unref of a parked iterator',
  'unref twice',
  'close',
  'collection',
]) {
  test(`after ${scenario} the process ends by itself`, async (t) => {
    const server = await start(t, forever);
    const { code, stderr } = await run(server, scenario);
    assert.deepEqual([code, stderr], [0, '']);
    await leavesNothing(server);
  });
}

test('after unref while it waits for a minute the process ends by itself', async (t) => {
  const server = await start(t, (exchange) => exchange.status(503));
  const { code, stderr } = await run(server, 'unref while waiting');
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(server.requests.length, 1);
});
