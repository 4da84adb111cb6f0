'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const net = require('node:net');
const { join } = require('node:path');
const { inspect } = require('node:util');
const { describe, test } = require('node:test');
const { SSEStateError, redisStore } = require('../index.js');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const { startCluster, startSentinels } = require('./support/redis-cluster.js');

const HOUR = 3_600_000;
const CA = readFileSync(join(__dirname, 'support', 'tls', 'ca.pem'), 'utf8');

/** How long Redis may take: as little as a busy machine allows. */
const CONNECT_MS = 2000;

/** Whether a call was refused because of Redis, with this in the message, and in time. */
const failing = (words, begun) => (error) => {
  assert.ok(error instanceof SSEStateError, error);
  assert.equal(error.code, 'ERR_SSE_STORE');
  assert.match(error.message, words);
  assert.ok(performance.now() - begun < CONNECT_MS + 15_000, 'within the deadline');
  return true;
};

describe('a store in Redis', { skip: redis.withoutRedis(), concurrency: 2 }, () => {
  test('keeps, replaces and removes', async (t) => {
    const { url } = await redis.startRedis(t);
    const store = redisStore({ url });
    assert.equal(await store.get('a'), undefined);
    assert.equal(await store.set('a', 'one'), undefined);
    assert.equal(await store.get('a'), 'one');
    assert.equal(await store.setIfAbsent('a', 'two'), false);
    assert.equal(await store.replace('a', 'other', 'two'), false);
    assert.equal(await store.replace('a', 'one', 'two'), true);
    assert.equal(await store.take('a'), 'two');
    assert.equal(await store.take('a'), undefined);
    assert.equal(await store.replace('a', 'two', 'three'), false);
    assert.equal(await store.setIfAbsent('a', 'three'), true);
    assert.equal(await store.remove('a'), true);
    assert.equal(await store.remove('a'), false);
  });

  test('gives back any text as it was', async (t) => {
    const { url } = await redis.startRedis(t);
    const store = redisStore({ url });
    const texts = ['', '\0', '\r\n', '{"a":1}', '你好', '🎟️', '{}', ':', 'x'.repeat(2 ** 20)];
    for (const text of texts) {
      await store.set('a', text);
      assert.equal(await store.get('a'), text);
      assert.equal(await store.replace('a', text, 'after it'), true);
    }
    const keys = [...texts.filter((text) => text !== '' && text.length < 9), 'é'.repeat(512)];
    await Promise.all(keys.map((key) => store.set(key, key)));
    for (const key of keys) assert.equal(await store.take(key), key);
  });

  test('forgets when the time is over by the clock of Redis', async (t) => {
    const server = await redis.startRedis(t);
    const store = redisStore({ url: server.url });
    await store.set('set', 'x', 60);
    await store.setIfAbsent('absent', 'x', 60);
    await store.set('replaced', 'x', HOUR);
    assert.equal(await store.replace('replaced', 'x', 'y', 60), true);
    await store.set('kept', 'x', 60);
    await store.set('kept', 'y');
    await store.set('renewed', 'x', 60);
    assert.equal(await store.replace('renewed', 'x', 'y', null), true);
    const gone = async () => (await server.cli('dbsize')) === '2';
    await redis.asked(gone, 'the end of three values');
    for (const key of ['set', 'absent', 'replaced']) assert.equal(await store.get(key), undefined);
    for (const key of ['kept', 'renewed']) assert.equal(await store.get(key), 'y');
  });

  test('is another one under another prefix, and in another database', async (t) => {
    const { url } = await redis.startRedis(t);
    const stores = [
      redisStore({ url }),
      redisStore({ url, prefix: 'other' }),
      redisStore({ url, prefix: 'a:b' }),
      redisStore({ url: `${url}/1` }),
    ];
    for (const [at, store] of stores.entries()) await store.set('a', String(at));
    for (const [at, store] of stores.entries()) assert.equal(await store.get('a'), String(at));
    assert.equal(await redisStore({ url, prefix: 'a' }).get('b:store:a'), undefined);
  });

  test('is one for all processes', async (t) => {
    const { url } = await redis.startRedis(t);
    const instances = await startInstances(t, 2, { log: { url }, store: { url } });
    await instances[0].store('set', 'a', 'one');
    const tries = Array.from({ length: 40 }, (_, at) => instances[at % 2]);
    const taken = await Promise.all(tries.map((instance) => instance.store('take', 'a')));
    assert.deepEqual(
      taken.filter((value) => value !== null),
      ['one'],
    );
    const set = await Promise.all(
      tries.map((instance, at) => instance.store('setIfAbsent', 'b', String(at))),
    );
    assert.equal(set.filter(Boolean).length, 1);
    await instances[1].store('set', 'count', '0');
    const count = async (instance) => {
      for (;;) {
        const old = await instance.store('get', 'count');
        if (await instance.store('replace', 'count', old, String(Number(old) + 1))) return;
      }
    };
    await Promise.all(tries.slice(0, 12).map(count));
    assert.equal(await instances[0].store('get', 'count'), '12');
  });

  test('needs the right password, and shows none', async (t) => {
    const password = 'p@ss/word#%';
    const { url, port } = await redis.startRedis(t, { password });
    const store = redisStore({ url });
    await store.set('a', 'one');
    assert.equal(await store.get('a'), 'one');
    const timeouts = { connect: CONNECT_MS };
    const begun = performance.now();
    for (const wrong of ['', ':hunter2@', 'ann:hunter2@']) {
      const other = redisStore({ url: `redis://${wrong}127.0.0.1:${port}`, timeouts });
      const shown = [];
      await assert.rejects(other.get('a'), (error) => {
        shown.push(inspect(error, { depth: 9, showHidden: true }), inspect(other));
        return failing(/password|authenticat|user/i, begun)(error);
      });
      for (const text of shown) assert.ok(!text.includes('hunter2'), text);
    }
  });

  test('that is not there is told of within the deadline, and used once it is', async (t) => {
    const server = await redis.startRedis(t);
    const store = redisStore({ url: server.url, timeouts: { connect: CONNECT_MS } });
    await store.set('a', 'one');
    await server.kill();
    const begun = performance.now();
    await assert.rejects(store.get('a'), failing(/reached/, begun));
    await assert.rejects(store.set('a', 'two'), failing(/reached/, begun));
    await server.start();
    await redis.asked(
      () =>
        store.set('b', 'x').then(
          () => true,
          () => false,
        ),
      'the store',
    );
    assert.equal(await store.get('a'), undefined);
  });

  test('that stands still is told of within the deadline', async (t) => {
    const server = await redis.startRedis(t);
    const store = redisStore({ url: server.url, timeouts: { connect: CONNECT_MS } });
    await store.set('a', 'one');
    server.pause();
    const begun = performance.now();
    const calls = Array.from({ length: 10 }, () => store.get('a'));
    await Promise.all(calls.map((call) => assert.rejects(call, failing(/reached/, begun))));
    server.resume();
    const read = () =>
      store.get('a').then(
        (value) => value === 'one',
        () => false,
      );
    await redis.asked(read, 'the store');
  });

  test('says where something else is kept under its key', async (t) => {
    const server = await redis.startRedis(t);
    const store = redisStore({ url: server.url, prefix: 'app' });
    await store.set('a', 'one');
    const [key] = (await server.cli('keys', '*')).split('\n');
    await server.cli('del', key);
    await server.cli('rpush', key, 'foreign');
    const begun = performance.now();
    await assert.rejects(store.get('a'), failing(/something else under this key/, begun));
    await assert.rejects(store.take('a'), failing(/something else under this key/, begun));
    await assert.rejects(
      store.replace('a', 'x', 'y'),
      failing(/something else under this key/, begun),
    );
    assert.equal(await server.cli('lrange', key, 0, -1), 'foreign');
    await store.set('b', 'x');
    assert.equal(await store.get('b'), 'x');
  });

  for (const [what, reply, words] of [
    // In the words of Redis 5.
    [
      'is too old says so',
      (command) => `-ERR unknown command \`${command}\`, with args beginning with: \`3\`, \r\n`,
      /too old.*6\.2/,
    ],
    [
      'is another server is told of within the deadline',
      () => 'HTTP/1.1 400 Bad Request\r\n\r\n',
      /./,
    ],
    ['says nothing is told of within the deadline', () => '', /does not answer|timed out/],
  ]) {
    // Such servers are not to be had: this one says what they say to any command.
    test(`that ${what}`, async (t) => {
      const server = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', (data) => {
          const commands = String(data).matchAll(/^\*\d+\r\n\$\d+\r\n(\w+)/gm);
          for (const [, command] of commands) socket.write(reply(command));
        });
      });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      t.after(() => server.close());
      const url = `redis://127.0.0.1:${server.address().port}`;
      const begun = performance.now();
      const store = redisStore({ url, timeouts: { connect: 300 } });
      await assert.rejects(store.get('a'), failing(words, begun));
    });
  }

  test('that is full says so', async (t) => {
    const server = await redis.startRedis(t, {
      args: ['--maxmemory', '2mb', '--maxmemory-policy', 'noeviction'],
    });
    const store = redisStore({ url: server.url });
    const begun = performance.now();
    const fill = async () => {
      for (let at = 0; at < 20; at++) await store.set(String(at), 'x'.repeat(2 ** 18));
    };
    await assert.rejects(fill(), failing(/OOM|memory/, begun));
    assert.equal((await store.get('0')).length, 2 ** 18);
  });

  test('speaks TLS to servers that are trusted', async (t) => {
    const { url } = await redis.startRedis(t, { tls: true, password: 'secret' });
    const store = redisStore({ url, tls: { ca: CA } });
    await store.set('a', 'one');
    assert.equal(await store.get('a'), 'one');
    const begun = performance.now();
    const strict = redisStore({ url, timeouts: { connect: CONNECT_MS } });
    await assert.rejects(strict.get('a'), failing(/certificate/i, begun));
    const plain = redisStore({
      url: url.replace('rediss:', 'redis:'),
      timeouts: { connect: CONNECT_MS },
    });
    await assert.rejects(plain.get('a'), failing(/./, begun));
  });

  test('is kept by a cluster, wherever its keys are', async (t) => {
    const servers = await startCluster(t);
    const store = redisStore({ cluster: servers.map(({ url }) => url) });
    const keys = Array.from({ length: 60 }, (_, at) => `key ${at}`);
    await Promise.all(keys.map((key) => store.set(key, key, HOUR)));
    const taken = await Promise.all(keys.map((key) => store.take(key)));
    assert.deepEqual(taken, keys);
    await Promise.all(keys.map((key) => store.set(key, 'x')));
    const replaced = await Promise.all(keys.map((key) => store.replace(key, 'x', key)));
    assert.ok(replaced.every(Boolean));
    const sizes = await Promise.all(servers.map((server) => server.cli('dbsize')));
    assert.ok(
      sizes.every((size) => Number(size) > 0),
      sizes.join(),
    );
    // One seed is enough.
    const other = redisStore({ cluster: [servers[1].url] });
    assert.deepEqual(await Promise.all(keys.map((key) => other.get(key))), keys);
  });

  test('is where the sentinels say, also after a failover', async (t) => {
    const { master, replica, sentinels, name } = await startSentinels(t);
    const urls = sentinels.map(({ url }) => url);
    const store = redisStore({
      sentinel: { urls, master: name },
      timeouts: { connect: CONNECT_MS },
    });
    await store.set('a', 'one');
    await redis.asked(async () => (await replica.cli('dbsize')) === '1', 'the replica');
    await master.kill();
    const set = () =>
      store.set('b', 'two').then(
        () => true,
        () => false,
      );
    await redis.asked(set, 'the new master', 60_000);
    assert.equal(await store.get('a'), 'one');
    assert.equal(await replica.cli('dbsize'), '2');
  });
});
