'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const outage = require('./support/hub-outage.js');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const { visit } = require('./support/relay.js');

const { application, client, degraded, heard, hears, say } = outage;

/** How many clients there are while Redis restarts; `.ci/long` has more. */
const CLIENTS = Number(process.env.PERENNIAL_TEST_CLIENTS ?? 100);

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

  test('loses its connections: nothing is lost, and nothing comes twice', async (t) => {
    const { server, instances, clients } = await application(t);
    const expected = [];
    for (let at = 0; at < 60; at++) {
      if (at % 10 === 5) {
        await server.cli('client', 'kill', 'type', at % 20 === 5 ? 'pubsub' : 'normal');
      }
      expected.push(String(at));
      await say(instances[at % 2], String(at));
    }
    for (const visitor of clients)
      await redis.asked(async () => heard(visitor).length >= 60, 'all');
    await say(instances[0], 'last');
    for (const visitor of clients) {
      await hears(visitor, 'last');
      assert.deepEqual(heard(visitor).toSorted(), [...expected, 'last'].toSorted());
    }
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

  test('is away, and channels may begin here: a gap is told once it is back', async (t) => {
    const { server, options, instances } = await application(t);
    await say(instances[0], 'before');
    await server.kill();
    const log = { ...options.log, whenDown: 'local' };
    const [lenient] = await startInstances(t, 1, { ...options, log });
    const ann = await client(t, lenient);
    assert.deepEqual(await say(lenient, 'local'), { degraded: true });
    await hears(ann, 'local');
    await server.start();
    await degraded(lenient, false);
    await redis.asked(async () => (await say(lenient, 'after')).id !== undefined, 'a place');
    await hears(ann, 'after');
    assert.equal(heard(ann)[0], 'local');
    assert.ok(heard(ann).includes('news: epoch'), heard(ann).join());
    const { id } = ann.events.at(-1);
    await degraded(instances[0], false);
    await say(instances[0], 'last');
    const back = await client(t, instances[0], 'channel=news', id);
    await hears(back, 'last');
    assert.ok(!heard(back).includes('local'), heard(back).join());
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
});
