'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { memoryLog } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until } = require('./support/deadline.js');
const { counts, freshHub, published, startHubApp, visit } = require('./support/hub.js');
const { seeded } = require('./support/random.js');

const CHANNELS = ['a', 'b', 'c'];

/** How many events are published; `.ci/long` has more. */
const EVENTS = Number(process.env.PERENNIAL_TEST_EVENTS ?? 6000);

/** What an `EventSource` would do: its position is that of the last event that was whole. */
class Returning {
  seen = [];
  gaps = [];
  lastEventId;
  #visitor;

  constructor(t, url) {
    this.t = t;
    this.url = url;
  }

  come() {
    const { lastEventId } = this;
    this.#visitor = visit(this.t, this.url, { lastEventId });
    return this.#visitor;
  }

  leave() {
    this.#visitor.leave();
    for (const { event, data, id } of this.#visitor.events) {
      if (id !== undefined) this.lastEventId = id;
      if (event === 'gap') this.gaps.push(JSON.parse(data));
      else if (event === undefined) this.seen.push(data);
    }
  }
}

for (const output of ['connect', 'response']) {
  test(`${output}: clients that are cut at random get everything once, in the order of each channel`, async (t) => {
    const random = seeded(15);
    const app = await startHubApp(t, {
      output,
      client: () => ({ channels: CHANNELS }),
      hub: { log: memoryLog({ maxEvents: EVENTS }) },
    });
    const clients = Array.from({ length: 6 }, () => new Returning(t, app.url));
    for (const client of clients) await client.come().heard(1);
    const sent = Object.fromEntries(CHANNELS.map((channel) => [channel, []]));
    let at = 0;
    const publishSome = async () => {
      for (let count = random.integer(1, 200); count > 0 && at < EVENTS; count--) {
        const channel = random.pick(CHANNELS);
        const data = `${channel} ${at++} ${'x'.repeat(random.integer(0, 300))}`;
        sent[channel].push(data);
        await app.hub.publish(channel, { data });
      }
    };
    while (at < EVENTS) {
      await publishSome();
      const client = random.pick(clients);
      client.leave();
      if (random.chance(0.5)) await publishSome();
      const visitor = client.come();
      // Some are cut before anything came, some in the middle of what they missed.
      if (random.chance(0.7)) await visitor.read(random.integer(1, 4000));
    }
    for (const client of clients) {
      client.leave();
      const missing = EVENTS - client.seen.length;
      const last = client.come();
      await last.heard(1);
      const { clientId } = JSON.parse(last.events[0].data);
      await until(() => published(last).length >= missing, PATIENCE_MS, `${missing} events`);
      await app.hub.toClient(clientId, { event: 'end', data: '' });
      const ended = () => last.events.some(({ event }) => event === 'end');
      await until(ended, PATIENCE_MS, 'the end');
      client.leave();
      assert.deepEqual(client.gaps, []);
      assert.equal(client.seen.length, EVENTS);
      for (const channel of CHANNELS) {
        const own = client.seen.filter((data) => data.startsWith(channel));
        assert.deepEqual(own, sent[channel]);
      }
    }
  });
}

