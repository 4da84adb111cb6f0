'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { test } = require('node:test');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { counts, freshHub, published, startHubApp, visit } = require('./support/hub.js');

/** How long requests become clients in one turn of the event loop, and deliveries are written, in milliseconds. */
const CONNECTING_MS = 5;
const WRITING_MS = 1;

/** Counts turns of the event loop: other work has one of each. */
function countTurns(t) {
  const turns = { now: 0 };
  const next = () => {
    turns.now++;
    timer = setImmediate(next);
  };
  let timer = setImmediate(next);
  t.after(() => clearImmediate(timer));
  return turns;
}

/** Keeps the thread busy, so that a machine of any speed has the same work. */
function work(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** How often the same turn is there, at most. */
function mostInOne(turns) {
  const times = new Map();
  for (const turn of turns) times.set(turn, (times.get(turn) ?? 0) + 1);
  return Math.max(...times.values());
}

test('between the first and the last of 10,000 deliveries of a broadcast others have their turns', async (t) => {
  const DELIVERIES = 10_000;
  const server = http.createServer((_, response) => response.end('served'));
  // Its one connection stays, however long the clients take to come.
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    server.close();
  });
  const ask = () =>
    new Promise((resolve, reject) => {
      const request = { port: server.address().port, agent };
      http.get(request, (answer) => answer.on('end', resolve).resume()).on('error', reject);
    });
  await ask();

  // Nothing is read before all are there, however long that takes, and nothing else comes.
  const hub = freshHub({ writeTimeout: null, heartbeat: null });
  const readers = [];
  for (let at = 0; at < DELIVERIES; at++) {
    const { body } = await hub.response(new Request('http://app/events'));
    readers.push(body.getReader());
  }
  // The greeting, and what says that it is connected.
  for (let event = 0; event < 2; event++) {
    await Promise.all(readers.map((reader) => reader.read()));
  }
  const turns = countTurns(t);
  let served;
  const delivered = [];
  const all = readers.map(async (reader) => {
    const { value } = await reader.read();
    assert.match(Buffer.from(value).toString(), /data: all\n\n$/);
    delivered.push(turns.now);
    if (delivered.length > 1) return;
    await ask();
    served = delivered.length;
  });
  await hub.broadcast({ data: 'all' });
  await within(Promise.all(all), PATIENCE_MS, 'the deliveries');
  assert.equal(delivered.length, DELIVERIES);
  const between = delivered.at(-1) - delivered[0];
  assert.ok(between >= 3, `${between} turns`);
  assert.ok(served < DELIVERIES, 'a request of that time was answered in between');
  await hub.close({ spread: 0, deadline: 1000 });
});

test('slow writes to connections share a turn only up to its length', async (t) => {
  const CLIENTS = 100;
  const WRITE_MS = 0.25;
  const turns = countTurns(t);
  const written = [];
  const { hub, url } = await startHubApp(t, {
    // As a middleware does that compresses.
    prepare: (response) => {
      const { write } = response;
      response.write = function (bytes, ...more) {
        if (Buffer.from(bytes).includes('data: all')) {
          work(WRITE_MS);
          written.push(turns.now);
        }
        return write.call(this, bytes, ...more);
      };
    },
  });
  const visitors = Array.from({ length: CLIENTS }, () => visit(t, url));
  await counts(hub, CLIENTS);
  await Promise.all(visitors.map((visitor) => visitor.heard(1)));
  await hub.broadcast({ data: 'all' });
  await Promise.all(visitors.map((visitor) => visitor.heard(2)));
  for (const visitor of visitors) assert.equal(published(visitor)[0].data, 'all');
  assert.equal(written.length, CLIENTS);
  // The one that is under way when the time is over is written.
  assert.ok(mostInOne(written) <= WRITING_MS / WRITE_MS + 1, `${written}`);
});

/**
 * A server whose requests wait for `open`, which makes clients of all in one turn; each has a listener that takes a
 * millisecond.
 */
async function crowd(t, size, options) {
  const gathered = deferred();
  const requests = [];
  const hub = freshHub(options);
  const server = http.createServer((request, response) => {
    requests.push({ request, response, data: request.url });
    if (requests.length === size) gathered.resolve();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    await hub.close({ spread: 0, deadline: 1000 });
    server.close();
  });
  const turns = countTurns(t);
  const connected = [];
  hub.on('connect', ({ data }) => {
    work(1);
    connected.push({ data, turn: turns.now });
  });
  const all = (promises, what) => within(Promise.all(promises), PATIENCE_MS, what);
  return {
    hub,
    requests,
    connected,
    all,
    inOneTurn: () => mostInOne(connected.map(({ turn }) => turn)),
    /** A visitor each, of which the server has heard. */
    come: async (more) => {
      const { port } = server.address();
      const visitors = new Map();
      for (let at = 0; at < size; at++) {
        visitors.set(`/${at}`, visit(t, `http://127.0.0.1:${port}/${at}`, more));
      }
      await within(gathered.promise, PATIENCE_MS, 'the requests');
      return visitors;
    },
    open: (asked) =>
      requests.map(({ request, response, data }) =>
        hub.connect(request, response, { ...asked, data }),
      ),
  };
}

test('many that come in one turn become clients in slices, in their order', async (t) => {
  const CLIENTS = 60;
  const { hub, requests, connected, all, inOneTurn, come, open } = await crowd(t, CLIENTS);
  const visitors = await come();
  const opened = open({ channels: ['news'] });
  // One that has its turn later leaves before.
  const [left] = requests.splice(40, 1);
  left.response.destroy();
  const clients = await all(opened, 'the clients');
  assert.ok(inOneTurn() <= CONNECTING_MS, JSON.stringify(connected));
  const order = connected.map(({ data }) => data);
  assert.deepEqual(
    order,
    requests.map(({ data }) => data),
  );
  assert.deepEqual(await clients[40].closed, { reason: 'left' });
  assert.equal(hub.stats().clients, CLIENTS - 1);
  await hub.publish('news', { data: 'for all' });
  await all(
    order.map((data) => visitors.get(data).heard(2)),
    'what was published',
  );
  for (const data of order) assert.equal(published(visitors.get(data))[0].data, 'for all');
});

test('nor do they hold the loop when admit gives all its answers at once', async (t) => {
  const CLIENTS = 30;
  const verdict = deferred();
  const admit = () => verdict.promise;
  const { hub, connected, all, inOneTurn, come, open } = await crowd(t, CLIENTS, { admit });
  const { body } = await hub.response(new Request('http://app/'), { channels: ['news'] });
  const [, lastEventId] = /^id: (.*)$/m.exec(await greeted(body));
  await come({ lastEventId });
  connected.length = 0;
  const opened = open();
  verdict.resolve(true);
  await all(opened, 'the clients');
  assert.equal(connected.length, CLIENTS);
  assert.ok(inOneTurn() <= CONNECTING_MS, JSON.stringify(connected));
  const news = (await hub.channels()).find(({ channel }) => channel === 'news');
  assert.equal(news.clients, CLIENTS + 1);
  await body.cancel();
});

/** The greeting of a hub, and its event `connected`. */
async function greeted(body) {
  const reader = body.getReader();
  const chunks = [await reader.read(), await reader.read()];
  reader.releaseLock();
  return Buffer.concat(chunks.map(({ value }) => value)).toString();
}
