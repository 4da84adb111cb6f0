'use strict';

const assert = require('node:assert/strict');
const http2 = require('node:http2');
const { test } = require('node:test');
const { createParser } = require('eventsource-parser');
const { memoryLog } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { counts, freshHub, startHubApp, visit } = require('./support/hub.js');
const { startHubProcess } = require('./support/hub-process.js');
const { MIB } = require('./support/memory.js');
const { publishUntil, stalledClient } = require('./support/stalled-client.js');

const large = (number) => (event) => event.data.startsWith(`${number} `);

/** A log that holds all that a test publishes. */
const ROOM = { maxEvents: 10_000, maxBytes: 256 * MIB, totalBytes: 512 * MIB };

/** A server with one client that takes nothing any more, and the number of the next event. */
async function stalled(t, hub = {}, version = '1.1') {
  const app = await startHubApp(t, {
    hub: { log: memoryLog(ROOM), writeTimeout: null, ...hub },
    client: () => ({ channels: ['a'] }),
  });
  const lags = [];
  app.hub.on('lag', (lag) => lags.push(lag));
  const client = stalledClient(t, app.port, { version });
  await client.heard(({ event }) => event === 'connected', 'the first event');
  client.pause();
  const next = await publishUntil(app.hub, 'a', () => app.hub.stats().stalled === 1);
  return { ...app, client, lags, next };
}

const upTo = (end, from = 0) => Array.from({ length: end - from }, (_, index) => from + index);

for (const version of ['1.0', '1.1']) {
  test(`HTTP/${version}: one that takes nothing is paused alone, and misses nothing`, async (t) => {
    const app = await stalled(t, {}, version);
    const attentive = visit(t, app.url);
    await attentive.heard(1);
    const { deliveries } = app.hub.stats();
    const end = app.next + 30;
    await publishUntil(app.hub, 'a', (number) => number === end, { next: app.next });
    await attentive.heard(1 + 30);
    const stats = app.hub.stats();
    assert.equal(stats.stalled, 1);
    assert.equal(stats.deliveries - deliveries, 30, 'nothing is sent to the one');
    app.client.resume();
    await app.client.heard(large(end - 1), 'the last event');
    assert.deepEqual(app.client.numbers, upTo(end));
    await until(() => app.hub.stats().stalled === 0, PATIENCE_MS, 'all to have it');
    assert.deepEqual(app.lags, []);
  });
}