test('what the log has no more is told as a gap, and then comes what there is', async (t) => {
  const app = await startHubApp(t, {
    client: () => ({ channels: CHANNELS }),
    hub: { log: memoryLog({ maxEvents: 10 }) },
  });
  const told = [];
  app.hub.on('gap', ({ client, ...gap }) => told.push([client, gap]));
  const client = new Returning(t, app.url);
  await client.come().heard(1);
  client.leave();
  await counts(app.hub, 0);
  for (let at = 1; at <= 25; at++) await app.hub.publish('a', { data: `a ${at}` });
  for (let at = 1; at <= 5; at++) await app.hub.publish('b', { data: `b ${at}` });
  await client.come().heard(1 + 1 + 10 + 5);
  client.leave();
  const gap = { channel: 'a', from: 1, to: 15, reason: 'trimmed' };
  assert.deepEqual(client.gaps, [gap]);
  await until(() => told.length === 1, PATIENCE_MS, 'the gap');
  assert.deepEqual(told, [[app.clients.at(-1), gap]]);
  assert.equal(app.hub.stats().gaps, 1);
  const a = Array.from({ length: 10 }, (_, index) => `a ${16 + index}`);
  const b = Array.from({ length: 5 }, (_, index) => `b ${1 + index}`);
  assert.deepEqual(client.seen.toSorted(), [...a, ...b].toSorted());
  const again = client.come();
  await again.heard(1);
  await app.hub.publish('a', { data: 'a 26' });
  await again.heard(2);
  assert.deepEqual(
    published(again).map(({ data }) => data),
    ['a 26'],
    'a gap is told once',
  );
});

test('a position of another process is a gap of each channel, told before what there is', async (t) => {
  const before = await startHubApp(t, { client: () => ({ channels: ['a', 'b'] }) });
  const after = await startHubApp(t, { client: () => ({ channels: ['a', 'b'] }) });
  const client = visit(t, before.url);
  await client.heard(1);
  await before.hub.publish('a', { data: 'before' });
  await client.heard(2);
  await after.hub.publish('a', { data: 'after' });
  const back = visit(t, after.url, { lastEventId: client.events[1].id });
  await until(() => published(back).length === 1, PATIENCE_MS, 'what there is');
  const gaps = back.events
    .filter(({ event }) => event === 'gap')
    .map(({ data }) => JSON.parse(data));
  const [a] = gaps.filter(({ channel }) => channel === 'a');
  assert.equal(a.reason, 'epoch');
  assert.deepEqual(
    published(back).map(({ data }) => data),
    ['after'],
  );
});

test('what is no position is none: a client begins at the end', async (t) => {
  const app = await startHubApp(t, { client: () => ({ channels: ['a'] }) });
  await app.hub.publish('a', { data: 'before' });
  const good = visit(t, app.url);
  await good.heard(1);
  const [{ id }] = good.events;
  const forged = [
    'x',
    '1',
    '-1',
    'AQ',
    id.slice(0, -1),
    `${id}A`,
    id.toLowerCase(),
    `${id}.${id}`,
    'A'.repeat(8000),
    Buffer.from('{"a":1}').toString('base64'),
    "'; DROP TABLE clients; --",
  ].filter((text) => text !== id);
  for (const lastEventId of forged) {
    const visitor = visit(t, app.url, { lastEventId });
    await visitor.heard(1);
    assert.equal(visitor.events[0].event, 'connected');
  }
  await app.hub.publish('a', { data: 'after' });
  await until(() => app.hub.stats().behind === 0, PATIENCE_MS, 'all to have it');
  await good.heard(2);
});

test('a position opens no channel that its client was not given', async (t) => {
  const options = [
    { user: 'ann', channels: ['secret', 'open'] },
    { user: 'bob', channels: ['open'] },
  ];
  const app = await startHubApp(t, { client: () => options.shift() });
  const ann = visit(t, app.url);
  await ann.heard(1);
  ann.leave();
  await app.hub.publish('secret', { data: 'for ann' });
  await app.hub.toUser('ann', { data: 'for ann, too' });
  await app.hub.publish('open', { data: 'for all' });
  const bob = visit(t, app.url, { lastEventId: ann.events[0].id });
  await bob.heard(2);
  await app.hub.publish('secret', { data: 'for ann' });
  await app.hub.publish('open', { data: 'last' });
  await bob.heard(3);
  assert.deepEqual(
    published(bob).map(({ data }) => data),
    ['for all', 'last'],
  );
  assert.deepEqual(app.clients[1].channels, ['open']);
});

