'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createPool } = require('../index.js');
const { hashOf, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, until } = require('./support/deadline.js');
const { SHORT, askPool, endpointOf, inParallel, startPool } = require('./support/provider-pool.js');
const { startProvider } = require('./support/provider.js');

/** A provider that stops in the middle of an answer until it is told to go on. */
function pausing() {
  const gate = deferred();
  const before = (index, { number }) => (number === 1 && index === 2 ? gate.promise : undefined);
  return { script: { before }, goOn: gate.resolve };
}

const keysOf = (provider) => provider.requests.map(({ key }) => key);

test('an endpoint that is added is asked, one that is removed no more', async (t) => {
  const { pool, providers } = await startPool(t, { one: {} });
  const two = await startProvider(t, { answer: SHORT });
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.equal(pool.add(endpointOf('two', two)), pool);
  assert.deepEqual(
    pool.endpoints.map(({ name }) => name),
    ['one', 'two'],
  );
  assert.equal(pool.remove('one'), true);
  assert.equal(pool.remove('one'), false);
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.deepEqual([providers.one.requests.length, two.requests.length], [1, 1]);
  assert.throws(() => pool.add(endpointOf('two', two)), { code: 'ERR_SSE_OPTION' });
});

test('a running answer outlives the removal of its endpoint, and of its key', async (t) => {
  for (const take of [
    (pool) => assert.equal(pool.remove('one'), true),
    (pool) => assert.equal(pool.removeKey('one', 'sk-one-0123456789'), true),
    (pool) => pool.rotateKey('one', 'sk-one-0123456789', 'sk-next-0123456789'),
  ]) {
    const { script, goOn } = pausing();
    const { pool, providers } = await startPool(t, {
      one: script,
      two: { endpoint: { priority: 1 } },
    });
    const answer = askPool(t, pool);
    await until(() => answer.snapshot().content === 'ri', PATIENCE_MS, 'its beginning');
    take(pool);
    goOn();
    assert.equal(await answer.text(), 'river');
    assert.equal(providers.one.requests.length, 1);
    assert.equal(providers.two.requests.length, 0);
  }
});

test('a key that is rotated is replaced for the next attempt, also of a running answer', async (t) => {
  const { pool, providers } = await startPool(t, { one: { faults: [{ status: 503 }] } });
  const [old, next] = ['sk-one-0123456789', 'sk-next-0123456789'];
  const retry = { baseDelay: 300, minDelay: 300, jitter: 'none' };
  const answer = askPool(t, pool, { retry });
  answer.once('retry', () => pool.rotateKey('one', old, next));
  assert.equal(await answer.text(), 'river');
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.deepEqual(keysOf(providers.one), [old, next, next]);
  assert.deepEqual(
    pool.endpoints[0].keys.map(({ key }) => key),
    [hashOf(next)],
  );
});

test('under load endpoints and keys come and go, and no answer is lost', async (t) => {
  const { pool, providers } = await startPool(t, { base: {}, other: {} });
  const third = await startProvider(t, { answer: SHORT });
  const keyOf = (round) => `sk-base-${round}-0123456789`;
  pool.addKey('base', keyOf(0));
  const turns = Array.from({ length: 40 }, (_, round) => () => {
    pool.rotateKey('base', keyOf(round), keyOf(round + 1));
    if (round % 4 === 0) pool.add(endpointOf('third', third));
    if (round % 4 === 2) pool.remove('third');
    if (round === 20) pool.remove('other');
  });
  const task = async (index) => {
    if (index % 10 === 0) turns[index / 10]?.();
    const { value, error } = await outcome(askPool(t, pool).text());
    assert.equal(error, undefined);
    assert.equal(value, 'river');
  };
  await inParallel(400, 16, task);
  assert.deepEqual(pool.endpoints.map(({ name }) => name).sort(), ['base']);
  const seen = [providers.base, providers.other, third].map(({ requests }) => requests.length);
  assert.equal(
    seen.reduce((sum, count) => sum + count, 0),
    400,
  );
  assert.ok(Math.min(...seen) > 0, `${seen}`);
});

test('keys are added and removed by themselves or by their hash', async (t) => {
  const { pool, providers } = await startPool(t, { one: {} });
  const [first, second, third] = ['sk-one-0123456789', 'sk-b-0123456789', 'sk-c-0123456789'];
  assert.equal(pool.addKey('one', second), pool);
  pool.addKey('one', third);
  assert.equal(pool.endpoints[0].keys.length, 3);
  assert.equal(pool.removeKey('one', hashOf(first)), true);
  assert.equal(pool.removeKey('one', second), true);
  assert.equal(pool.removeKey('one', second), false);
  assert.equal(pool.removeKey('nowhere', third), false);
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.deepEqual(keysOf(providers.one), [third]);
});

