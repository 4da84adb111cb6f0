'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { memoryLog } = require('../index.js');
const { bodyClient } = require('./support/body-client.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { counts, freshHub } = require('./support/hub.js');

const CHANNEL = { channels: ['a'] };
const connected = ({ event }) => event === 'connected';
const says = (text) => (event) => event.data === text;
const upTo = (end, from = 0) =>
  Array.from({ length: end - from }, (_, index) => String(from + index));

/** A hub with one client that has read its first event, and nothing since. */
async function unread(t, options) {
  const hub = freshHub({ writeTimeout: null, log: memoryLog({ maxEvents: 10_000 }), ...options });
  const lags = [];
  const gaps = [];
  hub.on('lag', (lag) => lags.push(lag));
  hub.on('gap', (gap) => gaps.push(gap));
  const client = await bodyClient(t, hub, CHANNEL);
  await client.readUntil(connected, 'the first event');
  const publish = async (end, from) => {
    for (const data of upTo(end, from)) await hub.publish('a', { data });
  };
  // What it has been given by then is on its way, and taken for read.
  const stalls = async () => {
    await hub.publish('a', { event: 'filler', data: '' });
    await until(() => hub.stats().stalled === 1, PATIENCE_MS, 'a client that takes nothing');
  };
  await stalls();
  const lagged = () => until(() => lags.length > 0, PATIENCE_MS, 'the word of it');
  return { hub, lags, gaps, client, publish, lagged, stalls };
}

test("'disconnect': it is closed, and comes back to its place", async (t) => {
  const { hub, lags, client, publish, lagged, stalls } = await unread(t, {
    maxLag: { events: 20 },
  });
  await publish(5);
  await client.readUntil(says('4'), 'the first events');
  await stalls();
  await publish(50, 5);
  assert.deepEqual(await within(client.client.closed, PATIENCE_MS, 'the end'), { reason: 'lag' });
  assert.equal((await client.end()).code, 'ERR_SSE_CLOSED');
  await lagged();
  const [{ client: told, action, events, bytes }] = lags;
  assert.deepEqual([told, action], [client.client, 'disconnect']);
  assert.ok(events > 20 && bytes > 0, `${events} events, ${bytes} bytes`);
  const { lastEventId } = client;
  const back = await bodyClient(t, hub, { ...CHANNEL, lastEventId });
  await back.readUntil(says('49'), 'what it missed');
  assert.deepEqual([...client.data, ...back.data], upTo(50));
  assert.deepEqual([lags.length, hub.stats().lagged, hub.stats().closed.lag], [1, 1, 1]);
});

test("'disconnect': one that comes back without progress goes on at the newest", async (t) => {
  const { hub, lags, client, publish } = await unread(t, { maxLag: { events: 20 } });
  await publish(50);
  await within(client.client.closed, PATIENCE_MS, 'the end');
  const [{ id: lastEventId }] = client.events;
  const back = await bodyClient(t, hub, { ...CHANNEL, lastEventId });
  await until(() => lags.length === 2, PATIENCE_MS, 'that it skips');
  assert.deepEqual([lags[1].client, lags[1].action], [back.client, 'skip']);
  await back.readUntil(({ event }) => event === 'gap', 'the gap');
  await publish(51, 50);
  await back.readUntil(says('50'), 'the newest');
  assert.equal(back.client.channels.length, 1, 'it is here');
  assert.equal(hub.stats().closed.lag, 1);
});

test("'skip': it goes on at the newest, and is told what it misses", async (t) => {
  const { hub, lags, gaps, client, publish, lagged } = await unread(t, {
    lag: 'skip',
    maxLag: { events: 20 },
  });
  await publish(50);
  await lagged();
  assert.equal(lags[0].action, 'skip');
  await client.readUntil(({ event }) => event === 'gap', 'the gap');
  await publish(55, 50);
  await client.readUntil(says('54'), 'the newest');
  const [gap] = client.gaps;
  assert.deepEqual([gap.channel, gap.reason], ['a', 'lag']);
  // The first is the filler, which it has.
  assert.deepEqual([gap.from, gap.to], [2, 51]);
  assert.deepEqual(client.data, upTo(55, 50));
  await until(() => gaps.length === 1, PATIENCE_MS, 'the gap, here');
  assert.deepEqual(gaps, [{ client: client.client, ...gap }]);
  assert.equal(client.gaps.length, 1);
  assert.equal(hub.stats().gaps, 1);
});

test("'latest': it gets the newest of each key, and all without one", async (t) => {
  const { hub, lags, client, lagged } = await unread(t, { lag: 'latest', maxLag: { events: 20 } });
  const rounds = upTo(20);
  for (const round of rounds) {
    await hub.publish('a', { data: `red ${round}`, key: 'red' });
    await hub.publish('a', { data: `blue ${round}`, key: 'blue' });
    await hub.publish('a', { data: `plain ${round}` });
  }
  await lagged();
  assert.equal(lags[0].action, 'latest');
  await hub.publish('a', { data: 'last' });
  await client.readUntil(says('last'), 'the last event');
  const plain = client.data.filter((data) => data.startsWith('plain'));
  assert.deepEqual(
    plain,
    rounds.map((round) => `plain ${round}`),
  );
  for (const color of ['red', 'blue']) {
    const own = client.data.filter((data) => data.startsWith(color));
    assert.equal(own.at(-1), `${color} 19`);
    // What was on its way before it took nothing any more is not taken back.
    assert.ok(own.length <= 3, own.join());
  }
  assert.equal(lags.length, 1);
  assert.deepEqual(client.gaps, []);
});

test('bytes and age count, too', async (t) => {
  for (const maxLag of [{ bytes: 300 }, { age: 200 }]) {
    const { client, publish, lagged, lags } = await unread(t, { maxLag });
    await publish(100);
    assert.deepEqual(await within(client.client.closed, PATIENCE_MS, 'the end'), {
      reason: 'lag',
    });
    await lagged();
    const { bytes, age } = lags[0];
    assert.ok(maxLag.bytes ? bytes > 300 : age >= 200, `${bytes} bytes, ${age} ms`);
  }
});

test('writeTimeout: it alone is closed', async (t) => {
  const { hub, client, publish } = await unread(t, { writeTimeout: 400 });
  const attentive = await bodyClient(t, hub, CHANNEL);
  await publish(10);
  const reading = attentive.readUntil(says('end'), 'the end');
  assert.deepEqual(await within(client.client.closed, PATIENCE_MS, 'the end'), {
    reason: 'timeout',
  });
  await counts(hub, 1);
  await hub.publish('a', { data: 'end' });
  await reading;
  assert.deepEqual(attentive.data, [...upTo(10), 'end']);
  assert.equal(hub.stats().closed.timeout, 1);
});
