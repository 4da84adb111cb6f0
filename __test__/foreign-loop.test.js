'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { runChild } = require('./support/child.js');
const { startServer } = require('./support/fault-server.js');

const PROGRAMS = join(__dirname, 'support', 'programs');
const FOREIGN = ['--expose-gc', '--require', join(PROGRAMS, 'foreign-loop.js')];
const WORKERS = 3;

async function start(t) {
  const server = await startServer(async (exchange) => {
    await exchange.event({ data: 'first' });
    await exchange.sleep(200);
    await exchange.event({ data: 'last' });
    for (;;) {
      await exchange.event({ data: 'x' });
      await exchange.sleep(1);
    }
  });
  t.after(() => server.close());
  return server;
}

async function run(program, args, nodeArgs = FOREIGN) {
  const script = join(PROGRAMS, program);
  const child = await runChild(script, { args, nodeArgs, timeout: 20_000 });
  assert.deepEqual([child.code, child.signal, child.stderr], [0, null, '']);
  return child.stdout;
}

test('libuv itself wakes its own event loop, and a thread-safe function a foreign one', async (t) => {
  const { url } = await start(t);
  assert.equal(await run('woken-by.js', [url], []), 'perennial-sse\n');
  assert.equal(await run('woken-by.js', [url]), 'napi_rs_threadsafe_function\n');
});

for (const scenario of ['an open emitter', 'an open iterator', 'unref and ref again']) {
  test(`on a foreign event loop ${scenario} gets its events and keeps the process alive`, async (t) => {
    const server = await start(t);
    assert.equal(await run('lifetimes.js', [scenario, server.url]), 'first\nlast\n');
  });
}

test('on a foreign event loop an unrefed stream does not keep the process alive', async (t) => {
  const server = await start(t);
  await run('lifetimes.js', ['unref while open', server.url]);
});

test('on a foreign event loop workers are terminated mid-stream', async (t) => {
  const server = await start(t);
  const out = await run('worker-host.js', [server.url, String(WORKERS), 'terminate', 'loaded']);
  const { codes, alive } = JSON.parse(out);
  assert.deepEqual([codes, alive], [[1], true]);
});
