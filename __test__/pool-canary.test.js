'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { askPool, inParallel, startPool } = require('./support/provider-pool.js');

const CALLERS = 2000;
const SHARE = 0.2;

const requestsOf = ({ canary, stable }) => [canary.requests.length, stable.requests.length];

test('a canary gets its share of callers, give or take 3 points, and each stays where it is', async (t) => {
  const { pool, providers } = await startPool(t, {
    stable: {},
    canary: { endpoint: { canary: SHARE } },
  });
  const sides = new Map();
  const turn = async (index) => {
    const affinity = `user-${index}`;
    const { attempts } = await askPool(t, pool, { affinity }).message();
    const { endpoint } = attempts.at(-1);
    assert.equal(sides.get(affinity) ?? endpoint, endpoint, affinity);
    sides.set(affinity, endpoint);
  };
  await inParallel(CALLERS, 16, turn);
  const share = [...sides.values()].filter((side) => side === 'canary').length / CALLERS;
  assert.ok(Math.abs(share - SHARE) <= 0.03, `${share}`);
  const [canary, stable] = requestsOf(providers);
  assert.equal(canary + stable, CALLERS);
  assert.equal(canary, Math.round(share * CALLERS), 'the providers saw the same');
  // The first ones once more: they ask whom they asked before.
  await inParallel(300, 16, turn);
});

test('without an affinity a canary gets its share of answers', async (t) => {
  const { pool, providers } = await startPool(t, {
    stable: {},
    canary: { endpoint: { canary: 0.5 } },
  });
  await inParallel(1000, 16, () => askPool(t, pool).text());
  const [canary] = requestsOf(providers);
  // Six times the standard deviation.
  assert.ok(Math.abs(canary - 500) <= 95, `${canary}`);
});

test('a canary of 1 gets everybody', async (t) => {
  const { pool, providers } = await startPool(t, {
    stable: {},
    canary: { endpoint: { canary: 1 } },
  });
  await inParallel(50, 8, (index) => askPool(t, pool, { affinity: `${index}` }).text());
  assert.deepEqual(requestsOf(providers), [50, 0]);
});

test('callers of a canary that is down are served by the others', async (t) => {
  const { pool, providers } = await startPool(t, {
    stable: {},
    canary: { endpoint: { canary: 1 } },
  });
  await providers.canary.server.refuse();
  for (let round = 0; round < 12; round++) {
    assert.equal(await askPool(t, pool, { affinity: 'a' }).text(), 'river');
  }
  assert.equal(providers.stable.requests.length, 12);
});
