'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { outcome } = require('./support/answers.js');
const { askPool, startPool } = require('./support/provider-pool.js');

const REST_MS = 600;
const KEYS = ['sk-a-0123456789', 'sk-b-0123456789'];

/** A pool of one endpoint that limits each of its keys once, for a while. */
async function limited(t) {
  const seen = new Set();
  const faults = ({ key }) => {
    if (seen.has(key)) return undefined;
    seen.add(key);
    return { status: 429, headers: { 'retry-after-ms': String(REST_MS) } };
  };
  return startPool(t, { main: { faults, endpoint: { apiKey: KEYS } } });
}

test('an answer waits for the first key that may be used again, and no longer', async (t) => {
  const { pool, providers } = await limited(t);
  const started = performance.now();
  const { attempts } = await askPool(t, pool).message();
  const took = performance.now() - started;
  assert.deepEqual(
    attempts.map(({ status }) => status),
    [429, 429, 200],
  );
  assert.ok(took >= REST_MS - 5 && took < REST_MS * 2, `${took}`);
  const [first, second, third] = providers.main.requests;
  assert.notEqual(first.key, second.key);
  assert.equal(third.key, first.key);
});

test('an answer that begins while all keys rest waits, and asks nobody meanwhile', async (t) => {
  const { pool, providers } = await limited(t);
  const once = () => outcome(askPool(t, pool, { retry: false }).text());
  while (providers.main.requests.length < KEYS.length) await once();
  assert.ok(pool.endpoints[0].keys.every(({ state }) => state === 'cooling'));
  const { at } = providers.main.requests[0];
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.equal(providers.main.requests.length, KEYS.length + 1);
  assert.ok(providers.main.requests.at(-1).at - at >= REST_MS - 5);
});

test('no rest of a key outlives the deadline of an answer', async (t) => {
  const { pool, providers } = await limited(t);
  const started = performance.now();
  const { error } = await outcome(askPool(t, pool, { deadline: REST_MS / 2 }).text());
  const took = performance.now() - started;
  assert.match(error.code, /^ERR_SSE_(STATUS|POOL|TIMEOUT)$/);
  assert.ok(took < REST_MS, `${took}`);
  const late = await outcome(askPool(t, pool, { deadline: 20 }).text());
  assert.match(late.error.code, /^ERR_SSE_(POOL|TIMEOUT)$/);
  assert.ok(performance.now() - started < REST_MS);
  assert.equal(providers.main.requests.length, KEYS.length);
});

test('a stop or an abort ends the wait for a key', async (t) => {
  const { pool, providers } = await limited(t);
  const answer = askPool(t, pool);
  answer.on('retry', ({ delay }) => {
    if (delay > REST_MS / 2) answer.stop();
  });
  const { error } = await outcome(answer.text());
  assert.equal(error.code, 'ERR_SSE_CLOSED');
  const controller = new AbortController();
  const reason = new Error('enough');
  const aborted = askPool(t, pool, { signal: controller.signal });
  aborted.once('retry', () => controller.abort(reason));
  assert.equal((await outcome(aborted.text())).error, reason);
  assert.equal(providers.main.requests.length, KEYS.length);
});
