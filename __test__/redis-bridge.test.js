'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { client, heard } = require('./support/hub-visits.js');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');

/** Instances of one application on one Redis. */
async function application(t, count, { log, hub } = {}) {
  const database = await redis.startRedis(t);
  const options = { log: { url: database.url, ...log }, hub: { ...hub } };
  return { database, options, instances: await startInstances(t, count, options) };
}

describe('a bridge', { skip: redis.withoutRedis() }, () => {
  test('takes what any program says by plain PUBLISH, once', async (t) => {
    const { database, instances } = await application(t, 3, { log: { bridge: ['events'] } });
    const clients = await Promise.all(
      instances.map((instance) => client(t, instance, 'channel=events&channel=news')),
    );
    const says = (message) => database.cli('publish', 'events', message);
    await redis.asked(
      async () => (await database.cli('pubsub', 'numsub', 'events')).endsWith('3'),
      'the bridge',
    );
    const told = async () => {
      await says('{"event":"first","data":"hello"}');
      return clients.every(({ events }) => events.length > 1);
    };
    // Which process brings messages in has yet to be found out.
    await redis.asked(told, 'the first message');
    // What is no such JSON is text.
    const plain = ['text', '[]', '{"event":1,"data":"x"}', '{}', '{"data":"x","id":1}'];
    for (const text of plain) await says(text);
    await database.cli('publish', 'news', '{"data":"of no bridge"}');
    for (let at = 0; at < 20; at++) await says(JSON.stringify({ data: { at }, key: 'k' }));
    await redis.asked(
      async () => clients.every((visitor) => heard(visitor).includes('{"at":19}')),
      'the last message',
    );
    const expected = [...plain, ...Array.from({ length: 20 }, (_, at) => `{"at":${at}}`)];
    for (const visitor of clients) {
      const unnamed = visitor.events.slice(1).filter(({ event }) => event === undefined);
      assert.deepEqual(
        unnamed.map(({ data }) => data),
        expected,
      );
      assert.equal(visitor.events[1].event, 'first');
    }
    const two = clients.slice(1);
    await instances[0].kill();
    // Whichever process held the bridge, another takes it.
    const later = async () => {
      await says('{"data":"later"}');
      return two.every((visitor) => heard(visitor).includes('later'));
    };
    await redis.asked(later, 'another that brings messages in');
  });
});
