'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createPool } = require('../index.js');
const { hashOf, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until } = require('./support/deadline.js');
const { SHORT, askPool, deadUrl, inParallel, startPool } = require('./support/provider-pool.js');
const { startProvider } = require('./support/provider.js');

const ANSWERS = 1000;
const WIDTH = 16;
const REST_MS = 2000;

const KEYS = Array.from({ length: 10 }, (_, index) => `sk-key-${index}-0123456789`);
const [REVOKED, LIMITED] = [KEYS[3], KEYS[7]];

test('1,000 answers, 16 at a time: of ten keys one is revoked, one limited, and an endpoint is dead', async (t) => {
  let limitedAt;
  const faults = ({ key }) => {
    if (key === REVOKED) return { status: 401, body: { error: { message: 'revoked' } } };
    if (key !== LIMITED || limitedAt !== undefined) return undefined;
    limitedAt = performance.now();
    return { status: 429, headers: { 'retry-after': String(REST_MS / 1000) } };
  };
  const provider = await startProvider(t, { answer: SHORT, faults });
  const dead = await deadUrl(t);
  const pool = createPool([
    { name: 'alive', baseUrl: `${provider.url}/v1`, apiKey: KEYS },
    { name: 'dead', baseUrl: dead, apiKey: 'sk-dead-0123456789' },
  ]);
  const changes = [];
  const known = {};
  pool.on('change', (change) => {
    changes.push(change);
    known[change.key ?? change.endpoint] ??= performance.now();
  });
  /** When each answer was begun, by its request id. */
  const begun = new Map();
  let lost = 0;
  const task = async () => {
    const answer = askPool(t, pool);
    begun.set(answer.requestId, performance.now());
    const { value } = await outcome(answer.text());
    if (value !== SHORT.text.join('')) lost += 1;
  };
  await inParallel(ANSWERS, WIDTH, task);
  assert.equal(lost, 0);
  const idOf = (request) => request.headers['x-request-id'];
  /** The requests of answers that were begun once the pool had told of a change. */
  const later = (what) =>
    provider.requests.filter((request) => begun.get(idOf(request)) > known[what]);
  const usesOf = (requests, key) => requests.filter((request) => request.key === key);

  const revoked = hashOf(REVOKED);
  assert.ok(known[revoked] !== undefined, 'the pool told of the revoked key');
  assert.deepEqual(usesOf(later(revoked), REVOKED), []);
  assert.ok(usesOf(provider.requests, REVOKED).length <= WIDTH);

  const limited = hashOf(LIMITED);
  const early = usesOf(later(limited), LIMITED).filter(({ at }) => at < limitedAt + REST_MS);
  assert.deepEqual(early, []);
  const state = pool.endpoints[0].keys.find(({ key }) => key === revoked);
  assert.equal(state.state, 'dead');

  // The rest is over: it has its turn again.
  await until(() => performance.now() > limitedAt + REST_MS, PATIENCE_MS, 'the end of the rest');
  const before = usesOf(provider.requests, LIMITED).length;
  for (
    let round = 0;
    round < 200 && usesOf(provider.requests, LIMITED).length === before;
    round++
  ) {
    await task();
  }
  assert.ok(usesOf(provider.requests, LIMITED).length > before);
  assert.equal(lost, 0);

  const used = new Set(provider.requests.map(({ key }) => key));
  assert.deepEqual([...used].sort(), KEYS);
  assert.ok(changes.some(({ endpoint, to }) => endpoint === 'dead' && to === 'open'));
  const idle = () => pool.endpoints.every(({ active }) => active === 0);
  await until(idle, PATIENCE_MS, 'the pool to be idle');
});

test('keys take turns by their share, endpoints by their weight', async (t) => {
  const { pool, providers } = await startPool(t, {
    light: { endpoint: { weight: 1, apiKey: ['sk-a-0123456789', 'sk-b-0123456789'] } },
    heavy: { endpoint: { weight: 3 } },
  });
  await inParallel(400, 8, () => askPool(t, pool).text());
  const count = (name) => providers[name].requests.length;
  assert.equal(count('light') + count('heavy'), 400);
  const share = count('heavy') / 400;
  assert.ok(share > 0.65 && share < 0.85, `${share}`);
  const uses = providers.light.requests.filter(({ key }) => key === 'sk-a-0123456789').length;
  assert.ok(uses > count('light') / 4 && uses < (count('light') * 3) / 4, `${uses}`);
});

test('a refused key is passed over at once: no wait, and no attempt of the answer', async (t) => {
  const keys = Array.from({ length: 6 }, (_, index) => `sk-${index}-0123456789`);
  const good = keys.at(-1);
  for (const status of [401, 402, 403]) {
    const { pool, providers, changes } = await startPool(t, {
      one: {
        faults: ({ key }) => (key === good ? undefined : { status }),
        endpoint: { apiKey: keys },
      },
    });
    // A wait would show: the test would take an hour.
    const retry = { attempts: 2, baseDelay: 3_600_000, maxDelay: 3_600_000 };
    for (let round = 0; round < 12; round++) {
      await outcome(askPool(t, pool, { retry }).text());
    }
    assert.ok(providers.one.requests.length <= 12 + 5);
    const dead = changes.filter(({ to }) => to === 'dead');
    assert.deepEqual(
      dead.map(({ key, endpoint }) => [key, endpoint]).sort(),
      keys
        .slice(0, -1)
        .map((key) => [hashOf(key), 'one'])
        .sort(),
    );
  }
});

test('a pool whose keys are all dead fails at once, and asks nobody', async (t) => {
  const { pool, providers } = await startPool(t, { one: { faults: () => ({ status: 401 }) } });
  const first = await outcome(askPool(t, pool).text());
  assert.equal(first.error.status ?? 401, 401);
  assert.equal(providers.one.requests.length, 1);
  const { error } = await outcome(askPool(t, pool).text());
  assert.equal(error.code, 'ERR_SSE_POOL');
  assert.equal(error.name, 'SSEPoolError');
  assert.equal(providers.one.requests.length, 1);
  assert.equal(error.partial.content, '');
});

test('an empty pool fails at once, and serves once there is somebody to ask', async (t) => {
  const provider = await startProvider(t, { answer: SHORT });
  const pool = createPool([]);
  const { error } = await outcome(askPool(t, pool).text());
  assert.equal(error.code, 'ERR_SSE_POOL');
  pool.add({ baseUrl: `${provider.url}/v1`, apiKey: null });
  assert.equal(await askPool(t, pool).text(), 'river');
});

test('a revived pool asks again', async (t) => {
  const { pool, providers } = await startPool(t, { one: { faults: [{ status: 401 }] } });
  await outcome(askPool(t, pool).text());
  assert.equal(pool.endpoints[0].keys[0].state, 'dead');
  assert.equal(pool.revive('one'), pool);
  assert.equal(pool.endpoints[0].keys[0].state, 'ok');
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.equal(providers.one.requests.length, 2);
});

test('what is the caller’s own fault counts against no endpoint', async (t) => {
  const { pool, providers, changes } = await startPool(
    t,
    { one: { faults: () => ({ status: 400 }) }, two: { faults: () => ({ status: 422 }) } },
    { breaker: { requests: 2 } },
  );
  for (let round = 0; round < 10; round++) await outcome(askPool(t, pool).text());
  for (let round = 0; round < 10; round++) {
    const answer = askPool(t, pool);
    answer.stop();
  }
  assert.deepEqual(changes, []);
  assert.ok(pool.endpoints.every(({ breaker }) => breaker === 'closed'));
  assert.equal(providers.one.requests.length + providers.two.requests.length, 10);
});
