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

test('every client of an answer receives the same text from its server', async (t) => {
  const { startServer } = await import('../bench/server.mjs');
  const { measure } = await import('../bench/measurement.mjs');
  const { ROWS } = await import('../bench/rows.mjs');
  const server = await startServer();
  t.after(() => server.stop());

  for (const row of ROWS.filter(({ dialect }) => dialect)) {
    const brief = row.tokens
      ? { ...row, tokens: 4096, query: `${row.query}&count=4096` }
      : { ...row, streams: 10, query: 'text=chat&gap=1000' };
    for (const client of row.clients) {
      const { checksum, rate } = await measure(brief, client, server.port, DURATIONS);
      assert.equal(checksum, '3dac2a1d', `${client} at ${row.name}`);
      assert.ok(rate > 0, `${client} at ${row.name}`);
    }
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

test('of several peers the best counts, and without a bound a ratio is only shown', async () => {
  const { evaluate } = await import('../bench/results.mjs');
  const { floorTable } = await import('../bench/table.mjs');
  const floors = [
    { measure: 'rate', against: ['openai', 'ai'], least: 2 },
    { measure: 'cpu', against: ['openai', 'ai'], most: 1 / 15 },
    { measure: 'cpu', against: 'openai' },
  ];
  const row = { name: 'best', title: '', clients: ['perennial-chat', 'openai', 'ai'], floors };
  const of = (rate, cpu) => [{ checksum: '1', rate, cpu }];
  const own = { 'perennial-chat': of(100, 1) };
  const result = evaluate(row, { ...own, openai: of(10, 30), ai: of(40, 20) });
  assert.deepEqual(
    result.floors.map(({ against, value, met }) => [against, value, met]),
    [
      ['ai', 2.5, true],
      ['ai', 1 / 20, true],
      ['openai', 1 / 30, undefined],
    ],
  );
  const cells = floorTable([result]).split('\n').slice(2);
  assert.match(cells[1], /0\.050× \| ≤ 0\.067× \| ✓ /);
  assert.match(cells[2], /0\.033× \| +\| +\|$/);
});