test('changes tell who, from what, to what and why', async (t) => {
  const { pool, changes } = await startPool(t, {
    one: { faults: [{ status: 401 }] },
    two: { endpoint: { priority: 1 }, faults: [{ status: 429, headers: { 'retry-after': '1' } }] },
    three: { endpoint: { priority: 2 } },
  });
  assert.equal(await askPool(t, pool).text(), 'river');
  await until(() => changes.length >= 2, PATIENCE_MS, 'two changes');
  assert.deepEqual(
    changes.map(({ endpoint, key, from, to }) => ({ endpoint, key, from, to })),
    [
      { endpoint: 'one', key: hashOf('sk-one-0123456789'), from: 'ok', to: 'dead' },
      { endpoint: 'two', key: hashOf('sk-two-0123456789'), from: 'ok', to: 'cooling' },
    ],
  );
  for (const { reason } of changes) assert.ok(typeof reason === 'string' && reason !== '');
});

test('the state of a pool counts what happened', async (t) => {
  const { script, goOn } = pausing();
  const { pool } = await startPool(t, {
    one: { ...script, faults: [undefined, { status: 500 }] },
    two: { endpoint: { priority: 1, weight: 2.5 } },
  });
  const answer = askPool(t, pool);
  await until(() => answer.snapshot().content === 'ri', PATIENCE_MS, 'its beginning');
  const [{ keys, ...one }, two] = pool.endpoints;
  assert.deepEqual([one.name, one.active, one.breaker, one.priority], ['one', 1, 'closed', 0]);
  assert.deepEqual([keys[0].state, keys[0].active], ['ok', 1]);
  assert.deepEqual([two.name, two.active, two.priority, two.weight], ['two', 0, 1, 2.5]);
  goOn();
  await answer.text();
  await outcome(askPool(t, pool, { retry: false }).text());
  await until(() => pool.endpoints[0].active === 0, PATIENCE_MS, 'the end');
  const [after] = pool.endpoints;
  assert.deepEqual([after.requests, after.failures, after.active], [2, 1, 0]);
  assert.equal(after.keys[0].requests, 2);
});

test('an endpoint is called by its host unless it has a name, and names are unique', async (t) => {
  const { providers } = await startPool(t, { one: {} });
  const endpoint = { baseUrl: `${providers.one.url}/v1`, apiKey: null };
  const pool = createPool([endpoint]);
  assert.equal(pool.endpoints[0].name, new URL(providers.one.url).host);
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.equal(keysOf(providers.one)[0], null);
  assert.throws(() => createPool([endpoint, endpoint]), { code: 'ERR_SSE_OPTION' });
});

test('one pool serves endpoints with headers, prefills and keys of their own', async (t) => {
  const { pool, providers } = await startPool(t, {
    one: {
      faults: [{ content: 1, how: 'end' }],
      endpoint: { headers: { 'x-region': 'eu' }, keyHeader: 'x-secret', prefill: 'deepseek' },
    },
  });
  assert.equal(await askPool(t, pool, { resume: 'continue' }).text(), 'river');
  const [first, second] = providers.one.requests;
  for (const { headers } of [first, second]) {
    assert.equal(headers['x-region'], 'eu');
    assert.equal(headers['x-secret'], 'sk-one-0123456789');
    assert.equal(headers.authorization, undefined);
  }
  assert.equal(second.begun, 'ri');
});

test('an update sends the traffic elsewhere, and forgets nothing', async (t) => {
  const { pool, providers } = await startPool(t, { one: {}, two: {} });
  await inParallel(20, 4, () => askPool(t, pool).text());
  const before = pool.endpoints;
  assert.equal(pool.update('two', { canary: 1 }), pool);
  const counted = (state) => ({ ...state, canary: 0 });
  assert.deepEqual(pool.endpoints.map(counted), before.map(counted));
  const seen = () => [providers.one.requests.length, providers.two.requests.length];
  const [one, two] = seen();
  assert.equal(one + two, 20);
  await inParallel(20, 4, () => askPool(t, pool).text());
  assert.deepEqual(seen(), [one, two + 20]);
  pool.update('two', { canary: null, weight: 1e-9 });
  await inParallel(20, 4, () => askPool(t, pool).text());
  assert.deepEqual(seen(), [one + 20, two + 20]);
  assert.deepEqual([pool.endpoints[1].weight, pool.endpoints[1].canary], [1e-9, 0]);
});
