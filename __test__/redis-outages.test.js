'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { until } = require('./support/deadline.js');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const cluster = require('./support/redis-cluster.js');
const { visit } = require('./support/relay.js');
const { readRun } = require('./support/run-readers.js');
const { startUpstream } = require('./support/upstream.js');

/** How long Redis stands still, in milliseconds; `.ci/long` waits longer. */
const PAUSE = Number(process.env.PERENNIAL_TEST_PAUSE ?? 1500);

const PATIENCE_MS = 30_000;

/** Where a run outlives an outage: producers renew it, and readers wait for them. */
const LEASE = 2000;

const sentBy = ({ sent }) => sent.map(({ data }) => data);

/**
 * A run at one instance, read there and at another, while something happens to Redis.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ log: object }} options
 * @param {(upstream: object) => Promise<void>} act
 */
async function through(t, { log, relay, every = 10 }, act) {
  const upstream = await startUpstream(t, { every });
  const options = { log, relay: { lease: LEASE, ...relay }, upstream: upstream.url };
  const [one, other] = await startInstances(t, 2, options);
  const own = visit(t, `${one.url}/runs/a?source=events`);
  await own.heard(20);
  const remote = readRun(t, () => `${other.url}/runs/a`);
  let cut = 0;
  const urls = [one.url, other.url];
  const restless = readRun(t, () => `${urls[cut++ % 2]}/runs/a`, { cut: () => 40 });
  const away = visit(t, `${other.url}/runs/a`);
  await away.heard(20);
  await act({ upstream, one, other, own });
  const [call] = upstream.calls;
  // Some more, so that what came back is used.
  const { length } = own.events;
  await own.heard(length + 30);
  call.finish();
  assert.equal(await own.ended(), true, JSON.stringify(own.failure));
  assert.deepEqual(
    own.events.map(({ data }) => data),
    sentBy(call),
    'who is where the run is',
  );
  return { call, upstream, own, one, other, remote: await remote, restless: await restless };
}

/** Whether everybody has everything, once. */
function whole({ call, upstream, remote, restless }) {
  assert.equal(upstream.calls.length, 1, 'asked once');
  for (const [who, told] of Object.entries({ remote, restless })) {
    assert.equal(told.failure, undefined, who);
    assert.deepEqual(told.data, sentBy(call), who);
  }
}

