'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const net = require('node:net');
const { test } = require('node:test');
const { until } = require('./support/deadline.js');
const { startHubProcess } = require('./support/hub-process.js');
const { MIB } = require('./support/memory.js');

/** How many clients there are at a time, and for how many seconds they come and go; `.ci/long` has more. */
const CROWD = Number(process.env.PERENNIAL_TEST_CROWD ?? 500);
const SECONDS = Number(process.env.PERENNIAL_TEST_CHURN ?? 4);
const PATIENCE_MS = 60_000;
/** So many of them go in each round, and as many come. */
const SHARE = 0.1;
/** What a process of that size may hold besides, from one measurement to the next. */
const NOISE = 8 * MIB;

const REQUEST = 'GET /events HTTP/1.1\r\nHost: app\r\n\r\n';

/** A client that reads, and counts what it was told last. */
async function come(port) {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const client = { socket, last: '' };
  socket.setEncoding('latin1').on('data', (text) => {
    client.last = `${client.last}${text}`.slice(-200);
  });
  await once(socket, 'connect');
  socket.write(REQUEST);
  while (!client.last.includes('event: connected')) await once(socket, 'data');
  return client;
}

test('clients that come and go leave no descriptor, thread or memory behind', async (t) => {
  const app = await startHubProcess(t, {}, 'listener-app.js');
  const clients = [];
  t.after(() => {
    for (const { socket } of clients) socket.destroy();
  });
  const fill = async () => {
    while (clients.length < CROWD) {
      const missing = Math.min(200, CROWD - clients.length);
      clients.push(...(await Promise.all(Array.from({ length: missing }, () => come(app.port)))));
    }
    await settle(CROWD);
  };
  const settle = async (count) => {
    const deadline = performance.now() + PATIENCE_MS;
    while ((await app.ask('clients')) !== count) {
      assert.ok(performance.now() < deadline, `the hub has not ${count} clients`);
    }
  };
  let said = 0;
  const round = async () => {
    said++;
    await app.ask('say', { data: `event ${said}` });
    await until(
      () => clients.every(({ last }) => last.includes(`data: event ${said}\n\n`)),
      PATIENCE_MS,
      `event ${said} at all`,
    );
    for (let gone = 0; gone < CROWD * SHARE; gone++) {
      const [client] = clients.splice(Math.floor(Math.random() * clients.length), 1);
      client.socket.destroy();
    }
    await fill();
  };

  await fill();
  const rounds = async (seconds) => {
    const end = performance.now() + seconds * 1000;
    do await round();
    while (performance.now() < end);
  };
  // What the allocator keeps it has once as many have come and gone.
  await rounds(SECONDS / 2);
  const before = await app.ask('held');
  await rounds(SECONDS / 2);
  const after = await app.ask('held');
  t.diagnostic(`${said} rounds of ${CROWD} clients: ${JSON.stringify({ before, after })}`);
  assert.equal(after.descriptors, before.descriptors);
  assert.equal(after.threads, before.threads);
  assert.ok(after.rss - before.rss <= NOISE, `${(after.rss - before.rss) / MIB} MiB more`);
  for (const { socket } of clients.splice(0)) socket.destroy();
  await settle(0);
  assert.equal((await app.ask('held')).descriptors, before.descriptors - CROWD);
});