test('admit is asked for channels of a position, and for no other', async (t) => {
  const asked = [];
  const admit = async (channel, request) => {
    asked.push([channel, request.url]);
    return { mine: true, yours: false, truthy: 'yes' }[channel];
  };
  const options = [
    { user: 'ann', channels: ['a', 'mine', 'yours', 'truthy'] },
    { user: 'ann', channels: ['a'] },
  ];
  const app = await startHubApp(t, { hub: { admit }, client: () => options.shift() });
  const first = visit(t, app.url);
  await first.heard(1);
  assert.deepEqual(asked, [], 'what connect names needs no word');
  first.leave();
  for (const channel of ['a', 'mine', 'yours', 'truthy']) {
    await app.hub.publish(channel, { data: channel });
  }
  await app.hub.toUser('ann', { data: 'user' });
  const again = visit(t, app.url, { lastEventId: first.events[0].id });
  await again.heard(4);
  assert.deepEqual(
    published(again)
      .map(({ data }) => data)
      .toSorted(),
    ['a', 'mine', 'user'],
  );
  assert.deepEqual(
    asked.toSorted(),
    ['mine', 'truthy', 'yours'].map((channel) => [channel, '/events']),
  );
  assert.deepEqual(app.clients[1].channels.toSorted(), ['a', 'mine']);
});

test('joined and left channels are in the position at once', async (t) => {
  const app = await startHubApp(t, {
    hub: { admit: () => true },
    client: () => ({ channels: ['a'] }),
  });
  const client = new Returning(t, app.url);
  const visitor = client.come();
  await visitor.heard(1);
  app.clients[0].subscribe('b');
  app.clients[0].unsubscribe('a');
  await app.hub.publish('b', { data: 'b 1' });
  await visitor.heard(2);
  client.leave();
  await counts(app.hub, 0);
  await app.hub.publish('a', { data: 'a 1' });
  await app.hub.publish('b', { data: 'b 2' });
  const back = client.come();
  await back.heard(2);
  await app.hub.publish('a', { data: 'a 2' });
  await back.heard(3);
  client.leave();
  // The route gives `a` anew, from now on; `b` goes on where it was.
  assert.deepEqual(client.seen, ['b 1', 'b 2', 'a 2']);
});

test('an event with a dedupeId that came before is not published again', async (t) => {
  const app = await startHubApp(t, { client: () => ({ channels: ['a', 'b'] }) });
  const visitor = visit(t, app.url);
  await visitor.heard(1);
  const first = await app.hub.publish('a', { data: 'one', dedupeId: 'x' });
  assert.deepEqual(await app.hub.publish('a', { data: 'again', dedupeId: 'x' }), first);
  await app.hub.publish('b', { data: 'two', dedupeId: 'x' });
  await app.hub.publish('a', { data: 'three', dedupeId: 'y' });
  await visitor.heard(4);
  assert.deepEqual(
    published(visitor).map(({ data }) => data),
    ['one', 'two', 'three'],
  );
});

test('a user who comes back within the time of the log gets what came meanwhile', async () => {
  const hub = freshHub({ log: memoryLog({ maxEvents: 5000 }) });
  const first = await hub.response(new Request('http://app/'), { user: 'ann' });
  const reader = first.body.getReader();
  await reader.read();
  const text = new TextDecoder().decode((await reader.read()).value);
  const [, lastEventId] = /^id: (.*)$/m.exec(text);
  await reader.cancel();
  for (let at = 0; at < 5000; at++) await hub.toUser('ann', { data: String(at) });
  const second = await hub.response(new Request('http://app/'), { user: 'ann', lastEventId });
  let body = '';
  for await (const bytes of second.body) {
    body += new TextDecoder().decode(bytes);
    if (body.includes('data: 4999\n')) break;
  }
  const data = [...body.matchAll(/^data: (\d+)$/gm)].map(([, value]) => Number(value));
  assert.deepEqual(
    data,
    Array.from({ length: 5000 }, (_, index) => index),
  );
});
