'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { runChild } = require('./support/child.js');
const { until } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');
const { MIB } = require('./support/memory.js');

const PROGRAM = join(__dirname, 'support', 'programs', 'slow-reader.js');

/** How long the consumer takes nothing. */
const REST_MS = 4000;
/** What the process of the consumer may grow by meanwhile. */
const MOST_GROWTH = 24 * MIB;

/** Large events meet the bound in bytes, small ones the bound in number. */
const LARGE = { size: 16_384, count: 4000 };
const SMALL = { size: 100, count: 150_000 };

/** The events `from` to `to`, with as much data as told. */
function events(from, to, size) {
  let text = '';
  for (let id = from; id < to; id++) text += `id: ${id}\ndata: ${'x'.repeat(size)}\n\n`;
  return text;
}

async function restsWithoutGrowth(t, reader, { size, count }) {
  let exchange;
  let sent = 0;
  const server = await startServer(async (current) => {
    exchange = current;
    const step = Math.ceil(65_536 / size);
    for (let id = 1; id <= count; id += step) {
      const to = Math.min(id + step, count + 1);
      await exchange.write(events(id, to, size));
      sent = to - 1;
    }
    await exchange.event({ id: count + 1, event: 'end', data: '' });
    await exchange.end();
  });
  t.after(() => server.close());
  let running = true;
  const child = runChild(PROGRAM, {
    args: [reader, server.url, String(REST_MS)],
    nodeArgs: ['--expose-gc'],
    timeout: 60_000,
  }).finally(() => {
    running = false;
  });
  await until(() => !running || exchange?.blockedFor > REST_MS / 2, 30_000, 'a blocked write');
  assert.ok(running, 'the server was blocked while the consumer rested');
  assert.ok(sent < count, `the server could send ${sent} of ${count}`);
  const { code, stdout, stderr } = await child;
  assert.deepEqual([code, stderr], [0, '']);
  const result = JSON.parse(stdout.split('\n')[1]);
  t.diagnostic(`grew by ${(result.growth / MIB).toFixed(1)} MiB, ${sent} sent`);
  assert.equal(result.disorder, null);
  assert.equal(result.taken, count + 1);
  assert.equal(result.duringRest, 0);
  assert.ok(result.growth <= MOST_GROWTH, `grew by ${result.growth / MIB} MiB`);
  assert.equal(server.connections.length, 1);
}

// Almost all of it is waiting, each in processes of its own.
describe('4 s of rest block the server:', { concurrency: 4 }, () => {
  for (const reader of [
    'iterator',
    'emitter',
    'last listener removed',
    'emitter beside a slow iterator',
    'readable stream',
  ]) {
    test(`${reader}, large events`, (t) => restsWithoutGrowth(t, reader, LARGE));
  }

  for (const reader of ['iterator', 'emitter']) {
    test(`${reader}, small events`, (t) => restsWithoutGrowth(t, reader, SMALL));
  }
});
