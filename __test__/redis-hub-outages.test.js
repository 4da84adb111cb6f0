'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const { startSentinels } = require('./support/redis-cluster.js');
const { visit } = require('./support/relay.js');

/** How many clients there are while Redis restarts; `.ci/long` has more. */
const CLIENTS = Number(process.env.PERENNIAL_TEST_CLIENTS ?? 100);

const CONNECT_MS = 500;
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** A client that has come in. */
async function client(t, { url }, query = 'channel=news', lastEventId) {
  const visitor = visit(t, `${url}/events?${query}`, { lastEventId });
  await visitor.heard(1);
  assert.equal(visitor.events[0].event, 'connected');
  return visitor;
}

/** Events of others, and gaps, as a client was told them. */
const heard = (visitor) =>
  visitor.events.slice(1).map(({ event, data }) => {
    if (event !== 'gap') return data;
    const { channel, reason } = JSON.parse(data);
    return `${channel}: ${reason}`;
  });

/** Waits until a client has heard something. */
const hears = (visitor, data) => redis.asked(async () => heard(visitor).includes(data), data);

/** Waits until a hub says that Redis is away, or back. */
async function degraded(instance, away) {
  const states = [];
  await redis.asked(
    async () => {
      states.push(...(await instance.ask('told')));
      return states.at(-1)?.degraded === away;
    },
    away ? 'the outage' : 'the end of the outage',
  );
  for (const { degraded, reason } of states) {
    assert.equal(typeof reason, degraded ? 'string' : 'undefined');
  }
  return states;
}

/** Two instances on one Redis, a client at each. */
async function application(t, { args = DURABLE, log } = {}) {
  const server = await redis.startRedis(t, { args });
  const options = { log: { url: server.url, timeouts: { connect: CONNECT_MS }, ...log }, hub: {} };
  const instances = await startInstances(t, 2, options);
  const clients = await Promise.all(instances.map((instance) => client(t, instance)));
  return { server, options, instances, clients };
}

const say = (instance, data) => instance.hub('publish', 'news', { data });

