'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, until } = require('./support/deadline.js');
const { askPool, inParallel, startPool } = require('./support/provider-pool.js');

/** Opens after two failures, and soon tries again. */
const BREAKER = { requests: 2, failures: 0.5, openFor: 300 };

const DOWN = () => ({ status: 500 });

/** Asks until the breaker of an endpoint is in the wanted state. */
async function askUntil(t, pool, name, wanted) {
  const state = () => pool.endpoints.find((endpoint) => endpoint.name === name).breaker;
  for (let round = 0; state() !== wanted; round++) {
    assert.ok(round < 50, `${name} is still ${state()}`);
    await outcome(askPool(t, pool).text());
  }
}

test('a lower priority is asked first, the next only when none of it can be', async (t) => {
  const { pool, providers } = await startPool(t, {
    spare: { endpoint: { priority: 1 } },
    first: { faults: [] },
    also: {},
  });
  await inParallel(40, 4, () => askPool(t, pool).text());
  assert.equal(providers.spare.requests.length, 0);
  assert.ok(providers.first.requests.length > 0 && providers.also.requests.length > 0);
  for (const name of ['first', 'also']) providers[name].follow({ faults: () => ({ status: 401 }) });
  // Both keys are refused, and the answer is still given.
  assert.equal(await askPool(t, pool).text(), 'river');
  const before = providers.first.requests.length + providers.also.requests.length;
  await inParallel(20, 4, () => askPool(t, pool).text());
  assert.equal(providers.spare.requests.length, 21);
  assert.equal(providers.first.requests.length + providers.also.requests.length, before);
});

test('an endpoint that is down is left to others, whatever way it is down', async (t) => {
  for (const [what, fault] of Object.entries({
    'status 500': { status: 500 },
    'a reset': { before: 'reset' },
    'an error in a 200': { after: 1, error: 'vllm' },
    'a clean end': { after: 1, how: 'end' },
  })) {
    const { pool, providers, changes } = await startPool(
      t,
      { bad: { faults: () => fault }, good: {} },
      { breaker: { ...BREAKER, openFor: 60_000 } },
    );
    for (let round = 0; round < 30; round++) {
      assert.equal(await askPool(t, pool).text(), 'river', what);
    }
    const opened = changes.filter(({ endpoint, key }) => endpoint === 'bad' && !key);
    assert.deepEqual(
      opened.map(({ from, to }) => [from, to]),
      [['closed', 'open']],
      what,
    );
    assert.equal(typeof opened[0].reason, 'string');
    assert.ok(providers.bad.requests.length <= 6, `${what}: ${providers.bad.requests.length}`);
    assert.equal(providers.good.requests.length, 30);
  }
});

test('an open breaker lets one through when its time is over, and closes after a success', async (t) => {
  const { pool, providers, changes } = await startPool(
    t,
    { main: { faults: DOWN }, spare: { endpoint: { priority: 1 } } },
    { breaker: BREAKER },
  );
  await askUntil(t, pool, 'main', 'open');
  const state = pool.endpoints.find(({ name }) => name === 'main');
  assert.ok(state.opensFor > 0 && state.opensFor <= 300, `${state.opensFor}`);
  const seen = providers.main.requests.length;
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.equal(providers.main.requests.length, seen, 'nobody asks while it is open');
  // The probe is held at the server: nobody else is let through meanwhile.
  const held = deferred();
  providers.main.follow({ faults: [], before: () => held.promise });
  const breaker = () => pool.endpoints.find(({ name }) => name === 'main');
  await until(() => !breaker().opensFor, PATIENCE_MS, 'the end of its time');
  const probe = outcome(askPool(t, pool).text());
  await providers.main.request(seen);
  assert.equal(breaker().breaker, 'half-open');
  await inParallel(10, 5, () => askPool(t, pool).text());
  assert.equal(providers.main.requests.length, seen + 1);
  held.resolve();
  assert.equal((await probe).value, 'river');
  await until(() => breaker().breaker === 'closed', PATIENCE_MS, 'the breaker to close');
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.equal(providers.main.requests.length, seen + 2);
  assert.deepEqual(
    changes.filter(({ key }) => !key).map(({ from, to }) => `${from} ${to}`),
    ['closed open', 'open half-open', 'half-open closed'],
  );
});

