'use strict';

const assert = require('node:assert/strict');
const { inspect } = require('node:util');
const { test } = require('node:test');
const { SSEOptionError, createHub, createRelay, memoryStore, redisLog } = require('../index.js');
const { redisStore } = require('../index.js');
const { REDIS, REDIS_LOG, REDIS_STORE, SECRET } = require('./support/wrong-redis-options.js');

/** Whether an error says at once which argument is wrong, and nothing of what it holds. */
const names = (name) => (error) => {
  assert.ok(error instanceof SSEOptionError, error);
  assert.equal(error.code, 'ERR_SSE_OPTION');
  assert.ok(error.message.includes(name), `${error.message} does not name ${name}`);
  assert.ok(!inspect(error, { showHidden: true }).includes(SECRET), error.message);
  return true;
};

test('wrong options of a log in Redis are named, without what they hold', () => {
  for (const [options, name] of [...REDIS, ...REDIS_LOG]) {
    assert.throws(() => redisLog(options), names(name));
  }
});

test('wrong options of a store in Redis are named, without what they hold', () => {
  for (const [options, name] of [...REDIS, ...REDIS_STORE]) {
    assert.throws(() => redisStore(options), names(name));
  }
});

test('a log says what it was made with, and no password', () => {
  const url = `redis://ann:${SECRET}@127.0.0.1:6379/2`;
  const log = redisLog({ url, maxEvents: 7, bridge: ['news', 'news'] });
  assert.equal(log.kind, 'redis');
  assert.deepEqual(log.options, {
    mode: 'single',
    nodes: ['redis://***:***@127.0.0.1:6379/2'],
    master: null,
    prefix: 'perennial',
    timeouts: { connect: 5000 },
    maxEvents: 7,
    maxBytes: 8 * 1024 * 1024,
    maxAge: 300_000,
    totalBytes: 256 * 1024 * 1024,
    whenDown: 'fail',
    bridge: ['news'],
  });
  const sentinel = redisLog({
    sentinel: { urls: [new URL(url)], master: 'one', username: 'bob', password: SECRET },
  });
  assert.deepEqual(sentinel.options.nodes, ['redis://***:***@127.0.0.1:6379/2']);
  assert.equal(sentinel.options.master, 'one');
  for (const one of [log, sentinel]) {
    const shown = [inspect(one, { depth: 9 }), JSON.stringify(one)];
    for (const text of shown) assert.ok(!text.includes(SECRET), text);
    assert.match(shown[0], /^Log \{/);
    assert.ok(Object.isFrozen(one) && Object.isFrozen(one.options));
  }
});

test('what is no log, and what is no store, is named by who takes it', () => {
  for (const wrong of [null, {}, 'redis', redisLog, { kind: 'redis', options: {} }]) {
    assert.throws(() => createHub({ name: 'none', log: wrong }), names('log'));
    assert.throws(() => createRelay({ name: 'none', log: wrong }), names('log'));
  }
  for (const wrong of [null, {}, 'redis', new Map(), { ...memoryStore() }]) {
    assert.throws(() => createHub({ name: 'none', store: wrong }), names('store'));
  }
});

test('a hub that is made again may not have another store, but one that is made alike', () => {
  const made = (options) => createHub({ name: 'stored', store: memoryStore(options) });
  const hub = made({ maxEntries: 7 });
  assert.equal(made({ maxEntries: 7 }), hub);
  assert.throws(() => made({ maxEntries: 8 }), names('stored'));
  assert.throws(() => createHub({ name: 'stored' }), names('stored'));
});
