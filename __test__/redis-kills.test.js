'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { startInstances } = require('./support/instances.js');
const { seeded } = require('./support/random.js');
const redis = require('./support/redis.js');
const { visit } = require('./support/relay.js');
const { readRun } = require('./support/run-readers.js');
const { startUpstream } = require('./support/upstream.js');

/** How many producers are killed; `.ci/long` kills more. */
const KILLS = Number(process.env.PERENNIAL_TEST_KILLS ?? 5);

/** How many at a time: each has a process of its own. */
const WIDTH = 5;

const LEASE = 500;

/**
 * How much of what the upstream had sent may be missing, in milliseconds. Promised are 150 where processes are given
 * the time that they need; on a busy machine what was sent is read later.
 */
const LACK = Number(process.env.PERENNIAL_TEST_LACK ?? 1500);

/** By when readers know, in milliseconds after the kill. */
const TOLD = LEASE + 5000;

/**
 * Kills a producer at a random point while two processes read, one of the readers being cut again and again.
 *
 * @returns how long after the kill the readers knew, and how much they lack, in milliseconds
 */
async function killOnce(t, { log, upstream, readers, random, id }) {
  const [producer] = await startInstances(t, 1, {
    log,
    relay: { lease: LEASE },
    upstream: upstream.url,
  });
  const own = visit(t, `${producer.url}/runs/${id}?source=events`);
  await own.heard(1);
  let at = 0;
  const reading = [
    readRun(t, () => `${readers[0].url}/runs/${id}`),
    readRun(t, () => `${readers[1].url}/runs/${id}`),
    readRun(t, () => `${readers[at++ % 2].url}/runs/${id}`, { cut: () => random.integer(1, 30) }),
  ];
  await sleep(random.integer(50, 1200));
  const killed = performance.now();
  await producer.kill();
  const told = await Promise.all(reading);
  const late = performance.now() - killed;
  const [call, ...others] = upstream.of(id);
  assert.deepEqual(others, [], 'asked once');
  const sent = call.sent.map(({ data }) => data);
  const lacks = told.map(({ data, failure, resets }) => {
    assert.equal(failure?.code, 'ERR_SSE_PRODUCER_LOST', id);
    assert.equal(resets, 0, id);
    assert.deepEqual(data, sent.slice(0, data.length), id);
    return killed - (call.sent[data.length]?.at ?? killed);
  });
  return { late, lack: Math.max(...lacks), visits: told[2].visits };
}

test(`${KILLS} producers are killed: readers have what was said, and are told`, {
  skip: redis.withoutRedis(),
  timeout: 600_000,
}, async (t) => {
  const { url } = await redis.startRedis(t);
  const upstream = await startUpstream(t);
  const random = seeded(KILLS);
  const log = { url };
  const readers = await startInstances(t, 2, { log, relay: { lease: LEASE } });
  const results = [];
  for (let done = 0; done < KILLS; done += WIDTH) {
    const round = Array.from({ length: Math.min(WIDTH, KILLS - done) }, (_, at) =>
      killOnce(t, { log, upstream, readers, random, id: `run-${done + at}` }),
    );
    results.push(...(await Promise.all(round)));
  }
  assert.equal(results.length, KILLS);
  const visits = results.reduce((sum, result) => sum + result.visits, 0);
  assert.ok(visits > KILLS, 'readers were cut');
  const late = Math.max(...results.map((result) => result.late));
  const lack = Math.max(...results.map((result) => result.lack));
  t.diagnostic(`told within ${Math.round(late)} ms, lacking at most ${Math.round(lack)} ms`);
  assert.ok(late < TOLD, `told ${late} ms after the kill`);
  assert.ok(lack < LACK, `${lack} ms are missing`);
});
