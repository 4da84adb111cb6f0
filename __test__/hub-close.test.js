'use strict';

const assert = require('node:assert/strict');
const net = require('node:net');
const { test } = require('node:test');
const { setImmediate } = require('node:timers/promises');
const { EventSource } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { counts, freshHub, startHubApp, visit } = require('./support/hub.js');
const { startHubProcess } = require('./support/hub-process.js');

const closed = (server) =>
  within(new Promise((resolve) => server.close(resolve)), PATIENCE_MS, 'the end of the server');

for (const output of ['connect', 'response']) {
  test(`${output}: all are told and let go, at times of their own, and the server ends`, async (t) => {
    const app = await startHubApp(t, { output, hub: { retryDelay: [1000, 2000] } });
    const visitors = Array.from({ length: 40 }, () => visit(t, app.url));
    for (const visitor of visitors) await visitor.heard(1);
    const ends = [];
    for (const visitor of visitors) {
      visitor.ended().then((whole) => ends.push({ whole, at: performance.now() }));
    }
    const serverEnds = closed(app.server);
    const began = performance.now();
    const closing = app.hub.close({ spread: 600, deadline: 5000 });
    const again = app.hub.close();
    await within(closing, PATIENCE_MS, 'the end');
    await again;
    await serverEnds;
    await until(() => ends.length === 40, PATIENCE_MS, 'what clients saw');
    assert.ok(ends.every(({ whole }) => whole));
    const first = Math.min(...ends.map(({ at }) => at)) - began;
    const last = Math.max(...ends.map(({ at }) => at)) - began;
    assert.ok(last - first > 200, `all went within ${last - first} ms`);
    const retries = visitors.map(({ events, text }) => {
      assert.equal(events.at(-1).event, 'shutdown');
      return Number(/\nretry: (\d+)\nevent: shutdown\n/.exec(text)[1]);
    });
    assert.ok(
      retries.every((retry) => retry >= 1000 && retry < 2600),
      String(retries),
    );
    assert.ok(new Set(retries).size > 20, 'they come back at times of their own');
    for (const client of app.clients) assert.deepEqual(await client.closed, { reason: 'shutdown' });
    const { clients, closed: gone } = app.hub.stats();
    assert.deepEqual([clients, gone.shutdown], [0, 40]);
  });
}

test('who comes while it closes is told to come again, and is no client', async (t) => {
  const app = await startHubApp(t, { output: 'connect' });
  const visitor = visit(t, app.url);
  await visitor.heard(1);
  const closing = app.hub.close({ spread: 500, deadline: 5000 });
  const late = visit(t, app.url);
  assert.equal(await late.ended(), true);
  assert.equal(late.response.statusCode, 200);
  assert.match(late.text, /^retry: \d+\n\n$/);
  const { reason, error } = await app.clients[1].closed;
  assert.deepEqual([reason, error.code], ['refused', 'ERR_SSE_CLOSED']);
  await within(closing, PATIENCE_MS, 'the end');
  await assert.rejects(app.hub.publish('a', { data: 'x' }), { code: 'ERR_SSE_CLOSED' });
  const later = visit(t, app.url);
  await later.ended();
  assert.match(later.text, /^retry: \d+\n\n$/);
  assert.equal(app.hub.stats().refused, 2);
});

test('one that takes nothing is cut when the time is over', async (t) => {
  const app = await startHubApp(t, {
    output: 'connect',
    hub: { writeTimeout: null },
    client: () => ({ channels: ['a'] }),
  });
  const socket = net.connect(app.port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: app\r\n\r\n');
  await counts(app.hub, 1);
  while (app.hub.stats().stalled === 0) {
    await app.hub.publish('a', { data: 'x'.repeat(200_000) });
    await setImmediate();
  }
  const serverEnds = closed(app.server);
  const began = performance.now();
  await within(app.hub.close({ spread: 0, deadline: 700 }), PATIENCE_MS, 'the end');
  const took = performance.now() - began;
  assert.ok(took >= 600 && took < 5000, `${took} ms`);
  await serverEnds;
  assert.deepEqual(await app.clients[0].closed, { reason: 'shutdown' });
});

test('a hub without clients is closed at once, and keeps no process alive', async () => {
  const hub = freshHub();
  const began = performance.now();
  await hub.close({ deadline: 60_000 });
  assert.ok(performance.now() - began < 5000);
  await hub.close();
});

test('SIGTERM: clients are let go, and the process ends by itself, in time', async (t) => {
  const app = await startHubProcess(t);
  const visitors = Array.from({ length: 10 }, () => visit(t, app.url));
  for (const visitor of visitors) await visitor.heard(1);
  const began = performance.now();
  app.child.kill('SIGTERM');
  const { code, signal } = await within(app.exited, PATIENCE_MS, 'the end of the process');
  assert.deepEqual([code, signal], [0, null]);
  assert.ok(performance.now() - began < 5000);
  for (const visitor of visitors) {
    assert.equal(await visitor.ended(), true);
    assert.equal(visitor.events.at(-1).event, 'shutdown');
  }
});

test('an EventSource waits as it was told, and comes to the next process', async (t) => {
  const first = await startHubApp(t, { output: 'connect', hub: { retryDelay: [200, 300] } });
  const source = new EventSource(first.url);
  t.after(() => source.close());
  const connected = [];
  const shutdown = [];
  source.addEventListener('connected', () => connected.push(performance.now()));
  source.addEventListener('shutdown', ({ data }) => {
    shutdown.push({ ...JSON.parse(data), at: performance.now() });
  });
  await until(() => connected.length === 1, PATIENCE_MS, 'the first connection');
  await first.hub.close({ spread: 400, deadline: 5000 });
  await until(() => shutdown.length === 1, PATIENCE_MS, 'the last event');
  // The next process listens where the first did.
  first.server.closeAllConnections();
  await closed(first.server);
  const second = await startHubApp(t, { port: first.port });
  await until(() => connected.length === 2, PATIENCE_MS, 'the second connection');
  const [{ retry, at }] = shutdown;
  const waited = connected[1] - at;
  assert.ok(waited >= retry - 5, `told to wait ${retry} ms, it waited ${waited}`);
  assert.equal(second.hub.stats().clients, 1);
});
