'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const { visit } = require('./support/relay.js');

/** Two instances of one application on one Redis. */
async function application(t) {
  const database = await redis.startRedis(t);
  const options = { log: { url: database.url, timeouts: { connect: 1000 } }, hub: {} };
  return { database, instances: await startInstances(t, 2, options) };
}

const at = ({ url }, ticket) => `${url}/events?ticket=${ticket}`;

describe('tickets of a hub of several processes', { skip: redis.withoutRedis() }, () => {
  test('open a session at any instance, which the newest connection takes over', async (t) => {
    const { database, instances } = await application(t);
    const [one, other] = instances;
    const ticket = await one.hub('ticket', { user: 'ann', channels: ['news'] });
    const first = visit(t, at(other, ticket));
    await first.heard(1);
    assert.equal((await other.ask('stats')).hub.clients, 1);
    await one.hub('publish', 'news', { data: 'one' });
    await first.heard(2);
    const position = first.events.at(-1).id;
    const second = visit(t, at(one, ticket), { lastEventId: position });
    await second.heard(1);
    await first.ended();
    assert.deepEqual(await other.ask('ended'), [['ann', 'disconnect']]);
    await other.hub('toUser', 'ann', { data: 'two' });
    await second.heard(2);
    assert.equal(second.events.at(-1).data, 'two');
    for (const key of (await database.cli('keys', '*')).split('\n')) {
      assert.ok(!key.includes(ticket), 'who reads Redis cannot use it');
    }
  });

  test('of a revoked user open nothing anywhere; one that is issued later does', async (t) => {
    const { instances } = await application(t);
    const [one, other] = instances;
    const [used, unused] = await Promise.all(
      [1, 2].map(() => one.hub('ticket', { user: 'ann', channels: ['news'] })),
    );
    const visitor = visit(t, at(other, used));
    await visitor.heard(1);
    await one.hub('revoke', 'ann');
    await visitor.ended();
    for (const instance of instances) {
      for (const ticket of [used, unused]) {
        assert.equal((await fetch(at(instance, ticket))).status, 403);
      }
    }
    const later = await other.hub('ticket', { user: 'ann' });
    await visit(t, at(one, later)).heard(1);
  });

  test('cannot be judged while Redis is away: a browser comes back', async (t) => {
    const { database, instances } = await application(t);
    const [one] = instances;
    const ticket = await one.hub('ticket', { user: 'ann' });
    await database.stop();
    const response = await fetch(at(one, ticket));
    assert.equal(response.status, 200);
    assert.match(await response.text(), /^retry: \d+\n\n$/);
    await assert.rejects(one.hub('ticket'), ({ code }) => code === 'ERR_SSE_STORE');
  });
});
