'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { setTimeout: wait } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { SSEOptionError, SSEStateError, memoryStore } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { KEYS, LIFETIMES, STORE, VALUES } = require('./support/wrong-store-options.js');

const HOUR = 3_600_000;

/** A name that no other test has. */
let names = 0;
const freshName = () => `store ${process.pid} ${++names}`;

/** Whether an error says which argument is wrong. */
const naming = (name) => (error) => {
  assert.ok(error instanceof SSEOptionError, error);
  assert.ok(error instanceof TypeError);
  assert.equal(error.code, 'ERR_SSE_OPTION');
  assert.match(error.message, new RegExp(`\\b${name}\\b`));
  return true;
};

/** Whether an error says that the store is full. */
function isFull(error) {
  assert.ok(error instanceof SSEStateError, error);
  assert.equal(error.code, 'ERR_SSE_STORE');
  assert.match(error.message, /maxEntries or maxBytes/);
  return true;
}

/** Asks again and again until something holds. */
async function until(holds, what) {
  const asking = async () => {
    while (!(await holds())) await wait(2);
  };
  await within(asking(), PATIENCE_MS, what);
}

const isGone = (store, key) =>
  until(async () => (await store.get(key)) === undefined, `the end of "${key}"`);

test('a value is there until it is removed', async () => {
  const store = memoryStore();
  assert.equal(await store.get('a'), undefined);
  assert.equal(await store.set('a', 'one'), undefined);
  assert.equal(await store.get('a'), 'one');
  await store.set('a', 'two');
  assert.equal(await store.get('a'), 'two');
  assert.equal(await store.get('b'), undefined);
  assert.equal(await store.remove('a'), true);
  assert.equal(await store.remove('a'), false);
  assert.equal(await store.get('a'), undefined);
});

test('any text comes back as it was', async () => {
  const store = memoryStore();
  const texts = ['', ' ', '\0', '\r\n', '{"a":1}', 'ünïcode', '你好', '🎟️', 'x'.repeat(2 ** 20)];
  for (const text of texts) {
    await store.set('a', text);
    assert.equal(await store.get('a'), text);
    assert.equal(await store.replace('a', text, 'after it'), true);
    if (text === '') continue;
    const key = text.slice(0, 500);
    await store.set(key, key);
    assert.equal(await store.take(key), key);
  }
  const longest = 'é'.repeat(512);
  await store.set(longest, 'x');
  assert.equal(await store.get(longest), 'x');
});

test('of several that set a value which is absent, one does', async () => {
  const store = memoryStore();
  const set = await Promise.all(
    Array.from({ length: 50 }, (_, number) => store.setIfAbsent('a', String(number))),
  );
  assert.equal(set.filter(Boolean).length, 1);
  assert.equal(await store.get('a'), String(set.indexOf(true)));
});

test('of several that take a value, one gets it', async () => {
  const store = memoryStore();
  await store.set('a', 'one');
  const taken = await Promise.all(Array.from({ length: 50 }, () => store.take('a')));
  assert.deepEqual(
    taken.filter((value) => value !== undefined),
    ['one'],
  );
  assert.equal(await store.get('a'), undefined);
});

test('a value is replaced only by who knows it', async () => {
  const store = memoryStore();
  assert.equal(await store.replace('a', 'one', 'two'), false);
  assert.equal(await store.get('a'), undefined);
  await store.set('a', 'one');
  assert.equal(await store.replace('a', 'other', 'two'), false);
  assert.equal(await store.get('a'), 'one');
  assert.equal(await store.replace('a', 'one', 'two'), true);
  assert.equal(await store.get('a'), 'two');
});

test('many that count by replacing lose no count', async () => {
  const store = memoryStore();
  await store.set('count', '0');
  const count = async () => {
    for (;;) {
      const old = await store.get('count');
      if (await store.replace('count', old, String(Number(old) + 1))) return;
    }
  };
  await Promise.all(Array.from({ length: 40 }, count));
  assert.equal(await store.get('count'), '40');
});

describe('a time to live', () => {
  const PUTS = {
    set: (store) => store.set('a', 'x', 40),
    setIfAbsent: (store) => store.setIfAbsent('a', 'x', 40),
    async replace(store) {
      await store.set('a', 'old', HOUR);
      await store.replace('a', 'old', 'x', 40);
    },
  };
  for (const [name, put] of Object.entries(PUTS)) {
    test(`of ${name} is neither shorter nor endless`, async () => {
      const store = memoryStore();
      const begun = performance.now();
      await put(store);
      await isGone(store, 'a');
      // The two clocks may tick a little apart.
      assert.ok(performance.now() - begun > 38);
      assert.equal(await store.take('a'), undefined);
      assert.equal(await store.remove('a'), false);
      assert.equal(await store.replace('a', 'x', 'y'), false);
      assert.equal(await store.setIfAbsent('a', 'y'), true);
    });
  }

  test('ends with the value that has it: one that is put anew has its own, or none', async () => {
    const store = memoryStore();
    for (const key of ['set', 'replaced', 'taken', 'null']) await store.set(key, 'x', 40);
    await store.set('set', 'y');
    await store.set('null', 'y', null);
    assert.equal(await store.replace('replaced', 'x', 'y', HOUR), true);
    await store.take('taken');
    assert.equal(await store.setIfAbsent('taken', 'y'), true);
    await store.set('last', 'x', 40);
    await isGone(store, 'last');
    for (const key of ['set', 'replaced', 'taken', 'null']) assert.equal(await store.get(key), 'y');
  });

  test('is not that of a clock which a test has faked', async (t) => {
    const store = memoryStore();
    t.mock.timers.enable({ apis: ['Date'] });
    await store.set('a', 'x', HOUR);
    t.mock.timers.tick(2 * HOUR);
    assert.equal(await store.get('a'), 'x');
  });
});

