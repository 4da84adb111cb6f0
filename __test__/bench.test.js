'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const test = require('node:test');
const { runChild } = require('./support/child.js');

/** With numbers too small to measure anything. */
const DURATIONS = { warmup: 1, measured: 50, compiling: 0 };
/** Within that every client meets an event at full speed, also on a busy machine. */
const FLOOD = { warmup: 1, measured: 250, compiling: 0 };

const root = join(__dirname, '..');
const LIMIT = { timeout: 120_000 };

test('every client of the benchmark receives the same from its server', async (t) => {
  const { startServer } = await import('../bench/server.mjs');
  const { measure } = await import('../bench/measurement.mjs');
  const { ROWS } = await import('../bench/rows.mjs');
  const server = await startServer();
  t.after(() => server.stop());

  const row = ROWS.find(({ name }) => name === 'plain');
  const iterators = ['perennial-iterator', 'eventsource-client-iterator'];
  for (const client of [...row.clients, ...iterators]) {
    const { checksum, rate } = await measure(row, client, server, FLOOD);
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
      const { checksum, rate } = await measure(brief, client, server, DURATIONS);
      assert.equal(checksum, '3dac2a1d', `${client} at ${row.name}`);
      assert.ok(rate > 0, `${client} at ${row.name}`);
    }
  }
});

test('over TLS every client receives the same, in the version of HTTP that is meant', async (t) => {
  const { startServer } = await import('../bench/server.mjs');
  const { measure } = await import('../bench/measurement.mjs');
  const { ROWS } = await import('../bench/rows.mjs');
  const server = await startServer();
  t.after(() => server.stop());

  const rows = ROWS.filter(({ tls }) => tls);
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['many-tls', 'many-http2', 'open-tls', 'open-http2'],
  );
  for (const row of rows) {
    const brief = { ...row, streams: 10, query: row.query.replace('gap=50000', 'gap=1000') };
    for (const client of row.clients) {
      const { checksum, ...measures } = await measure(brief, client, server, DURATIONS);
      const text = row.name.startsWith('many') ? '56252b91' : 'd15a088d';
      assert.equal(checksum, text, `${client} at ${row.name}`);
      for (const { measure: name } of row.floors) {
        assert.ok(Number.isFinite(measures[name]), `${name} of ${client} at ${row.name}`);
      }
    }
  }
  // One that does not ask again.
  const [http1, { clients }] = rows;
  await assert.rejects(measure(http1, clients[1], server, DURATIONS), /http2 failed at many-tls/);
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

/** A folder that looks like a clone whose product is this module. */
function clone(t, module) {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), '{"name":"perennial-sse"}');
  writeFileSync(join(folder, 'index.mjs'), module);
  return folder;
}

test('of two builds each is measured as it is in its own folder', LIMIT, async (t) => {
  const { startServer } = await import('../bench/server.mjs');
  const { compare } = await import('../bench/against.mjs');
  const { ROWS } = await import('../bench/rows.mjs');
  const server = await startServer();
  t.after(() => server.stop());
  const rows = ROWS.filter(({ name }) => ['plain', 'chat', 'keep'].includes(name));
  const options = { pairs: 1, effort: FLOOD };
  assert.equal(typeof (await compare(rows, root, server, options)), 'boolean');

  const other = clone(t, 'export const chat = 0; export const connect = () => process.exit(7);');
  await assert.rejects(compare(rows, other, server, options), /perennial failed at plain: exit 7/);
});

test('what is no built clone is not compared with', LIMIT, async (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
  t.after(() => rmSync(empty, { recursive: true }));
  const run = join(root, 'bench', 'run.mjs');
  for (const [folder, reason] of [
    [join(empty, 'none'), / does not exist$/m],
    [empty, / holds no clone of it$/m],
    [clone(t, 'throw new Error("no addon")'), / is not built; .*\(no addon\)$/m],
  ]) {
    const { code, stderr } = await runChild(run, { args: ['--against', folder] });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /--against needs the folder of another built clone of perennial-sse, but /,
    );
    assert.match(stderr, reason);
  }
});

test('two builds are judged by the ratios of their pairs', async () => {
  const { comparePairs, verdictOn } = await import('../bench/pairs.mjs');
  // The machine's speed doubles half-way; within each pair the other build is a tenth slower.
  const pairs = Array.from({ length: 21 }, (_, turn) => {
    const speed = turn < 10 ? 100 : 200;
    return {
      own: { checksum: '1', rate: speed, p50: 1100 / speed },
      other: { checksum: '1', rate: speed / 1.1, p50: (1000 + turn) / speed },
    };
  });
  const [rate] = comparePairs({ name: 'chat', title: '', work: 'answers' }, pairs);
  assert.equal(rate.ratio.toFixed(6), '1.100000');
  assert.equal(rate.met, true);
  const [p50] = comparePairs({ name: 'lone', title: '', work: 'lone' }, pairs);
  assert.equal(p50.ratio.toFixed(6), (1010 / 1100).toFixed(6));
  // The sixth of 21 from either end: with fewer outside the median lies within, in 97 of 100 cases.
  assert.deepEqual(
    p50.interval.map((end) => end.toFixed(6)),
    [(1005 / 1100).toFixed(6), (1015 / 1100).toFixed(6)],
  );
  assert.equal(p50.met, false);
  const ratios = (...several) => several.map((ratio) => ({ ratio, met: ratio >= 0.95 }));
  assert.deepEqual(verdictOn([rate, p50]).met, false);
  assert.deepEqual(verdictOn(ratios(0.96, 1.01)), {
    slow: 0,
    mean: Math.sqrt(0.96 * 1.01),
    met: true,
  });
  assert.equal(verdictOn(ratios(0.96, 0.97)).met, false);
  pairs[3].other.checksum = '2';
  assert.throws(
    () => comparePairs({ name: 'lone', title: '', work: 'lone' }, pairs),
    /lone: one received 1, another 2/,
  );
});