test('a probe that fails opens the breaker again, for longer', async (t) => {
  const { pool, providers, changes } = await startPool(
    t,
    { main: { faults: DOWN }, spare: { endpoint: { priority: 1 } } },
    { breaker: BREAKER },
  );
  await askUntil(t, pool, 'main', 'open');
  const main = () => pool.endpoints.find(({ name }) => name === 'main');
  await until(() => !main().opensFor, PATIENCE_MS, 'the end of its time');
  const seen = providers.main.requests.length;
  assert.equal(await askPool(t, pool).text(), 'river', 'the spare one answers');
  assert.equal(providers.main.requests.length, seen + 1);
  await until(() => main().breaker === 'open', PATIENCE_MS, 'the breaker to open again');
  assert.ok(main().opensFor > 300 && main().opensFor <= 600, `${main().opensFor}`);
  const told = changes.filter(({ key }) => !key).map(({ from, to }) => `${from} ${to}`);
  assert.deepEqual(told, ['closed open', 'open half-open', 'half-open open']);
});

test('when every breaker is open the least bad endpoint is asked nevertheless', async (t) => {
  const { pool, providers } = await startPool(
    t,
    { one: { faults: DOWN }, two: { faults: DOWN } },
    { breaker: { ...BREAKER, openFor: 60_000 } },
  );
  await askUntil(t, pool, 'one', 'open');
  await askUntil(t, pool, 'two', 'open');
  for (const name of ['one', 'two']) providers[name].follow({ faults: [] });
  assert.equal(await askPool(t, pool).text(), 'river');
});

test('with `breaker: false` nothing opens', async (t) => {
  const { pool, changes } = await startPool(t, { one: { faults: DOWN } }, { breaker: false });
  for (let round = 0; round < 10; round++) await outcome(askPool(t, pool).text());
  assert.deepEqual(changes, []);
  assert.equal(pool.endpoints[0].breaker, 'closed');
});

test('a limited key without `Retry-After` rests for the cooldown, twice as long the next time', async (t) => {
  const limits = { spare: { endpoint: { priority: 1 } } };
  const main = { faults: () => ({ status: 429 }) };
  const { pool, providers, changes } = await startPool(t, { main, ...limits }, { cooldown: 300 });
  assert.equal(await askPool(t, pool).text(), 'river');
  const key = () => pool.endpoints.find(({ name }) => name === 'main').keys[0];
  assert.equal(key().state, 'cooling');
  assert.ok(key().coolsFor > 0 && key().coolsFor <= 300, `${key().coolsFor}`);
  await inParallel(10, 5, () => askPool(t, pool).text());
  assert.equal(providers.main.requests.length, 1);
  await until(() => !key().coolsFor, PATIENCE_MS, 'the end of the rest');
  assert.equal(await askPool(t, pool).text(), 'river');
  assert.equal(providers.main.requests.length, 2);
  assert.ok(key().coolsFor > 300 && key().coolsFor <= 600, `${key().coolsFor}`);
  const states = changes.filter((change) => change.key).map(({ to }) => to);
  assert.equal(states.filter((to) => to === 'cooling').length, 2);
});

test('an error in a 200 counts as what it stands for', async (t) => {
  const spare = { endpoint: { priority: 1 } };
  for (const [problem, expected] of Object.entries({ 'rate-limit': 'cooling', auth: 'dead' })) {
    const main = { faults: () => ({ after: 1, error: 'vllm', problem }) };
    const { pool, providers } = await startPool(t, { main, spare });
    await outcome(askPool(t, pool).text());
    const { keys } = pool.endpoints.find(({ name }) => name === 'main');
    assert.equal(keys[0].state, expected, problem);
    assert.equal(await askPool(t, pool).text(), 'river');
    assert.equal(providers.main.requests.length, 1, problem);
  }
});

test('an answer that breaks off restarts where there is somebody to ask', async (t) => {
  const { pool, providers } = await startPool(
    t,
    {
      main: { faults: () => ({ content: 1, how: 'truncate' }) },
      spare: { endpoint: { priority: 1 } },
    },
    { breaker: { ...BREAKER, openFor: 60_000 } },
  );
  const { content, attempts } = await askPool(t, pool, { resume: 'restart' }).message();
  assert.equal(content, 'river');
  const asked = attempts.map(({ endpoint }) => endpoint);
  assert.deepEqual([asked[0], asked.at(-1)], ['main', 'spare']);
  assert.equal(providers.spare.requests.length, 1);
});