describe('bounds', () => {
  test('of entries: what is new is refused, and what is there stays', async () => {
    const store = memoryStore({ maxEntries: 2 });
    await store.set('a', 'one');
    await store.set('b', 'two', HOUR);
    await assert.rejects(store.set('c', 'x'), isFull);
    await assert.rejects(store.setIfAbsent('c', 'x', HOUR), isFull);
    assert.equal(await store.setIfAbsent('a', 'x'), false);
    await store.set('a', 'changed');
    assert.equal(await store.replace('a', 'changed', 'again'), true);
    assert.equal(await store.get('a'), 'again');
    assert.equal(await store.get('c'), undefined);
    assert.equal(await store.take('b'), 'two');
    await store.set('c', 'three');
  });

  test('give way to what comes once the time of something is over, and not before', async () => {
    const store = memoryStore({ maxEntries: 1 });
    const begun = performance.now();
    await store.set('a', 'one', 40);
    const set = () =>
      store.set('b', 'two').then(
        () => true,
        (error) => !isFull(error),
      );
    await until(set, 'room');
    assert.ok(performance.now() - begun > 38);
    assert.equal(await store.get('b'), 'two');
    assert.equal(await store.get('a'), undefined);
  });

  test('of bytes: keys and values count, as UTF-8', async () => {
    const store = memoryStore({ maxBytes: 9 });
    await store.set('ab', 'é你');
    await store.set('c', 'x');
    await assert.rejects(store.set('d', ''), isFull);
    await assert.rejects(store.set('c', 'xx'), isFull);
    await assert.rejects(store.replace('c', 'x', 'xx'), isFull);
    assert.equal(await store.get('c'), 'x');
    await store.set('ab', '');
    await store.set('c', 'xxxxxx');
    await assert.rejects(store.setIfAbsent('d', ''), isFull);
    assert.equal(await store.remove('ab'), true);
    await store.set('d', 'x');
  });

  test('hold for a value alone', async () => {
    const store = memoryStore({ maxBytes: 3 });
    await assert.rejects(store.set('a', 'xxx'), isFull);
    await store.set('a', 'xx');
  });
});

test('wrong options are named, at once', () => {
  for (const [options, name] of STORE) assert.throws(() => memoryStore(options), naming(name));
});

test('wrong arguments are named, and nothing is put', async () => {
  const store = memoryStore();
  for (const key of KEYS) {
    for (const method of ['get', 'take', 'remove']) {
      await assert.rejects(store[method](key), naming('key'));
    }
    await assert.rejects(store.set(key, 'x'), naming('key'));
    await assert.rejects(store.setIfAbsent(key, 'x'), naming('key'));
    await assert.rejects(store.replace(key, 'x', 'x'), naming('key'));
  }
  for (const value of VALUES) {
    await assert.rejects(store.set('a', value), naming('value'));
    await assert.rejects(store.setIfAbsent('a', value), naming('value'));
    await assert.rejects(store.replace('a', 'x', value), naming('value'));
    await assert.rejects(store.replace('a', value, 'x'), naming('old'));
  }
  for (const ttl of LIFETIMES) {
    await assert.rejects(store.set('a', 'x', ttl), naming('ttl'));
    await assert.rejects(store.setIfAbsent('a', 'x', ttl), naming('ttl'));
    await assert.rejects(store.replace('a', 'x', 'x', ttl), naming('ttl'));
  }
  assert.equal(await store.get('a'), undefined);
});

test('a relay takes no store, which would have no effect', () => {
  const { createRelay } = require('../index.js');
  assert.throws(() => createRelay({ name: freshName(), store: memoryStore() }), naming('store'));
});

describe('a name', () => {
  test('is one store; without it each is its own', async () => {
    const name = freshName();
    const [one, same, other] = [
      memoryStore({ name }),
      memoryStore({ name }),
      memoryStore({ name: freshName() }),
    ];
    await one.set('a', 'x');
    assert.equal(await same.get('a'), 'x');
    assert.equal(await other.get('a'), undefined);
    const [alone, another] = [memoryStore(), memoryStore()];
    await alone.set('a', 'x');
    assert.equal(await another.get('a'), undefined);
  });

  test('cannot have other options; the same ones may be told otherwise', () => {
    const name = freshName();
    const { options } = memoryStore({ name });
    assert.throws(() => memoryStore({ name, maxEntries: 7 }), naming('name'));
    const again = memoryStore({ maxBytes: options.maxBytes, maxEntries: undefined, name });
    assert.deepEqual(again.options, options);
    assert.equal(again.kind, 'memory');
    assert.ok(Object.isFrozen(options));
  });

  test('is one store in all threads, also when one of them has ended', async () => {
    const name = freshName();
    const entry = JSON.stringify(join(__dirname, '..', 'index.js'));
    const worker = new Worker(
      `const { memoryStore } = require(${entry});
      const store = memoryStore({ name: ${JSON.stringify(name)} });
      store.set('a', 'from a worker').then(() => process.exit());`,
      { eval: true },
    );
    await within(once(worker, 'exit'), PATIENCE_MS, 'the worker');
    assert.equal(await memoryStore({ name }).take('a'), 'from a worker');
  });
});
