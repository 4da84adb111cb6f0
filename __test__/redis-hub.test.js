'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { isDeepStrictEqual } = require('node:util');
const { client, heard } = require('./support/hub-visits.js');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const { visit } = require('./support/relay.js');

/** Instances of one application on one Redis. */
async function application(t, count, { log, hub } = {}) {
  const database = await redis.startRedis(t);
  const options = { log: { url: database.url, ...log }, hub: { ...hub } };
  return { database, options, instances: await startInstances(t, count, options) };
}

/** The last id that a client would come back with. */
const place = (visitor) => visitor.events.findLast(({ id }) => id !== undefined).id;

describe('a hub of several processes', { skip: redis.withoutRedis(), concurrency: 3 }, () => {
  test('publishes from any to the clients of all', async (t) => {
    const { instances } = await application(t, 3);
    const [one, other, worker] = instances;
    const ann = await client(t, one, 'user=ann&channel=news');
    const bob = await client(t, other, 'user=bob&channel=news&channel=more');
    const published = [
      await worker.hub('publish', 'news', { data: 'to news' }),
      await one.hub('publish', 'more', { data: 'to more' }),
      await worker.hub('broadcast', { data: 'to all' }),
      await worker.hub('toUser', 'ann', { data: 'to ann' }),
      await other.hub('publish', 'news', { event: 'named', data: { n: 1 } }),
    ];
    await ann.heard(5);
    await bob.heard(5);
    assert.deepEqual(heard(ann), ['to news', 'to all', 'to ann', '{"n":1}']);
    assert.deepEqual(heard(bob), ['to news', 'to more', 'to all', '{"n":1}']);
    assert.equal(ann.events.at(-1).event, 'named');
    const places = published.map(({ id }) => id.split('.'));
    assert.deepEqual(
      places.map(([, offset]) => offset),
      ['1', '1', '1', '1', '2'],
    );
    assert.equal(places[0][0], places[4][0], 'one epoch');
  });

  test('replays what a client missed, wherever it comes back', async (t) => {
    const { instances } = await application(t, 3);
    const [one, other, third] = instances;
    const query = 'user=ann&channel=news&channel=quiet';
    const before = await client(t, one, query);
    await third.hub('publish', 'news', { data: 'one' });
    await before.heard(2);
    before.leave();
    await one.hub('publish', 'news', { data: 'two' });
    await other.hub('toUser', 'ann', { data: 'three' });
    await third.hub('broadcast', { data: 'four' });
    await third.hub('publish', 'quiet', { data: 'five' });
    const after = await client(t, third, query, place(before));
    await after.heard(5);
    assert.deepEqual(heard(after).toSorted(), ['five', 'four', 'three', 'two']);
    after.leave();
    const again = await client(t, other, query, place(after));
    await one.hub('publish', 'news', { data: 'six' });
    await again.heard(2);
    assert.deepEqual(heard(again), ['six']);
  });

  test('reaches one client of another process', async (t) => {
    const { instances } = await application(t, 2);
    const [one, worker] = instances;
    const ann = await client(t, one, 'user=ann');
    assert.equal(await worker.hub('toClient', ann.clientId, { event: 'hi', data: 'you' }), true);
    await ann.heard(2);
    assert.deepEqual(ann.events[1], { id: undefined, event: 'hi', data: 'you' });
    const [process] = ann.clientId.split('.');
    for (const id of ['', 'x', 'x.y', `${worker.url}.x`]) {
      assert.equal(await worker.hub('toClient', id, { data: 'x' }), false, id);
      assert.equal(await worker.hub('subscribe', id, 'news'), false, id);
    }
    assert.equal(await one.hub('toClient', `${process}.nobody`, { data: 'x' }), false);
    await one.kill();
    assert.equal(await worker.hub('toClient', ann.clientId, { data: 'x' }), false);
  });

  test('gives channels to clients of another process, and takes them', async (t) => {
    const { instances } = await application(t, 2);
    const [one, other] = instances;
    const ann = await client(t, one, 'user=ann');
    const joined = async (channel) =>
      (await other.hub('presence', channel)).some(({ user }) => user === 'ann');
    assert.equal(await other.hub('subscribe', ann.clientId, 'news'), true);
    await redis.asked(() => joined('news'), 'the channel');
    await other.hub('publish', 'news', { data: 'one' });
    await ann.heard(2);
    assert.equal(await other.hub('unsubscribe', ann.clientId, 'news'), true);
    await redis.asked(async () => !(await joined('news')), 'the end of the channel');
    await other.hub('publish', 'news', { data: 'two' });
    assert.deepEqual(await one.ask('join', { user: 'ann', channel: 'news' }), [true]);
    await one.hub('publish', 'news', { data: 'three' });
    await ann.heard(3);
    assert.deepEqual(await one.ask('part', { user: 'ann', channel: 'news' }), [true]);
    await one.hub('publish', 'news', { data: 'four' });
    await one.hub('toUser', 'ann', { data: 'five' });
    await ann.heard(4);
    assert.deepEqual(heard(ann), ['one', 'three', 'five']);
    assert.equal(await one.hub('subscribe', ann.clientId, 'own'), true);
    await one.hub('publish', 'own', { data: 'six' });
    await ann.heard(5);
    assert.deepEqual(await one.ask('told'), []);
  });

  test('lets clients of all processes go', async (t) => {
    const { instances } = await application(t, 2);
    const [one, other] = instances;
    const come = () =>
      Promise.all([
        client(t, one, 'user=ann&channel=news'),
        client(t, other, 'user=ann&channel=more'),
        client(t, other, 'user=bob&channel=news'),
      ]);
    let [ann, same, bob] = await come();
    assert.equal(await one.hub('disconnect', { user: 'ann', retryDelay: 1234 }), 1);
    assert.equal(await ann.ended(), true);
    assert.equal(await same.ended(), true);
    assert.match(same.text, /^retry: 1234$/m);
    bob.leave();
    [ann, same, bob] = await come();
    assert.equal(await one.hub('disconnect', { channel: 'news' }), 1);
    await ann.ended();
    await bob.ended();
    assert.equal(await one.hub('disconnect', { client: same.clientId }), 0);
    await same.ended();
    assert.deepEqual(
      (await other.ask('ended')).filter(([, reason]) => reason === 'disconnect'),
      [
        ['ann', 'disconnect'],
        ['bob', 'disconnect'],
        ['ann', 'disconnect'],
      ],
    );
  });

  test('knows who is where, and who was in a process that is gone', async (t) => {
    const { instances } = await application(t, 3);
    const [one, other, worker] = instances;
    await client(t, one, 'user=ann&channel=news');
    await client(t, one, 'channel=news');
    await client(t, other, 'user=ann&channel=news&channel=more');
    const bob = await client(t, other, 'user=bob&channel=more');
    const sorted = (list) =>
      list.map(({ clients, ...named }) => `${Object.values(named)[0]} ${clients}`).toSorted();
    const says = (method, args, expected, what = method) =>
      redis.asked(async () => {
        const said = sorted(await worker.hub(method, ...args));
        return isDeepStrictEqual(said, expected);
      }, what);
    await says('users', [], ['ann 2', 'bob 1']);
    await says('channels', [], ['more 2', 'news 3']);
    await says('presence', ['news'], ['ann 2', 'null 1']);
    await says('presence', ['none'], []);
    bob.leave();
    await says('presence', ['more'], ['ann 1'], 'who left');
    await other.kill();
    await says('users', [], ['ann 1'], 'a process that is gone');
    await says('channels', [], ['news 2'], 'its channels');
  });

  test('revokes a user in all processes, also in those that come later', async (t) => {
    const { instances, options } = await application(t, 3);
    const [one, other, worker] = instances;
    const ann = [await client(t, one, 'user=ann'), await client(t, other, 'user=ann')];
    const bob = await client(t, other, 'user=bob');
    const begun = performance.now();
    const before = Date.now() - 60_000;
    await worker.hub('revoke', 'ann');
    for (const visitor of ann) await visitor.ended();
    assert.ok(performance.now() - begun < 5000, 'within five seconds');
    assert.deepEqual(await one.ask('ended'), [['ann', 'revoked']]);
    const [late] = await startInstances(t, 1, options);
    for (const instance of [one, other, worker, late]) {
      for (const query of ['user=ann', `user=ann&issued=${before}`]) {
        const refused = visit(t, `${instance.url}/events?${query}`);
        assert.equal((await refused.opened()).statusCode, 403, query);
      }
      await client(t, instance, `user=ann&issued=${Date.now() + 60_000}`);
    }
    const ended = await late.ask('ended');
    assert.deepEqual(ended[0], ['ann', 'refused', 'ERR_SSE_REVOKED']);
    await worker.hub('broadcast', { data: 'x' });
    await bob.heard(2);
  });

  test('publishes once what has one name, from whatever process', async (t) => {
    const { instances } = await application(t, 3);
    const ann = await client(t, instances[0], 'channel=news');
    const event = { data: 'one', dedupeId: 'a' };
    const published = await Promise.all(
      instances.map((instance) => instance.hub('publish', 'news', event)),
    );
    assert.equal(new Set(published.map(({ id }) => id)).size, 1);
    await instances[1].hub('publish', 'news', { data: 'two' });
    await ann.heard(3);
    assert.deepEqual(heard(ann), ['one', 'two']);
  });

  test('is another hub under another name, and under another prefix', async (t) => {
    const { instances, options } = await application(t, 1);
    const [named] = await startInstances(t, 1, { ...options, hub: { name: 'other' } });
    const log = { ...options.log, prefix: 'other' };
    const [prefixed] = await startInstances(t, 1, { ...options, log });
    const all = [instances[0], named, prefixed];
    const clients = await Promise.all(all.map((instance) => client(t, instance, 'channel=news')));
    for (const [at, instance] of all.entries()) {
      await instance.hub('publish', 'news', { data: `of ${at}` });
      await instance.hub('revoke', `user ${at}`);
    }
    for (const [at, visitor] of clients.entries()) {
      await visitor.heard(2);
      assert.deepEqual(heard(visitor), [`of ${at}`]);
    }
    const again = visit(t, `${named.url}/events?user=user%200`);
    assert.equal((await again.opened()).statusCode, 200);
  });

  test('tells a gap for what Redis has no more', async (t) => {
    const { instances } = await application(t, 2, { log: { maxEvents: 5 } });
    const [one, other] = instances;
    const before = await client(t, one, 'channel=news');
    await one.hub('publish', 'news', { data: '1' });
    await before.heard(2);
    before.leave();
    for (let at = 2; at <= 20; at++) await one.hub('publish', 'news', { data: String(at) });
    const after = await client(t, other, 'channel=news', place(before));
    await redis.asked(async () => heard(after).includes('20'), 'the last event');
    const gap = after.events.find(({ event }) => event === 'gap');
    const { channel, from, to, reason } = JSON.parse(gap.data);
    assert.deepEqual({ channel, from, reason }, { channel: 'news', from: 2, reason: 'trimmed' });
    const kept = heard(after).filter((data) => /^\d+$/.test(data));
    assert.deepEqual(
      kept,
      Array.from({ length: 20 - to }, (_, at) => String(to + 1 + at)),
    );
  });

  test('ends, and leaves others alone', async (t) => {
    const { instances } = await application(t, 2);
    const [one, other] = instances;
    const ann = await client(t, one, 'user=ann');
    const bob = await client(t, other, 'user=bob');
    await one.hub('close', { spread: 0, deadline: 2000 });
    await ann.ended();
    await assert.rejects(one.hub('broadcast', { data: 'x' }), { code: 'ERR_SSE_CLOSED' });
    await assert.rejects(one.hub('users'), { code: 'ERR_SSE_CLOSED' });
    await other.hub('broadcast', { data: 'x' });
    await bob.heard(2);
    const left = [{ user: 'bob', clients: 1 }];
    const users = async () => isDeepStrictEqual(await other.hub('users'), left);
    await redis.asked(users, 'the users that are left');
  });
});