test('HTTP/2: one stream that takes nothing is paused alone, also within its session', async (t) => {
  const hub = freshHub({ log: memoryLog(ROOM), writeTimeout: null });
  const server = http2.createServer((request, response) => {
    hub.connect(request, response, { channels: ['a'] });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`);
  t.after(() => {
    session.destroy();
    server.close();
  });
  const open = () => {
    const stream = session.request({ ':path': '/events' });
    const seen = { stream, numbers: [] };
    const parser = createParser({
      onEvent: ({ event, data }) =>
        event === 'large' && seen.numbers.push(Number.parseInt(data, 10)),
    });
    stream.on('error', () => {});
    stream.setEncoding('utf8').on('data', (text) => parser.feed(text));
    return seen;
  };
  const [paused, attentive] = [open(), open()];
  await counts(hub, 2);
  paused.stream.pause();
  const next = await publishUntil(hub, 'a', () => hub.stats().stalled === 1);
  const end = await publishUntil(hub, 'a', (number) => number === next + 10, { next });
  await until(() => attentive.numbers.length === end, PATIENCE_MS, 'what the other gets');
  assert.ok(paused.numbers.length < next);
  paused.stream.resume();
  await until(() => paused.numbers.length === end, PATIENCE_MS, 'what it missed');
  assert.deepEqual(paused.numbers, upTo(end));
});

test("lag 'disconnect': it is closed, and comes back to its place", async (t) => {
  const app = await stalled(t, { maxLag: { events: 20 } });
  const [one] = app.clients;
  const next = await publishUntil(app.hub, 'a', (number) => number === app.next + 25, app);
  assert.deepEqual(await within(one.closed, PATIENCE_MS, 'the end'), { reason: 'lag' });
  await until(() => app.lags.length === 1, PATIENCE_MS, 'the word of it');
  const [{ client, action, events, bytes }] = app.lags;
  assert.deepEqual([client, action], [one, 'disconnect']);
  assert.ok(events > 20 && bytes > 20 * 200_000, `${events} events, ${bytes} bytes`);
  app.client.resume();
  await until(() => app.client.ended, PATIENCE_MS, 'the end of the connection');
  const seen = app.client.numbers;
  const { lastEventId } = app.client;
  const back = stalledClient(t, app.port, { lastEventId });
  await back.heard(large(next - 1), 'what it missed');
  assert.deepEqual([...seen, ...back.numbers], upTo(next));
  const { lagged, closed } = app.hub.stats();
  assert.deepEqual([lagged, closed.lag], [1, 1]);
});

test("lag 'disconnect': one that comes back without progress goes on at the newest", async (t) => {
  const app = await stalled(t, { maxLag: { events: 20 } });
  const next = await publishUntil(app.hub, 'a', (number) => number === app.next + 60, app);
  await within(app.clients[0].closed, PATIENCE_MS, 'the first end');
  const [{ id: lastEventId }] = app.client.events;
  app.client.leave();
  const last = stalledClient(t, app.port, { lastEventId });
  last.pause();
  await until(() => app.lags.at(-1)?.action === 'skip', PATIENCE_MS, 'that it skips');
  last.resume();
  await last.heard(({ event }) => event === 'gap', 'the gap');
  await app.hub.publish('a', { event: 'large', data: `${next} ` });
  await last.heard(large(next), 'the newest');
  assert.equal(app.lags.at(-1).client, app.clients[1]);
  assert.equal(app.clients[1].channels.length, 1, 'it is here');
});

test("lag 'skip': it goes on at the newest, and is told what it misses", async (t) => {
  const app = await stalled(t, { lag: 'skip', maxLag: { events: 20 } });
  const gaps = [];
  app.hub.on('gap', (gap) => gaps.push(gap));
  let next = await publishUntil(app.hub, 'a', (number) => number === app.next + 25, app);
  await until(() => app.lags.length === 1, PATIENCE_MS, 'the word of it');
  assert.equal(app.lags[0].action, 'skip');
  app.client.resume();
  await app.client.heard(({ event }) => event === 'gap', 'the gap');
  next = await publishUntil(app.hub, 'a', (number) => number === next + 5, { next });
  await app.client.heard(large(next - 1), 'the newest');
  const told = app.client.events
    .filter(({ event }) => event === 'gap')
    .map(({ data }) => JSON.parse(data));
  assert.equal(told.length, 1);
  const [{ channel, from, to, reason }] = told;
  assert.deepEqual([channel, reason], ['a', 'lag']);
  // Offsets count from 1, these numbers from 0.
  const missing = upTo(to, from - 1);
  assert.deepEqual(
    [...app.client.numbers, ...missing].toSorted((a, b) => a - b),
    upTo(next),
  );
  await until(() => gaps.length === 1, PATIENCE_MS, 'the gap, here');
  assert.deepEqual(gaps, [{ client: app.clients[0], ...told[0] }]);
});

test("lag 'latest': it gets the newest of each key, and all without one", async (t) => {
  const app = await stalled(t, { lag: 'latest', maxLag: { events: 20 } });
  const { hub } = app;
  let { next } = app;
  for (let round = 0; round < 10; round++) {
    for (const key of ['red', 'blue', undefined]) {
      next = await publishUntil(hub, 'a', (number) => number === next + 1, { next, key });
    }
  }
  await until(() => app.lags.length === 1, PATIENCE_MS, 'the word of it');
  assert.equal(app.lags[0].action, 'latest');
  app.client.resume();
  await hub.publish('a', { event: 'large', data: `${next} ` });
  await app.client.heard(large(next), 'the last event');
  const numbers = app.client.numbers.filter((number) => number >= app.next);
  const [red, blue] = [next - 3, next - 2];
  const others = upTo(10).map((round) => app.next + 3 * round + 2);
  for (const number of [red, blue, ...others]) assert.ok(numbers.includes(number), String(number));
  assert.ok(numbers.length < 31, `${numbers.length} of 31 events`);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
    'in order',
  );
  assert.equal(app.client.ended, false);
});

test('writeTimeout: it alone is closed', async (t) => {
  const app = await stalled(t, { writeTimeout: 400 });
  const attentive = visit(t, app.url);
  await attentive.heard(1);
  assert.deepEqual(await within(app.clients[0].closed, PATIENCE_MS, 'the end'), {
    reason: 'timeout',
  });
  await counts(app.hub, 1);
  assert.equal(app.hub.stats().closed.timeout, 1);
  await app.hub.publish('a', { data: 'goes on' });
  await attentive.heard(2);
});

test('one that is cut sees that something is missing', async (t) => {
  const app = await stalled(t, { writeTimeout: 300 });
  await within(app.clients[0].closed, PATIENCE_MS, 'the end');
  app.client.resume();
  await until(() => app.client.ended, PATIENCE_MS, 'the end of the connection');
  assert.ok(app.client.broken, 'no whole body');
  assert.ok(app.client.numbers.length < app.next);
});

test('50 of 60 take nothing: memory stays within the log, and ten get everything', async (t) => {
  const log = { maxEvents: 1000, maxBytes: 4 * MIB };
  const app = await startHubProcess(t, { log, lag: 'skip', writeTimeout: null });
  const url = `${app.url}?channel=a`;
  const attentive = Array.from({ length: 10 }, () => visit(t, url));
  for (const visitor of attentive) await visitor.heard(1);
  const paused = Array.from({ length: 50 }, () =>
    stalledClient(t, app.port, { path: '/events?channel=a' }),
  );
  for (const client of paused) {
    await client.heard(({ event }) => event === 'connected', 'the first event');
    client.pause();
  }
  let sent = 0;
  // As fast as ten take it.
  const publish = async (count) => {
    for (let round = 0; round < count / 20; round++) {
      await app.ask('publish', { channel: 'a', count: 20, size: 64 * 1024, every: 0 });
      sent += 20;
      for (const visitor of attentive) await visitor.heard(1 + sent);
    }
    return app.ask('stats');
  };
  // Until what the kernel keeps for each is full, and the log.
  await publish(200);
  const before = await app.ask('settled');
  const { stalled } = await publish(200);
  const grown = ((await app.ask('settled')) - before) / MIB;
  t.diagnostic(`grew by ${grown.toFixed(1)} MiB`);
  assert.ok(stalled >= 50, `${stalled} take nothing`);
  assert.ok(grown <= 8, `${grown} MiB`);
  for (const visitor of attentive) {
    assert.equal(visitor.events.filter(({ event }) => event === 'gap').length, 0);
  }
});
