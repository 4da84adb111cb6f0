'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const diagnostics = require('node:diagnostics_channel');
const path = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');
const npm = require('eventsource');
const { Client, EventSource, Hub } = require('../index.js');
const { runChild } = require('./support/child.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { counts, freshHub, published, startHubApp, visit } = require('./support/hub.js');

const query = ({ url }) => Object.fromEntries(new URL(url, 'http://app').searchParams);

/** A client as its query says: `?user=ann&channels=a,b`. */
const asked = (request) => {
  const { user, channels = '' } = query(request);
  return { user, channels: channels.split(',').filter(Boolean) };
};

for (const output of ['connect', 'response']) {
  test(`${output}: the head, a comment, when to come back and the first event come at once`, async (t) => {
    const app = await startHubApp(t, { output, client: asked, hub: { retryDelay: [3000, 3999] } });
    const visitor = visit(t, `${app.url}?user=ann&channels=news,sports`);
    const { statusCode, headers } = await visitor.opened();
    assert.equal(statusCode, 200);
    assert.equal(headers['content-type'], 'text/event-stream');
    assert.equal(headers['cache-control'], 'no-cache, no-transform');
    assert.equal(headers['x-accel-buffering'], 'no');
    assert.equal(headers['access-control-allow-origin'], undefined);
    await visitor.heard(1);
    assert.match(visitor.text, /^:\n\nretry: 3\d\d\d\n/);
    const [{ event, data, id }] = visitor.events;
    const [client] = app.clients;
    assert.deepEqual([event, JSON.parse(data)], ['connected', { clientId: client.id }]);
    assert.match(id, /^[\w-]+$/);
    assert.ok(client instanceof Client);
    assert.ok(client.id.length > 20, 'it cannot be guessed');
    assert.equal(client.user, 'ann');
    assert.deepEqual(client.channels.toSorted(), ['news', 'sports']);
    assert.deepEqual(app.hub.clients(), [client]);
  });

  test(`${output}: every verb reaches those whom it names, once, and no other`, async (t) => {
    const app = await startHubApp(t, { output, client: asked });
    const { hub } = app;
    const who = [
      'user=ann&channels=a',
      'user=ann&channels=b',
      'user=bob&channels=a',
      'channels=a,b',
    ];
    const visitors = [];
    for (const one of who) {
      const visitor = visit(t, `${app.url}?${one}`);
      await visitor.heard(1);
      visitors.push(visitor);
    }
    const results = [
      await hub.broadcast({ data: 'to all' }),
      await hub.publish('a', { event: 'named', data: { of: 'a' } }),
      await hub.publish('b', { data: 'one\ntwo' }),
      await hub.toUser('ann', { event: 'notification', data: [1] }),
      await hub.publish('unheard', { data: 'unheard' }),
    ];
    for (const { id } of results) assert.match(id, /^[\w-]+\.1$/);
    assert.equal(await hub.toClient(app.clients[3].id, { event: 'alone', data: 'x' }), true);
    assert.equal(app.clients[2].send({ data: 'hand over' }), true);
    assert.equal(await hub.toClient('unknown', { data: 'x' }), false);
    await hub.broadcast({ event: 'end', data: '' });
    await Promise.all(visitors.map((visitor, index) => visitor.heard([5, 5, 5, 6][index])));
    const all = [undefined, 'to all'];
    const a = ['named', '{"of":"a"}'];
    const b = [undefined, 'one\ntwo'];
    const ann = ['notification', '[1]'];
    const end = ['end', ''];
    assert.deepEqual(
      visitors.map((visitor) => published(visitor).map(({ event, data }) => [event, data])),
      [
        [all, a, ann, end],
        [all, b, ann, end],
        [all, a, [undefined, 'hand over'], end],
        [all, a, b, ['alone', 'x'], end],
      ],
    );
    assert.equal(hub.stats().published, 6);
  });
}

test('who is here: users, channels, presence, clients', async (t) => {
  const app = await startHubApp(t, { client: asked });
  const { hub } = app;
  for (const one of ['user=ann&channels=a', 'user=ann&channels=a,b', 'user=bob&channels=b', '']) {
    await visit(t, `${app.url}?${one}`).heard(1);
  }
  const sorted = (list, key) => list.toSorted((one, other) => (one[key] < other[key] ? -1 : 1));
  assert.deepEqual(sorted(await hub.users(), 'user'), [
    { user: 'ann', clients: 2 },
    { user: 'bob', clients: 1 },
  ]);
  assert.deepEqual(sorted(await hub.channels(), 'channel'), [
    { channel: 'a', clients: 2 },
    { channel: 'b', clients: 2 },
  ]);
  assert.deepEqual(await hub.presence('a'), [{ user: 'ann', clients: 2 }]);
  assert.deepEqual(await hub.presence('c'), []);
  const [one, two, three, four] = app.clients;
  assert.equal(four.user, undefined);
  const found = (filter) => hub.clients(filter).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const by = (...clients) => clients.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  assert.deepEqual(found(), by(one, two, three, four));
  assert.deepEqual(found({ user: 'ann' }), by(one, two));
  assert.deepEqual(found({ user: 'ann', channel: 'b' }), [two]);
  assert.deepEqual(found({ client: three.id }), [three]);
  assert.deepEqual(found({ client: 'unknown' }), []);
  const { clients, users, channels } = hub.stats();
  assert.deepEqual({ clients, users, channels }, { clients: 4, users: 2, channels: 2 });
});

test('channels are joined and left, by the client and by its id', async (t) => {
  const app = await startHubApp(t, { client: asked });
  const { hub } = app;
  const visitor = visit(t, `${app.url}?channels=a`);
  await visitor.heard(1);
  const [client] = app.clients;
  await hub.publish('b', { data: 'too early' });
  assert.equal(await hub.subscribe(client.id, 'b'), true);
  assert.equal(client.subscribe('c'), true);
  assert.equal(client.subscribe('c'), true, 'once more does nothing');
  assert.deepEqual(client.channels.toSorted(), ['a', 'b', 'c']);
  for (const channel of ['a', 'b', 'c']) await hub.publish(channel, { data: channel });
  assert.equal(await hub.unsubscribe(client.id, 'a'), true);
  assert.equal(client.unsubscribe('b'), true);
  assert.deepEqual(client.channels, ['c']);
  for (const channel of ['a', 'b', 'c']) await hub.publish(channel, { data: `${channel} again` });
  await visitor.heard(5);
  const heard = published(visitor).map(({ data }) => data);
  assert.deepEqual(heard, ['a', 'b', 'c', 'c again']);
  assert.equal(await hub.subscribe('unknown', 'a'), false);
  assert.equal(await hub.unsubscribe('unknown', 'a'), false);
});

test('clients are closed by id, user, channel and by themselves, and told when to come back', async (t) => {
  const app = await startHubApp(t, { client: asked });
  const { hub } = app;
  const gone = [];
  hub.on('disconnect', ({ client, reason }) => gone.push([client, reason]));
  const visitors = [];
  for (const one of ['user=ann&channels=a', 'user=ann', 'channels=a', 'channels=b', 'channels=c']) {
    const visitor = visit(t, `${app.url}?${one}`);
    await visitor.heard(1);
    visitors.push(visitor);
  }
  assert.equal(await hub.disconnect({ user: 'ann', retryDelay: 1111 }), 2);
  assert.equal(await hub.disconnect({ channel: 'a', retryDelay: 2222 }), 1);
  assert.equal(await hub.disconnect({ client: app.clients[3].id, retryDelay: 3333 }), 1);
  app.clients[4].close({ retryDelay: 4444 });
  app.clients[4].close();
  assert.equal(await hub.disconnect({ client: 'unknown' }), 0);
  const retries = [1111, 1111, 2222, 3333, 4444];
  for (const [index, visitor] of visitors.entries()) {
    assert.equal(await visitor.ended(), true, 'a whole body');
    assert.match(visitor.text, new RegExp(`\n\nretry: ${retries[index]}\n\n$`));
  }
  for (const client of app.clients) {
    assert.deepEqual(await within(client.closed, PATIENCE_MS, 'the end'), { reason: 'disconnect' });
    assert.equal(client.send({ data: 'x' }), false);
    assert.equal(client.subscribe('a'), false);
    assert.equal(client.unsubscribe('a'), false);
    assert.deepEqual(client.channels, []);
  }
  assert.equal(new Set(gone.map(([client]) => client)).size, 5);
  assert.ok(gone.every(([, reason]) => reason === 'disconnect'));
  const { clients, closed } = hub.stats();
  assert.deepEqual([clients, closed.disconnect, closed.left], [0, 5, 0]);
});

for (const [name, Class] of [
  ['this package', EventSource],
  ['npm eventsource', npm.EventSource],
]) {
  test(`an EventSource of ${name} hears named events, and misses nothing while it is away`, async (t) => {
    const app = await startHubApp(t, {
      output: 'connect',
      client: asked,
      hub: { retryDelay: [20, 40] },
    });
    const source = new Class(`${app.url}?user=ann&channels=news`);
    t.after(() => source.close());
    const heard = [];
    const connected = [];
    source.addEventListener('connected', ({ data }) => connected.push(JSON.parse(data).clientId));
    source.addEventListener('price', ({ data }) => heard.push(JSON.parse(data)));
    source.onmessage = ({ data }) => heard.push(data);
    await until(() => connected.length === 1, PATIENCE_MS, 'the first event');
    await app.hub.publish('news', { event: 'price', data: { at: 1 } });
    await until(() => heard.length === 1, PATIENCE_MS, 'an event');
    for (let round = 0; round < 3; round++) {
      // Its connection breaks, as that of a laptop that sleeps.
      app.server.closeAllConnections();
      await counts(app.hub, 0);
      await app.hub.toUser('ann', { data: `missed ${round}` });
      await app.hub.publish('news', { event: 'price', data: { round } });
      await until(() => heard.length === 3 + 2 * round, PATIENCE_MS, 'what it missed');
    }
    const rounds = [0, 1, 2].map((round) => [`missed ${round}`, { round }]);
    const [first, ...rest] = heard;
    assert.deepEqual(first, { at: 1 });
    // Of two channels each has its order.
    const key = (one) => JSON.stringify(one);
    assert.deepEqual(rest.map(key).toSorted(), rounds.flat().map(key).toSorted());
    assert.equal(new Set(connected).size, 4, 'an id is for one connection');
  });
}

test('listeners run where they were added, whichever request or publisher made them', async (t) => {
  const storage = new AsyncLocalStorage();
  const app = await startHubApp(t, { output: 'connect' });
  const { hub } = app;
  const seen = [];
  const note = (what) => () => seen.push([what, storage.getStore()]);
  const once = note('once');
  const removed = note('removed');
  storage.run('mine', () => {
    hub.on('connect', note('connect'));
    hub.once('connect', once);
    hub.on('connect', removed);
    hub.on('disconnect', note('disconnect'));
  });
  hub.off('connect', removed);
  for (let round = 0; round < 2; round++) {
    const visitor = storage.run('another', () => visit(t, app.url));
    await visitor.heard(1);
    visitor.leave();
    await counts(hub, 0);
  }
  assert.deepEqual(seen, [
    ['connect', 'mine'],
    ['once', 'mine'],
    ['disconnect', 'mine'],
    ['connect', 'mine'],
    ['disconnect', 'mine'],
  ]);
  hub.once('connect', once);
  hub.off('connect', once);
  assert.equal(hub.listenerCount('connect'), 1);
});

test('diagnostics channels tell of clients', async (t) => {
  const app = await startHubApp(t, { output: 'connect', client: asked });
  const told = [];
  for (const name of ['perennial-sse:client', 'perennial-sse:client-end']) {
    const listener = (message) => told.push([name, message]);
    diagnostics.subscribe(name, listener);
    t.after(() => diagnostics.unsubscribe(name, listener));
  }
  const visitor = visit(t, `${app.url}?user=ann`);
  await visitor.heard(1);
  const [{ id }] = app.clients;
  visitor.leave();
  await counts(app.hub, 0);
  const { name: hub } = app.hub;
  assert.deepEqual(told, [
    ['perennial-sse:client', { hub, id, user: 'ann' }],
    ['perennial-sse:client-end', { hub, id, user: 'ann', reason: 'left' }],
  ]);
});

test('a response that is in use is refused, and stays as it is', async (t) => {
  const hub = freshHub();
  const app = await startHubApp(t, {
    output: 'connect',
    hub: { name: hub.name },
    prepare: (response) => response.flushHeaders(),
  });
  const visitor = visit(t, app.url);
  assert.equal(await visitor.ended(), false);
  assert.equal(app.failures[0].code, 'ERR_SSE_CLOSED');
  assert.equal(hub.stats().clients, 0);
});

test('a listener that throws harms neither the client nor the others', async () => {
  const program = path.join(__dirname, 'support', 'programs', 'throwing-hub-listener.js');
  const { code, stdout, stderr } = await runChild(program);
  assert.equal(code, 0, stderr);
  const said = JSON.parse(stdout);
  assert.deepEqual(said.toSorted(), ['connected', 'goes on', 'heard', 'uncaught: of a listener']);
});

test('util.inspect shows a hub and a client with what tells them apart', async (t) => {
  const app = await startHubApp(t, { client: asked });
  const visitor = visit(t, `${app.url}?user=ann`);
  await visitor.heard(1);
  const [client] = app.clients;
  assert.ok(app.hub instanceof Hub);
  assert.equal(inspect(app.hub), `Hub { name: '${app.hub.name}', clients: 1 }`);
  assert.match(inspect(client), /^Client \{ id: '.*', user: 'ann', state: 'open' \}$/);
  visitor.leave();
  await client.closed;
  assert.match(inspect(client), /state: 'closed' \}$/);
});
