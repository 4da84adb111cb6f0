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
const { publishUntil, stalledClient, stalls } = require('./support/stalled-client.js');

const large = (number) => (event) => event.data.startsWith(`${number} `);

/** A log that holds all that a test publishes. */
const ROOM = { maxEvents: 10_000, maxBytes: 256 * MIB, totalBytes: 512 * MIB };

/** A server with one client that takes nothing any more, and the number of the next event. */
async function stalled(t, hub = {}, version = '1.1') {
  const app = await startHubApp(t, {
    hub: { log: memoryLog(ROOM), writeTimeout: null, ...hub },
    client: () => ({ channels: ['a'] }),
  });
  const client = stalledClient(t, app.port, { version });
  await client.heard(({ event }) => event === 'connected', 'the first event');
  client.pause();
  const next = await publishUntil(app.hub, 'a', () => stalls(app.hub));
  return { ...app, client, next };
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
    await until(() => app.hub.stats().stalled === 1, PATIENCE_MS, 'the other to have it');
    assert.equal(app.hub.stats().deliveries - deliveries, 30, 'nothing is sent to the one');
    app.client.resume();
    await app.client.heard(large(end - 1), 'the last event');
    assert.deepEqual(app.client.numbers, upTo(end));
    await until(() => app.hub.stats().stalled === 0, PATIENCE_MS, 'all to have it');
    assert.equal(app.hub.stats().lagged, 0);
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
  const heard = (count) =>
    until(() => attentive.numbers.length === count, PATIENCE_MS, 'what the other gets');
  const next = await publishUntil(hub, 'a', async (number) => {
    await heard(number);
    return stalls(hub);
  });
  const end = await publishUntil(hub, 'a', (number) => number === next + 10, { next });
  await heard(end);
  assert.ok(paused.numbers.length < next);
  paused.stream.resume();
  await until(() => paused.numbers.length === end, PATIENCE_MS, 'what it missed');
  assert.deepEqual(paused.numbers, upTo(end));
});

test('one that is cut sees that something is missing', async (t) => {
  const app = await stalled(t, { writeTimeout: 1500 });
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
