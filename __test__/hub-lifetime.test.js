'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { setImmediate } = require('node:timers/promises');
const { createHub, memoryLog } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, until, within } = require('./support/deadline.js');
const { collect } = require('./support/gc.js');
const { counts, startHubApp, visit } = require('./support/hub.js');
const { startHubProcess } = require('./support/hub-process.js');
const { MIB } = require('./support/memory.js');
const { seeded } = require('./support/random.js');
const { publishUntil, stalledClient, stalls } = require('./support/stalled-client.js');

/** Nothing is left of any client. */
async function empty(hub) {
  await counts(hub, 0);
  await until(() => hub.clients().length === 0, PATIENCE_MS, 'no clients');
  const { stalled, behind, users, channels } = hub.stats();
  assert.deepEqual(
    { stalled, behind, users, channels },
    { stalled: 0, behind: 0, users: 0, channels: 0 },
  );
  assert.deepEqual(await hub.users(), []);
  assert.deepEqual(await hub.channels(), []);
}

const client = () => ({ user: 'ann', channels: ['a', 'b'] });

/** How a client ends that leaves at some point. */
const leaves = async (t, app, { lastEventId } = {}, point = () => {}) => {
  const visitor = visit(t, app.url, { lastEventId });
  await point(visitor);
  visitor.leave();
  await visitor.ended();
  return visitor;
};

/** Connections of a server that are open, from now on. */
function connectionsOf(server) {
  const open = new Set();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}

for (const output of ['connect', 'response']) {
  test(`${output}: clients that leave while admit is asked are none`, async (t) => {
    const asked = deferred();
    const answer = deferred();
    const admit = async () => {
      asked.resolve();
      return answer.promise;
    };
    const options = [{ channels: ['a', 'b'] }, { channels: ['a'] }];
    const app = await startHubApp(t, { output, hub: { admit }, client: () => options.shift() });
    const open = connectionsOf(app.server);
    const gone = [];
    const connected = [];
    app.hub.on('connect', (one) => connected.push(one));
    app.hub.on('disconnect', ({ client: one, reason }) => gone.push([one, reason]));
    const first = await leaves(t, app, {}, (visitor) => visitor.heard(1));
    await counts(app.hub, 0);
    const again = visit(t, app.url, { lastEventId: first.events[0].id });
    again.opened().catch(() => {});
    await within(asked.promise, PATIENCE_MS, 'the question');
    again.leave();
    await until(() => open.size === 0, PATIENCE_MS, 'the connection to end');
    answer.resolve(true);
    if (output === 'connect') {
      await until(() => app.clients.length === 2, PATIENCE_MS, 'the client');
      const { id, closed } = app.clients[1];
      assert.equal(id, '');
      assert.deepEqual(await closed, { reason: 'left' });
    }
    await setImmediate();
    assert.equal(connected.length, 1);
    assert.deepEqual(
      gone.map(([one, reason]) => [one === connected[0], reason]),
      [[true, 'left']],
    );
    assert.deepEqual(app.failures, []);
    await empty(app.hub);
  });

  test(`${output}: clients that leave at any time leave nothing`, async (t) => {
    const random = seeded(7);
    const log = memoryLog({ maxEvents: 10_000 });
    const app = await startHubApp(t, {
      output,
      client,
      hub: { log, heartbeat: 5, admit: () => true },
    });
    for (let at = 0; at < 2000; at++)
      await app.hub.publish('a', { data: `${at} `.padEnd(500, '.') });
    const first = await leaves(t, app, {}, (visitor) => visitor.heard(1));
    const lastEventId = first.events[0].id;
    for (let at = 0; at < 2000; at++)
      await app.hub.publish('b', { data: `${at} `.padEnd(500, '.') });
    const points = [
      // Before its head, at its head, in its first event, in the middle of a replay, in heartbeats.
      () => setImmediate(),
      (visitor) => visitor.opened(),
      (visitor) => visitor.read(random.integer(1, 150)),
      (visitor) => visitor.read(random.integer(200, 900_000)),
      (visitor) => visitor.read(1_020_000 + random.integer(0, 12)),
    ];
    for (let round = 0; round < 20; round++) {
      await Promise.all(points.map((point) => leaves(t, app, { lastEventId }, point)));
    }
    await empty(app.hub);
    for (const one of app.clients) assert.deepEqual(await one.closed, { reason: 'left' });
    assert.deepEqual(app.failures, []);
  });
}

test('clients that leave under backpressure leave nothing', async (t) => {
  const app = await startHubApp(t, { client });
  for (let round = 0; round < 3; round++) {
    const one = stalledClient(t, app.port);
    await one.heard(({ event }) => event === 'connected', 'the first event');
    one.pause();
    await publishUntil(app.hub, 'a', () => stalls(app.hub));
    one.leave();
    await empty(app.hub);
  }
  assert.equal(app.hub.stats().closed.left, 3);
});

