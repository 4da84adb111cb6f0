'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const outage = require('./support/hub-outage.js');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const cluster = require('./support/redis-cluster.js');

const { CONNECT_MS, application, client, degraded, heard, hears, say } = outage;

describe('a hub whose Redis', { skip: redis.withoutRedis(), concurrency: 2 }, () => {
  test('comes back empty: a gap is told, and it goes on', async (t) => {
    const { server, instances, clients } = await application(t, { args: [] });
    const [one, other] = instances;
    await say(one, 'before');
    for (const visitor of clients) await hears(visitor, 'before');
    const places = clients.map((visitor) => visitor.events.at(-1).id);
    await server.kill();
    await degraded(one, true);
    await server.start();
    await degraded(one, false);
    await degraded(other, false);
    await say(other, 'after');
    for (const visitor of clients) await hears(visitor, 'after');
    const back = await client(t, other, 'channel=news', places[0]);
    await hears(back, 'after');
    assert.ok(heard(back).includes('news: epoch'), heard(back).join());
    await say(one, 'last');
    for (const visitor of [...clients, back]) await hears(visitor, 'last');
    for (const visitor of clients) {
      const events = heard(visitor).filter((data) => !data.includes(': epoch'));
      assert.deepEqual(events, ['before', 'after', 'last']);
    }
  });

  test('lost its last second: a new epoch begins, and no hole is silent', async (t) => {
    const { server, instances, clients } = await application(t);
    const [one, other] = instances;
    await say(one, 'kept');
    for (const visitor of clients) await hears(visitor, 'kept');
    const { written } = server;
    for (const data of ['lost 1', 'lost 2']) await say(one, data);
    for (const visitor of clients) await hears(visitor, 'lost 2');
    const away = clients[0].events.at(-1).id;
    await server.kill();
    await degraded(one, true);
    server.lose(written);
    await server.start();
    await degraded(one, false);
    await degraded(other, false);
    for (const data of ['after 1', 'after 2', 'after 3']) await say(other, data);
    for (const visitor of clients) await hears(visitor, 'after 3');
    for (const visitor of clients) {
      const events = heard(visitor).filter((data) => !data.includes(': epoch'));
      assert.deepEqual(events, ['kept', 'lost 1', 'lost 2', 'after 1', 'after 2', 'after 3']);
    }
    // Who comes back behind what was lost must not take the new events for those.
    const back = await client(t, other, 'channel=news', away);
    await hears(back, 'after 3');
    assert.ok(heard(back).includes('news: epoch'), heard(back).join());
    for (const data of ['after 1', 'after 2']) assert.ok(heard(back).includes(data), data);
  });

  test('is emptied by an operator: the hub tells a gap, and goes on', async (t) => {
    const { server, instances, clients } = await application(t, { args: [] });
    for (const data of ['one', 'two']) await say(instances[0], data);
    for (const visitor of clients) await hears(visitor, 'two');
    const place = clients[0].events.at(-1).id;
    await server.cli('flushall');
    await say(instances[1], 'three');
    for (const visitor of clients) await hears(visitor, 'three');
    const back = await client(t, instances[0], 'channel=news', place);
    await hears(back, 'three');
    assert.ok(heard(back).includes('news: epoch'), heard(back).join());
    await say(instances[0], 'four');
    for (const visitor of [...clients, back]) await hears(visitor, 'four');
  });

  for (const part of ['', ':entries', ':publishers']) {
    const what = part === '' ? 'metadata' : part.slice(1);
    test(`evicts the ${what} of a channel: no hole is silent`, async (t) => {
      const { server, instances, clients } = await application(t, { args: [] });
      const [one, other] = instances;
      for (const data of ['one', 'two', 'three']) await say(one, data);
      for (const visitor of clients) await hears(visitor, 'three');
      const early = clients[0].events.find(({ data }) => data === 'one').id;
      const keys = (await server.cli('keys', '*')).split('\n');
      const evicted = keys.filter((key) => key.endsWith(`{news}${part}`));
      assert.equal(evicted.length, 1, keys.join());
      await server.cli('unlink', ...evicted);
      for (const data of ['four', 'five']) await say(other, data);
      for (const visitor of clients) {
        await hears(visitor, 'five');
        const events = heard(visitor).filter((data) => !data.includes(': epoch'));
        assert.deepEqual(events, ['one', 'two', 'three', 'four', 'five']);
      }
      // A process that has seen nothing before has only what Redis has.
      const [cold] = await startInstances(t, 1, { log: { url: server.url }, hub: {} });
      const back = await client(t, cold, 'channel=news', early);
      await hears(back, 'five');
      const whole = ['two', 'three', 'four', 'five'];
      if (part === ':publishers') assert.deepEqual(heard(back), whole);
      else assert.match(heard(back)[0], /^news: (epoch|trimmed)$/);
    });
  }

  for (const policy of ['allkeys-lru', 'allkeys-random', 'volatile-lru', 'volatile-ttl']) {
    test(`drops what it likes, with ${policy}: no hole is silent`, async (t) => {
      const args = ['--maxmemory', '3mb', '--maxmemory-policy', policy];
      const { server, instances, clients } = await application(t, { args });
      const expected = [];
      for (let at = 0; at < 60; at++) {
        const filler = ['set', `filler ${at}`, 'x'.repeat(65_536), 'px', '60000'];
        await server.cli(...filler).catch(() => {});
        expected.push(String(at));
        await say(instances[at % 2], String(at));
      }
      assert.ok((await server.info('evicted_keys')) > 0, 'evicted');
      await server.cli('config', 'set', 'maxmemory', '0');
      await say(instances[0], 'last');
      for (const visitor of clients) {
        await hears(visitor, 'last');
        await redis.asked(
          async () => expected.every((data) => heard(visitor).includes(data)),
          'all',
        );
        const events = heard(visitor).filter((data) => !data.includes(': epoch'));
        assert.deepEqual(events.toSorted(), [...expected, 'last'].toSorted());
      }
    });
  }

  test('is full: what cannot be kept waits, and comes once there is room', async (t) => {
    const args = ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'];
    const { server, instances, clients } = await application(t, { args });
    const [one] = instances;
    await say(one, 'before');
    const fill = async () => {
      for (let at = 0; at < 100; at++) await server.cli('set', `filler ${at}`, 'x'.repeat(65_536));
    };
    await fill();
    await server.cli('config', 'set', 'maxmemory', '1mb');
    const published = await say(one, 'meanwhile');
    assert.equal(published.degraded, true);
    await hears(clients[0], 'meanwhile');
    await server.cli('config', 'set', 'maxmemory', '0');
    await hears(clients[1], 'meanwhile');
    await say(one, 'after');
    for (const visitor of clients) {
      await hears(visitor, 'after');
      assert.deepEqual(heard(visitor), ['before', 'meanwhile', 'after']);
    }
  });

  test('fails over: the hub goes on with the new master', async (t) => {
    const { master, replica, sentinels, name } = await cluster.startSentinels(t);
    const log = { sentinel: { urls: sentinels.map(({ url }) => url), master: name } };
    const instances = await startInstances(t, 2, {
      log: { ...log, timeouts: { connect: CONNECT_MS } },
      hub: {},
    });
    const clients = await Promise.all(instances.map((instance) => client(t, instance)));
    await say(instances[0], 'before');
    for (const visitor of clients) await hears(visitor, 'before');
    await redis.asked(async () => (await replica.cli('keys', '*news*')) !== '', 'the replica');
    await master.kill();
    await degraded(instances[0], true);
    assert.deepEqual(await say(instances[0], 'meanwhile'), { degraded: true });
    await degraded(instances[0], false);
    await degraded(instances[1], false);
    await say(instances[1], 'after');
    for (const visitor of clients) {
      await hears(visitor, 'after');
      await hears(visitor, 'meanwhile');
      const events = heard(visitor).filter((data) => !data.includes(': epoch'));
      assert.deepEqual(events.toSorted(), ['after', 'before', 'meanwhile']);
    }
  });

  test('is a cluster that is divided anew: nothing is lost, and nothing comes twice', async (t) => {
    const servers = await cluster.startCluster(t);
    const log = { cluster: servers.map(({ url }) => url) };
    const instances = await startInstances(t, 2, { log, hub: {} });
    const names = ['news', 'more', '}', '{a}b'];
    const query = names.map((name) => `channel=${encodeURIComponent(name)}`).join('&');
    const clients = await Promise.all(instances.map((instance) => client(t, instance, query)));
    const expected = [];
    for (let at = 0; at < 40; at++) {
      if (at === 10 || at === 25) {
        const keys = (
          await Promise.all(servers.map((server) => server.cli('keys', '*{news}*')))
        ).join('\n');
        const key = keys.split('\n').find((one) => one !== '');
        await cluster.moveSlot(servers, Number(await servers[0].cli('cluster', 'keyslot', key)));
      }
      for (const name of names) {
        const data = `${name} ${at}`;
        expected.push(data);
        await instances[at % 2].hub('publish', name, { data });
      }
    }
    await instances[0].hub('toUser', 'nobody', { data: 'x' });
    for (const visitor of clients) {
      await redis.asked(async () => heard(visitor).length >= expected.length, 'all');
      assert.deepEqual(heard(visitor).toSorted(), expected.toSorted());
      for (const name of names) {
        const own = heard(visitor).filter((data) => data.startsWith(`${name} `));
        assert.deepEqual(
          own,
          expected.filter((data) => data.startsWith(`${name} `)),
          name,
        );
      }
    }
  });

  test('loses a server of a cluster: its replica takes over, and doorbells ring again', async (t) => {
    const servers = await cluster.startCluster(t);
    const log = { cluster: servers.map(({ url }) => url), timeouts: { connect: CONNECT_MS } };
    const instances = await startInstances(t, 2, { log, hub: {} });
    const clients = await Promise.all(instances.map((instance) => client(t, instance)));
    await say(instances[0], 'before');
    for (const visitor of clients) await hears(visitor, 'before');
    const kept = await Promise.all(servers.map((server) => server.cli('keys', '*{news}*')));
    const master = servers[kept.findIndex((keys) => keys !== '')];
    const replica = await cluster.addReplica(t, master);
    await master.kill();
    assert.deepEqual(await say(instances[0], 'meanwhile'), { degraded: true });
    await hears(clients[0], 'meanwhile');
    await hears(clients[1], 'meanwhile');
    assert.match(await replica.cli('role'), /^master/);
    for (const data of ['one', 'two', 'three']) {
      const said = performance.now();
      await say(instances[0], data);
      for (const visitor of clients) await hears(visitor, data);
      t.diagnostic(`${data} took ${(performance.now() - said).toFixed()} ms`);
    }
    for (const visitor of clients) {
      assert.deepEqual(heard(visitor), ['before', 'meanwhile', 'one', 'two', 'three']);
    }
  });
});
