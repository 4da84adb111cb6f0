'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

/** With numbers too small to measure anything. */
const DURATIONS = { warmup: 1, measured: 50 };

test('every client of the benchmark receives the same from its server', async (t) => {
  const { startServer } = await import('../bench/server.mjs');
  const { measure } = await import('../bench/measurement.mjs');
  const { ROWS } = await import('../bench/rows.mjs');
  const server = await startServer();
  t.after(() => server.stop());

  const row = ROWS.find(({ name }) => name === 'plain');
  const iterators = ['perennial-iterator', 'eventsource-client-iterator'];
  for (const client of [...row.clients, ...iterators]) {
    const { checksum, rate } = await measure(row, client, server.port, DURATIONS);
    assert.equal(checksum, '56252b91', client);
    assert.ok(rate > 0, client);
  }
});

test('a row whose clients received different events is refused', async () => {
  const { evaluate } = await import('../bench/results.mjs');
  const row = { name: 'odd', title: '', clients: ['a', 'b'], floors: [] };
  const measurements = { a: [{ checksum: '1', rate: 1 }], b: [{ checksum: '2', rate: 1 }] };
  assert.throws(() => evaluate(row, measurements), /odd: a received 1, b 2/);
});

test('a floor is judged by the ratio of medians', async () => {
  const { evaluate } = await import('../bench/results.mjs');
  const floors = [
    { measure: 'rate', against: 'b', least: 2 },
    { measure: 'rate', against: 'b', least: 2.1 },
    { measure: 'rate', most: 100 },
  ];
  const row = { name: 'even', title: '', clients: ['a', 'b'], floors };
  const of = (...rates) => rates.map((rate) => ({ checksum: '1', rate }));
  const { clients, floors: judged } = evaluate(row, { a: of(100, 20, 90), b: of(45, 1, 70) });
  assert.deepEqual(clients.a.rate, { median: 90, least: 20, most: 100 });
  assert.deepEqual(
    judged.map(({ value, met }) => [value, met]),
    [
      [2, true],
      [2, false],
      [90, true],
    ],
  );
});