test('a client whose request is gone before it is made one is none', async (t) => {
  const ready = deferred();
  const go = deferred();
  const hub = createHub({ name: `late ${process.pid}` });
  const results = [];
  const server = http.createServer(async (request, response) => {
    ready.resolve();
    await go.promise;
    results.push(await hub.connect(request, response));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const open = connectionsOf(server);
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: app\r\n\r\n');
  await within(ready.promise, PATIENCE_MS, 'the request');
  socket.destroy();
  await until(() => open.size === 0, PATIENCE_MS, 'the connection to end');
  go.resolve();
  await until(() => results.length === 1, PATIENCE_MS, 'the client');
  assert.deepEqual(await results[0].closed, { reason: 'left' });
  assert.equal(results[0].send({ data: 'x' }), false);
  assert.equal(hub.stats().closed.left, 0, 'it never was one');
  await empty(hub);
});

test('a connection that serves one client after another gathers no listeners', async (t) => {
  const app = await startHubApp(t, { output: 'connect', client });
  const sockets = new Set();
  const listeners = [];
  app.server.on('request', ({ socket }) => {
    sockets.add(socket);
    listeners.push(
      socket
        .eventNames()
        .map((name) => socket.listenerCount(name))
        .join(),
    );
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (let round = 0; round < 15; round++) {
    const response = await new Promise((resolve) => http.get(app.url, { agent }, resolve));
    const ended = new Promise((resolve) => response.once('end', resolve));
    response.resume();
    await counts(app.hub, 1);
    await app.hub.publish('a', { data: 'x'.repeat(100_000) });
    await app.hub.disconnect({ user: 'ann' });
    await within(ended, PATIENCE_MS, 'the end');
  }
  assert.equal(sockets.size, 1);
  assert.equal(new Set(listeners).size, 1, listeners.join(' | '));
  await empty(app.hub);
});

test('what is left of a client can be collected', async (t) => {
  const app = await startHubApp(t, {
    client: () => ({ ...client(), data: { large: 'x'.repeat(1000) } }),
  });
  const refs = [];
  app.hub.on('connect', (one) => refs.push(new WeakRef(one)));
  for (let round = 0; round < 20; round++) await leaves(t, app, {}, (visitor) => visitor.heard(1));
  await empty(app.hub);
  app.clients.length = 0;
  await collect();
  const held = refs.filter((ref) => ref.deref() !== undefined).length;
  assert.ok(held <= 2, `${held} of 20 are held`);
});

test('expires and maxConnectionAge end a client, which may come back', async (t) => {
  const options = [
    { expires: 200 },
    { expires: new Date(Date.now() + 200) },
    { expires: new Date(0) },
  ];
  const app = await startHubApp(t, { client: () => options.shift() });
  for (let round = 0; round < 3; round++) {
    const visitor = visit(t, app.url);
    assert.equal(await visitor.ended(), true);
    assert.match(visitor.text, /\nretry: \d+\n\n$/);
    assert.deepEqual(await app.clients[round].closed, { reason: 'expired' });
  }
  const aging = await startHubApp(t, { hub: { maxConnectionAge: 200 } });
  const visitor = visit(t, aging.url);
  assert.equal(await visitor.ended(), true);
  assert.deepEqual(await aging.clients[0].closed, { reason: 'age' });
  const { closed } = app.hub.stats();
  assert.equal(closed.expired, 3);
  await empty(app.hub);
  await empty(aging.hub);
});

test('maxClients and maxPerUser: who is too many is told to come again, and makes room', async (t) => {
  const users = ['ann', 'ann', 'bob', 'eve', 'ann'];
  const app = await startHubApp(t, {
    output: 'connect',
    hub: { maxClients: 2, maxPerUser: 1, retryDelay: [700, 900] },
    client: () => ({ user: users.shift() }),
  });
  const ann = visit(t, app.url);
  await ann.heard(1);
  const refused = async (message) => {
    const visitor = visit(t, app.url);
    assert.equal(await visitor.ended(), true);
    assert.equal(visitor.response.statusCode, 200);
    const [, retry] = /^retry: (\d+)\n\n$/.exec(visitor.text);
    assert.ok(retry >= 700 && retry <= 900, retry);
    const { reason, error } = await app.clients.at(-1).closed;
    assert.deepEqual([reason, error.code], ['refused', 'ERR_SSE_OVERLOAD']);
    assert.match(error.message, message);
  };
  await refused(/maxPerUser/);
  const bob = visit(t, app.url);
  await bob.heard(1);
  await refused(/maxClients/);
  ann.leave();
  await counts(app.hub, 1);
  await visit(t, app.url).heard(1);
  assert.equal(app.hub.stats().refused, 2);
});

/** How many connections follow one another; `.ci/long` has more. */
const CONNECTIONS = Number(process.env.PERENNIAL_TEST_CONNECTIONS ?? 6000);

test('thousands of connections one after another leave nothing behind', async (t) => {
  const app = await startHubProcess(t);
  const url = `${app.url}?channel=a`;
  const agent = new http.Agent({ keepAlive: false });
  const once = () =>
    new Promise((resolve, reject) => {
      const request = http.get(url, { agent }, (response) => {
        response.once('data', () => request.destroy());
        response.once('close', resolve);
        response.on('error', () => {});
      });
      request.on('error', reject);
    });
  const round = async (count) => {
    for (let done = 0; done < count; done += 20)
      await Promise.all(Array.from({ length: 20 }, once));
  };
  const warm = 2000;
  await round(warm);
  let before = await app.ask('settled');
  const grown = [];
  // What a process takes until it has its working size is not theirs: it comes to an end, what is lost does not.
  for (let third = 0; third < 3; third++) {
    await round(CONNECTIONS / 3);
    const after = await app.ask('settled');
    grown.push((after - before) / MIB);
    before = after;
  }
  t.diagnostic(`grew by ${grown.map((size) => size.toFixed(1)).join(', ')} MiB`);
  const { clients, closed } = await app.ask('stats');
  assert.equal(clients, 0);
  assert.equal(closed.left, warm + 3 * Math.ceil(CONNECTIONS / 60) * 20);
  const lost = (Math.min(...grown) * MIB) / (CONNECTIONS / 3);
  assert.ok(lost <= 700, `${lost} bytes a connection`);
});