describe('a hub, while Redis', { skip: redis.withoutRedis(), concurrency: 2 }, () => {
  test('is away: its own clients are told, and the others later, once and in order', async (t) => {
    const { server, instances, clients } = await application(t);
    const [one, other] = instances;
    const [ann, bob] = clients;
    assert.match((await say(one, 'before')).id, /\.1$/);
    for (const visitor of clients) await hears(visitor, 'before');
    await server.kill();
    await degraded(one, true);
    await degraded(other, true);
    for (const data of ['one', 'two', 'three']) {
      assert.deepEqual(await say(one, data), { degraded: true });
    }
    assert.deepEqual(await say(other, 'four'), { degraded: true });
    await hears(ann, 'three');
    await hears(bob, 'four');
    assert.deepEqual(heard(ann), ['before', 'one', 'two', 'three']);
    assert.deepEqual(heard(bob), ['before', 'four']);
    assert.equal(ann.events.at(-1).id, undefined, 'without a place');
    for (const method of ['users', 'channels']) {
      await assert.rejects(one.hub(method), { code: 'ERR_SSE_LOG', name: 'SSEStateError' });
    }
    await assert.rejects(one.hub('revoke', 'ann'), { code: 'ERR_SSE_LOG' });
    await server.start();
    await degraded(one, false);
    await degraded(other, false);
    for (const data of ['one', 'two', 'three']) await hears(bob, data);
    await hears(ann, 'four');
    await say(other, 'after');
    await hears(ann, 'after');
    await hears(bob, 'after');
    assert.deepEqual(heard(ann), ['before', 'one', 'two', 'three', 'four', 'after']);
    assert.deepEqual(heard(bob).toSorted(), ['after', 'before', 'four', 'one', 'three', 'two']);
    assert.ok(heard(bob).indexOf('one') < heard(bob).indexOf('three'));
    // Where one comes back to is where it was.
    const { id } = ann.events.at(-1);
    const again = await client(t, other, 'channel=news', id);
    await say(one, 'last');
    await hears(again, 'last');
    assert.deepEqual(heard(again), ['last']);
    const late = await client(t, one, 'channel=news', ann.events[1].id);
    await hears(late, 'last');
    const all = ['after', 'four', 'last', 'one', 'three', 'two'];
    assert.deepEqual(heard(late).toSorted(), all);
  });

  test('is away for long: what waits is bounded, and beyond that refused', async (t) => {
    const { server, instances, clients } = await application(t, { log: { maxBytes: 65_536 } });
    const [one] = instances;
    await server.kill();
    await degraded(one, true);
    let accepted = 0;
    const publish = async () => {
      for (; accepted < 200; accepted++) await say(one, `${accepted} ${'x'.repeat(2000)}`);
    };
    await assert.rejects(publish(), { code: 'ERR_SSE_LOG', name: 'SSEStateError' });
    assert.ok(accepted >= 10 && accepted <= 40, `${accepted} were accepted`);
    await server.start();
    await degraded(one, false);
    await say(one, 'after');
    for (const visitor of clients) await hears(visitor, 'after');
    for (const visitor of clients) {
      const numbers = heard(visitor)
        .slice(0, -1)
        .map((data) => data.split(' ')[0]);
      assert.deepEqual(
        numbers,
        Array.from({ length: accepted }, (_, at) => String(at)),
      );
    }
  });

  test('stands still: nothing is lost, and nothing comes twice', async (t) => {
    const { server, instances, clients } = await application(t);
    const [one, other] = instances;
    await say(one, 'before');
    server.pause();
    const published = ['one', 'two'].map((data) => say(one, data));
    for (const { degraded: away } of await Promise.all(published)) assert.equal(away, true);
    await hears(clients[0], 'two');
    server.resume();
    await degraded(one, false);
    await say(other, 'after');
    for (const visitor of clients) await hears(visitor, 'after');
    await redis.asked(async () => heard(clients[1]).includes('two'), 'what waited');
    for (const visitor of clients) {
      assert.deepEqual(heard(visitor).toSorted(), ['after', 'before', 'one', 'two']);
    }
  });

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

  test('is away: who knows the channel admits clients, and who does not lets them come again', async (t) => {
    const { server, instances, options } = await application(t);
    const [one] = instances;
    await say(one, 'before');
    const [ann] = await Promise.all([client(t, one)]);
    await server.kill();
    await degraded(one, true);
    const come = await client(t, one);
    await say(one, 'local');
    await hears(come, 'local');
    await hears(ann, 'local');
    const unknown = visit(t, `${one.url}/events?channel=unknown`);
    assert.equal((await unknown.opened()).statusCode, 200);
    const [cold] = await startInstances(t, 1, options);
    const refused = visit(t, `${cold.url}/events?channel=news`);
    assert.equal((await refused.opened()).statusCode, 200);
    assert.equal(await refused.ended(), true);
    assert.match(refused.text, /^retry: \d+\n\n$/);
    const ended = await cold.ask('ended');
    assert.deepEqual(ended, [[null, 'refused', 'ERR_SSE_LOG']]);
    await server.start();
    const comes = async () => {
      const visitor = visit(t, `${cold.url}/events?channel=news`);
      await visitor.opened();
      return visitor.heard(1).then(
        () => true,
        () => false,
      );
    };
    await degraded(one, false);
    await redis.asked(comes, 'a client of the new process');
  });

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

  test(`restarts under ${CLIENTS} clients: each has everything, once`, async (t) => {
    const { server, instances } = await application(t);
    const [one, other] = instances;
    const crowd = await Promise.all(
      Array.from({ length: CLIENTS }, (_, at) => client(t, instances[at % 2])),
    );
    await say(one, 'before');
    await server.stop();
    await degraded(one, true);
    await degraded(other, true);
    await say(one, 'meanwhile');
    await say(other, 'too');
    await server.start();
    await degraded(one, false);
    await degraded(other, false);
    await say(one, 'after');
    await redis.asked(
      async () =>
        crowd.every((visitor) =>
          ['after', 'too', 'meanwhile'].every((data) => heard(visitor).includes(data)),
        ),
      'everybody',
    );
    for (const visitor of crowd) {
      assert.deepEqual(heard(visitor).toSorted(), ['after', 'before', 'meanwhile', 'too']);
    }
  });

  test('fails over: the hub goes on with the new master', async (t) => {
    const { master, replica, sentinels, name } = await startSentinels(t);
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
});
