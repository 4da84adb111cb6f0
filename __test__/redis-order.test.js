'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { until } = require('./support/deadline.js');
const { Follower } = require('./support/followers.js');
const { startInstances } = require('./support/instances.js');
const { seeded } = require('./support/random.js');
const redis = require('./support/redis.js');

/** How many events are published in all; `.ci/long` publishes more. */
const EVENTS = Number(process.env.PERENNIAL_TEST_EVENTS ?? 10_000);

const CHANNELS = ['news', 'prices', 'chat'];
const PROCESSES = 3;
const FOLLOWERS = 6;
const PATIENCE_MS = 60_000;

const skip = redis.withoutRedis();

/** How many publishers are killed. */
const KILLS = 3;

test('what a process published that is killed has come, or comes, to all', { skip }, async (t) => {
  const { url } = await redis.startRedis(t);
  const log = { url, maxEvents: 1_000_000 };
  const instances = await startInstances(t, 2, { log, hub: {} });
  const urls = instances.map((instance) => `${instance.url}/events?channel=news`);
  const random = seeded(7);
  const followers = Array.from({ length: 3 }, () => new Follower(t, urls, random));
  const following = followers.map((follower) => follower.follow());
  await Promise.all(followers.map((follower) => follower.placed()));
  const acknowledged = [];
  for (let from = 0; from < KILLS; from++) {
    const [publisher] = await startInstances(t, 1, { log, hub: {} });
    const publishing = (async () => {
      for (let at = 0; ; at++) {
        const data = `news ${from} ${at}`;
        await publisher.hub('publish', 'news', { data });
        acknowledged.push(data);
      }
    })();
    const enough = acknowledged.length + random.integer(20, 200);
    await until(() => acknowledged.length >= enough, PATIENCE_MS, 'events of a publisher');
    await publisher.kill();
    await assert.rejects(publishing, /ended/);
  }
  await instances[0].hub('publish', 'news', { data: 'last' });
  for (const follower of followers) {
    await until(() => follower.told.includes('last'), PATIENCE_MS, 'the last event');
    follower.stop();
  }
  await Promise.all(following);
  const [{ told: first }] = followers;
  for (const { told, gaps } of followers) {
    assert.deepEqual(told, first, 'all in one order');
    assert.deepEqual(gaps, []);
  }
  assert.equal(new Set(first).size, first.length, 'each once');
  const missing = acknowledged.filter((data) => !first.includes(data));
  assert.deepEqual(missing, []);
});

test(`${EVENTS} events of three processes come once and in order to clients that move`, {
  skip,
  timeout: 600_000,
}, async (t) => {
  const { url } = await redis.startRedis(t);
  // As far as a client may be behind that is cut.
  const log = {
    url,
    maxEvents: 1_000_000,
    maxBytes: 2 ** 30,
    maxAge: 600_000,
    totalBytes: 2 ** 31,
  };
  const instances = await startInstances(t, PROCESSES, { log, hub: {} });
  const query = CHANNELS.map((channel) => `channel=${channel}`).join('&');
  const urls = instances.map((instance) => `${instance.url}/events?${query}`);
  const random = seeded(EVENTS);
  const followers = Array.from({ length: FOLLOWERS }, () => new Follower(t, urls, random));
  const following = followers.map((follower) => follower.follow());
  // All have a place in every channel before anything is said there.
  await Promise.all(followers.map((follower) => follower.placed()));
  const count = Math.ceil(EVENTS / PROCESSES / CHANNELS.length);
  const degraded = await Promise.all(
    instances.map((instance, from) => instance.ask('publish', { channels: CHANNELS, from, count })),
  );
  assert.deepEqual(degraded, [0, 0, 0]);
  const total = count * PROCESSES * CHANNELS.length;
  await Promise.all(followers.map((follower) => follower.has(total)));
  for (const follower of followers) follower.stop();
  await Promise.all(following);
  const [{ told: first }] = followers;
  for (const channel of CHANNELS) {
    const of = (told) => told.filter((data) => data.startsWith(`${channel} `));
    const order = of(first);
    for (let from = 0; from < PROCESSES; from++) {
      const own = order.filter((data) => data.startsWith(`${channel} ${from} `));
      const expected = Array.from({ length: count }, (_, at) => `${channel} ${from} ${at}`);
      assert.deepEqual(own, expected, 'each publisher in its order, each event once');
    }
    for (const { told } of followers) assert.deepEqual(of(told), order, 'all in one order');
  }
  const visits = followers.reduce((sum, follower) => sum + follower.visits, 0);
  t.diagnostic(`${total} events, ${FOLLOWERS} clients, ${visits} connections`);
  assert.ok(visits > 3 * FOLLOWERS, 'clients were cut');
  assert.deepEqual(
    followers.flatMap(({ gaps }) => gaps),
    [],
  );
});
