'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { readdirSync } = require('node:fs');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { deferred, until, within } = require('./support/deadline.js');
const { collect } = require('./support/gc.js');
const { MIB, rss } = require('./support/memory.js');
const { freshRelay, visit } = require('./support/relay.js');
const { startRelayApp } = require('./support/relay-process.js');

test('a slow reader costs no more than the log, and delays no other', async (t) => {
  // 6 MiB of events, as fast as they are taken.
  const upstream = await serve(t, async (exchange) => {
    for (let event = 0; event < 6 * 1024; event++) {
      await exchange.write(`data: ${`${event} `.padEnd(1016, '.')}\n\n`);
    }
  });
  const app = await startRelayApp(t, upstream.url);
  // What compiling and the first connections take is not the reader's.
  await visit(t, `${app.url}/warm`).ended();
  await app.ask('forget');
  const before = await app.ask('settled');
  const slow = http.get(`${app.url}/a`, { agent: false });
  t.after(() => slow.destroy());
  slow.on('error', () => {});
  const { promise: opened, resolve } = deferred();
  slow.once('response', resolve);
  const response = await within(opened, PATIENCE_MS, 'the slow response');
  let read = 0;
  const reading = (async () => {
    for await (const bytes of response) {
      read += bytes.length;
      await sleep(bytes.length / 64);
    }
  })().catch(() => {});
  const fast = visit(t, `${app.url}/a`);
  assert.equal(await fast.ended(), true);
  assert.equal(fast.events.length, 6 * 1024);
  const ahead = fast.text.length - read;
  const grown = ((await app.ask('settled')) - before) / MIB;
  t.diagnostic(`grew by ${grown.toFixed(1)} MiB; ${(ahead / MIB).toFixed(1)} MiB ahead`);
  assert.ok(ahead > 4 * MIB, 'the slow one is behind');
  const { logBytes } = await app.ask('stats');
  assert.ok(grown - logBytes / MIB <= 8, `${grown} MiB`);
  slow.destroy();
  await reading;
});

/** How many runs follow one another; `.ci/long` has more. */
const RUNS = Number(process.env.PERENNIAL_TEST_RUNS ?? 6000);

test('thousands of runs one after another leave nothing behind', async (t) => {
  const relay = freshRelay({ retention: 50 });
  async function* short() {
    yield 'one';
    yield 'two';
  }
  const round = async (from, count) => {
    for (let id = from; id < from + count; id++) {
      const run = await relay.run(`run ${id}`, () => short());
      let events = 0;
      for await (const _ of run) events++;
      assert.equal(events, 2);
    }
  };
  const descriptors = () => readdirSync('/proc/self/fd').length;
  /** What natives held goes with their objects, some turns after these. */
  const settled = async () => {
    await until(() => relay.stats().logBytes === 0, PATIENCE_MS, 'the log to be empty');
    await collect();
    return { rss: rss(), descriptors: descriptors() };
  };
  await round(0, 2000);
  const before = await settled();
  await round(2000, RUNS);
  const after = await settled();
  const grown = (after.rss - before.rss) / MIB;
  t.diagnostic(`grew by ${grown.toFixed(1)} MiB`);
  assert.ok(grown < 16, `${grown} MiB`);
  assert.ok(after.descriptors <= before.descriptors + 2);
  const { open, readers, produced } = relay.stats();
  assert.deepEqual({ open, readers, produced }, { open: 0, readers: 0, produced: 2000 + RUNS });
});
