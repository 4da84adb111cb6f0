'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { runChild } = require('./support/child.js');
const { until } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

const HOST = join(__dirname, 'support', 'programs', 'worker-host.js');
const TERMINATIONS = 50;
const EXITS = 10;
/** The share of one processor that a process with nothing to do may use. */
const IDLE_SHARE = 0.5;

async function start(t) {
  const server = await startServer(async (exchange) => {
    const { path } = exchange.request;
    if (path === '/refused') return exchange.status(503);
    if (path === '/silent') return exchange.closed;
    const pace = path === '/own' ? 20 : 1;
    for (let id = 1; ; id++) {
      await exchange.event({ id, data: 'x'.repeat(200) });
      await exchange.sleep(pace);
    }
  });
  t.after(() => server.close());
  return server;
}

async function endsCleanly(t, { count, ending, loaded, code }) {
  const server = await start(t);
  const args = [server.url, String(count), ending, loaded];
  const child = await runChild(HOST, { args, nodeArgs: ['--expose-gc'], timeout: 60_000 });
  assert.deepEqual([child.code, child.signal, child.stderr], [0, null, '']);
  const result = JSON.parse(child.stdout);
  t.diagnostic(child.stdout.trim());
  assert.deepEqual(result.codes, [code]);
  assert.equal(result.alive, loaded === 'loaded' ? true : null);
  assert.ok(result.busy < IDLE_SHARE, `used ${result.busy} of a processor afterwards`);
  const { before, after } = result;
  assert.ok(after.threads <= before.threads, `${before.threads} to ${after.threads} threads`);
  // Idle connections come and go; what workers leave behind would be one a worker, or more.
  const more = after.descriptors - before.descriptors;
  assert.ok(more < EXITS, `${more} more descriptors than after the first worker`);
  return server;
}

for (const loaded of ['loaded', 'bare']) {
  const where = loaded === 'loaded' ? 'beside a stream of the main thread' : 'on their own';
  test(`${TERMINATIONS} workers ${where} are terminated mid-stream`, async (t) => {
    const server = await endsCleanly(t, {
      count: TERMINATIONS,
      ending: 'terminate',
      loaded,
      code: 1,
    });
    const flows = server.requests.filter(({ path }) => path === '/flow');
    assert.ok(flows.length >= TERMINATIONS, `${flows.length} streams flowed`);
    await until(() => server.open.length === 0, 1000, 'the end of every connection');
  });
}

test('a terminated worker leaves no connection behind while the process goes on', async (t) => {
  const server = await start(t);
  let mostOpen = 0;
  let workers = 0;
  const watch = setInterval(() => {
    workers = server.requests.filter(({ path }) => path === '/silent').length;
    mostOpen = Math.max(mostOpen, server.open.length);
  }, 5);
  t.after(() => clearInterval(watch));
  const child = await runChild(HOST, {
    args: [server.url, '20', 'terminate', 'bare'],
    nodeArgs: ['--expose-gc'],
  });
  assert.equal(child.code, 0);
  assert.ok(workers >= 10, `${workers} workers were seen at work`);
  // A worker has six connections at most, and the one before it may just be leaving.
  assert.ok(mostOpen <= 12, `${mostOpen} connections at a time`);
});

for (const ending of ['exit', 'unref']) {
  test(`workers that leave by ${ending} with streams open end cleanly`, async (t) => {
    const server = await endsCleanly(t, { count: EXITS, ending, loaded: 'bare', code: 0 });
    assert.ok(server.requests.length >= 3 * EXITS);
    await until(() => server.open.length === 0, 1000, 'the end of every connection');
  });
}