describe('runs, while Redis', { skip: redis.withoutRedis(), concurrency: 2 }, () => {
  for (const [what, end] of [
    ['is restarted', 'stop'],
    ['is killed, and comes back', 'kill'],
  ]) {
    test(`${what}: nothing is lost`, async (t) => {
      const server = await redis.startRedis(t, { args: ['--appendonly', 'yes'] });
      const told = await through(t, { log: { url: server.url } }, async ({ own }) => {
        await server[end]();
        const { length } = own.events;
        await own.heard(length + 50);
        await server.start();
      });
      whole(told);
    });
  }

  test('comes back empty: the run is written anew, and readers are told to begin anew', async (t) => {
    const server = await redis.startRedis(t);
    const told = await through(t, { log: { url: server.url } }, async ({ own }) => {
      await server.kill();
      const { length } = own.events;
      await own.heard(length + 20);
      await server.start();
    });
    whole(told);
    assert.equal(await told.other.relay('status', 'a'), 'done');
  });

  test(`stands still for ${PAUSE} ms: nothing is lost`, async (t) => {
    const server = await redis.startRedis(t);
    const told = await through(t, { log: { url: server.url } }, async ({ own }) => {
      server.pause();
      const { length } = own.events;
      await sleep(PAUSE);
      // Who is where the run is does not wait for Redis.
      await own.heard(length + 10);
      server.resume();
    });
    whole(told);
    assert.equal(told.remote.resets, 0);
  });

  test('stands still, and readers may only have what is kept: they wait', async (t) => {
    const server = await redis.startRedis(t);
    const relay = { durability: 'durable', lease: 15_000 };
    const told = await through(
      t,
      { log: { url: server.url }, relay },
      async ({ own, upstream }) => {
        server.pause();
        const sent = () => upstream.calls[0].sent.length;
        // What was on its way when it stood still may yet be told.
        const before = sent();
        await until(() => sent() > before + 100, PATIENCE_MS, 'the upstream');
        assert.ok(own.events.length <= before, `${own.events.length} of ${before} were told`);
        server.resume();
      },
    );
    whole(told);
    assert.equal(told.remote.resets, 0);
  });

  test('loses connections again and again: nothing is lost', async (t) => {
    const server = await redis.startRedis(t);
    const told = await through(t, { log: { url: server.url } }, async () => {
      for (let at = 0; at < 5; at++) {
        await server.cli('client', 'kill', 'type', 'normal', 'skipme', 'yes');
        await server.cli('client', 'kill', 'type', 'pubsub');
        await sleep(100);
      }
    });
    whole(told);
    assert.equal(told.remote.resets, 0);
  });

  test('forgets its scripts: nothing is lost', async (t) => {
    const server = await redis.startRedis(t);
    const told = await through(t, { log: { url: server.url } }, async () => {
      await server.cli('script', 'flush');
    });
    whole(told);
    assert.equal(told.remote.resets, 0);
  });

  test('is emptied by an operator: the producer writes the run anew', async (t) => {
    const server = await redis.startRedis(t);
    const told = await through(t, { log: { url: server.url } }, async () => {
      await server.cli('flushall');
    });
    whole(told);
  });

  for (const part of ['', ':entries']) {
    test(`evicts ${part === '' ? 'the metadata' : 'the entries'} of a run: it is written anew`, async (t) => {
      const server = await redis.startRedis(t);
      const told = await through(t, { log: { url: server.url } }, async () => {
        const keys = (await server.cli('keys', '*')).split('\n');
        const evicted = keys.filter(
          (key) => key.endsWith(part) && (part !== '' || key.endsWith('}')),
        );
        assert.equal(evicted.length, 1, keys.join());
        assert.equal(await server.cli('unlink', ...evicted), '1');
      });
      whole(told);
    });
  }

  for (const policy of [
    ...['noeviction', 'allkeys-lru', 'allkeys-lfu', 'allkeys-random'],
    ...['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'],
  ]) {
    test(`is full, with ${policy}: no hole is silent`, async (t) => {
      const server = await redis.startRedis(t, {
        args: ['--maxmemory', '3mb', '--maxmemory-policy', policy],
      });
      const told = await through(t, { log: { url: server.url } }, async ({ own }) => {
        const filler = [];
        for (let at = 0; at < 40; at++) {
          filler.push(
            server.cli('set', `filler ${at}`, 'x'.repeat(65_536), 'px', 60_000).catch(() => {}),
          );
        }
        await Promise.all(filler);
        const { length } = own.events;
        await own.heard(length + 30);
        if (policy !== 'noeviction') assert.ok((await server.info('evicted_keys')) > 0, 'evicted');
        else assert.match(await server.cli('info', 'errorstats'), /errorstat_OOM/);
        await server.cli('config', 'set', 'maxmemory', '0');
      });
      whole(told);
    });
  }

  test('fails over to a replica that lacks the tail: it is written again', async (t) => {
    const { master, replica, sentinels, name } = await cluster.startSentinels(t);
    const log = { sentinel: { urls: sentinels.map(({ url }) => url), master: name } };
    const relay = { lease: 10_000 };
    const told = await through(t, { log, relay }, async ({ own }) => {
      const { length } = own.events;
      await redis.asked(async () => (await replica.cli('dbsize')) !== '0', 'the replica');
      await master.cli('acl', 'setuser', 'default', '-psync', '-sync');
      await master.cli('client', 'kill', 'type', 'replica');
      await own.heard(length + 50);
      const [key] = (await master.cli('keys', '*:entries')).split('\n');
      const [all, some] = await Promise.all(
        [master, replica].map(async (server) => Number(await server.cli('xlen', key))),
      );
      assert.ok(some < all, `the replica has ${some} entries of ${all}`);
      await master.kill();
      const promoted = async () => (await replica.cli('role').catch(() => '')).startsWith('master');
      await redis.asked(promoted, 'the new master', PATIENCE_MS);
    });
    whole(told);
  });

  test('is a cluster that is divided anew: nothing is lost', async (t) => {
    const servers = await cluster.startCluster(t);
    const log = { cluster: servers.map(({ url }) => url) };
    const told = await through(t, { log }, async () => {
      const slot = Number(await servers[0].cli('cluster', 'keyslot', '{a}'));
      await cluster.moveSlot(servers, slot);
      await cluster.moveSlot(servers, slot);
    });
    whole(told);
    assert.equal(told.remote.resets, 0);
  });

  test('loses a server of a cluster: its replica takes over, and nothing is lost', async (t) => {
    const servers = await cluster.startCluster(t);
    const log = { cluster: servers.map(({ url }) => url) };
    const relay = { lease: 10_000 };
    const told = await through(t, { log, relay }, async ({ own }) => {
      const kept = await Promise.all(servers.map((server) => server.cli('keys', '*{a}*')));
      const master = servers[kept.findIndex((keys) => keys !== '')];
      const replica = await cluster.addReplica(t, master);
      await master.kill();
      const { length } = own.events;
      await own.heard(length + 50);
      const promoted = async () => (await replica.cli('role')).startsWith('master');
      await redis.asked(promoted, 'the new master', PATIENCE_MS);
      assert.match(await replica.cli('keys', '*'), /\{a\}/);
    });
    whole(told);
    assert.equal(told.remote.resets, 0);
  });
});
