'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { withoutRedis } = require('./support/redis.js');

/** With numbers too small to measure anything. */
const DURATIONS = { warmup: 200, measured: 300 };

const skip = withoutRedis();

test('readers of two instances receive the same from every relay of the benchmark', {
  skip,
}, async (t) => {
  const { startServer } = await import('../bench/server.mjs');
  const { measure } = await import('../bench/measurement.mjs');
  const { ROWS } = await import('../bench/rows.mjs');
  const server = await startServer();
  t.after(() => server.stop());
  const rows = ROWS.filter(({ child }) => child === 'instances/child.mjs');
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['instances', 'instances-many'],
  );
  const sums = new Set();
  for (const row of rows) {
    // What is another row's, too, is seen there.
    for (const client of row.joins ? row.clients : row.clients.slice(0, 1)) {
      const { checksum, ...measures } = await measure(
        { ...row, streams: 5, query: 'text=chat&gap=20000' },
        client,
        server,
        DURATIONS,
      );
      sums.add(checksum);
      assert.equal(measures.lost, 0, `${client} at ${row.name}`);
      for (const { measure: name } of row.floors) {
        assert.ok(Number.isFinite(measures[name]), `${name} of ${client} at ${row.name}`);
      }
    }
  }
  assert.equal(sums.size, 1);
});
