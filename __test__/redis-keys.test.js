'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const { visit } = require('./support/relay.js');
const { readRun } = require('./support/run-readers.js');
const { startUpstream } = require('./support/upstream.js');

/** A relay, a hub and a store that do everything once, in two processes. */
async function everything(t, instances) {
  const [one, other] = instances;
  const clients = [
    visit(t, `${one.url}/events?user=ann&channel=news`),
    visit(t, `${other.url}/events?channel=news`),
  ];
  for (const visitor of clients) await visitor.heard(1);
  await other.hub('publish', 'news', { data: 'one', key: 'k', dedupeId: 'd' });
  await other.hub('broadcast', { data: 'two' });
  await other.hub('toUser', 'ann', { data: 'three' });
  await clients[0].heard(4);
  const { clientId } = JSON.parse(clients[0].events[0].data);
  assert.equal(await other.hub('toClient', clientId, { data: 'four' }), true);
  assert.equal(await other.hub('subscribe', clientId, 'more'), true);
  await clients[0].heard(5);
  await redis.asked(async () => (await other.hub('users')).length === 1, 'the users');
  await other.hub('revoke', 'bob');
  const told = await readRun(t, () => `${one.url}/runs/a?source=events`);
  assert.equal(told.done, true);
  const again = await readRun(t, () => `${other.url}/runs/a`);
  assert.deepEqual(again.data, told.data);
  await one.ask('begin', { id: 'b' });
  assert.equal(await other.relay('stop', 'b'), true);
  await one.store('set', 'a', 'x', 60_000);
  assert.equal(await other.store('replace', 'a', 'x', 'y', 60_000), true);
  assert.equal(await other.store('take', 'a'), 'y');
  await one.store('set', 'b', 'x', 60_000);
  for (const instance of instances) assert.deepEqual(await instance.ask('told'), []);
}

const uses = (upstream, log, prefix) => ({
  log: { ...log, prefix },
  relay: { retention: 1000 },
  hub: {},
  store: { ...log, prefix },
  upstream: upstream.url,
});

describe('in Redis', { skip: redis.withoutRedis() }, () => {
  test('everything is under the prefix, and ends by itself', async (t) => {
    const server = await redis.startRedis(t);
    const upstream = await startUpstream(t, { every: 1, count: 20 });
    const instances = await startInstances(t, 2, uses(upstream, { url: server.url }, 'my app'));
    await everything(t, instances);
    const keys = (await server.cli('keys', '*')).split('\n');
    assert.ok(keys.length > 8, keys.join());
    for (const key of keys) {
      assert.match(key, /^my%20app:/);
      // Who was revoked must not be what is dropped to make room.
      if (key.endsWith('!revoked')) continue;
      // One that is gone already had one, too.
      assert.notEqual(await server.cli('pttl', key), '-1', `${key} has a time to live`);
    }
    const channels = (await server.cli('pubsub', 'channels', '*')).split('\n');
    assert.ok(channels.length > 1, channels.join());
    for (const channel of channels) assert.match(channel, /^my%20app:/);
    const gone = async () => (await server.cli('keys', '*:relay:*')) === '';
    await redis.asked(gone, 'the end of runs that are over');
  });

  test('a user who may touch nothing else, and do nothing dangerous, is enough', async (t) => {
    const server = await redis.startRedis(t);
    const upstream = await startUpstream(t, { every: 1, count: 20 });
    const rights = ['~perennial:*', '&perennial:*', '+@all', '-@dangerous', '-@admin'];
    await server.cli('acl', 'setuser', 'app', 'on', '>pass', ...rights);
    const url = server.url.replace('//', '//app:pass@');
    const instances = await startInstances(t, 2, uses(upstream, { url }, 'perennial'));
    await everything(t, instances);
    const log = await server.cli('acl', 'log');
    assert.equal(log, '', 'nothing was refused');
  });

  test('connections are few: two for a relay, a hub, a store', async (t) => {
    const server = await redis.startRedis(t);
    const upstream = await startUpstream(t, { every: 1, count: 20 });
    const instances = await startInstances(t, 2, uses(upstream, { url: server.url }, 'perennial'));
    await everything(t, instances);
    const list = (await server.cli('client', 'list')).split('\n');
    const own = list.filter((line) => !line.includes('cmd=client'));
    assert.ok(own.length <= 2 * 6, list.join('\n'));
  });
});
