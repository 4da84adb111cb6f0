'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventSource } = require('../index.js');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');

/** A source whose messages are collected until there are so many. */
async function messages(t, url, count) {
  const source = new EventSource(url);
  t.after(() => source.close());
  const { promise, resolve } = deferred();
  const came = [];
  source.addEventListener('message', ({ data, lastEventId }) => {
    came.push({ data, lastEventId });
    if (came.length === count) resolve();
  });
  await within(promise, PATIENCE_MS, `${count} messages`);
  source.close();
  return came;
}

/** The pauses between a server's requests. */
const pauses = ({ requests }) => requests.slice(1).map(({ at }, index) => at - requests[index].at);

test('`retry` is waited for, and a quarter more at the most, after each connection', async (t) => {
  const server = await serve(t, (exchange) => exchange.write('retry: 400\ndata: x\n\n'));
  await messages(t, server.url, 5);
  for (const pause of pauses(server)) {
    // The answer itself takes its time, and a busy machine its own.
    assert.ok(pause >= 398 && pause <= 400 * 1.25 + 150, `${pause} ms instead of 400`);
  }
});

test('the wait that `retry` asks for is told with its spread, a fifth at the most', async (t) => {
  const { subscribe, unsubscribe } = require('node:diagnostics_channel');
  const delays = [];
  const told = ({ delay }) => delays.push(delay);
  subscribe('perennial-sse:retry', told);
  t.after(() => unsubscribe('perennial-sse:retry', told));
  const server = await serve(t, (exchange) => exchange.write('retry: 200\ndata: x\n\n'));
  await messages(t, server.url, 12);
  assert.ok(delays.length >= 11);
  assert.ok(
    delays.every((delay) => delay >= 200 && delay <= 240),
    `${delays}`,
  );
  assert.ok(new Set(delays).size > 1, 'spread');
});

test('the last id is sent again over a redirect, and each time', async (t) => {
  for (const status of [301, 302, 303, 307, 308]) {
    const target = await serve(t, (exchange) => {
      const n = target.requests.length;
      return exchange.write(`id: …${n}\nretry: 100\ndata: ${n}\n\n`);
    });
    const server = await serve(t, (exchange) => exchange.redirect(status, `${target.url}/there`));
    const came = await messages(t, `${server.url}/here`, 3);
    assert.deepEqual(
      came.map(({ lastEventId }) => lastEventId),
      ['…1', '…2', '…3'],
    );
    for (const { requests } of [server, target]) {
      const ids = requests.slice(0, 3).map(({ headers }) => headers['last-event-id']);
      assert.deepEqual(ids, [undefined, '…1', '…2'], `${status}`);
    }
  }
});

test('an id outlives a redirect that leads elsewhere after a reconnect', async (t) => {
  const second = await serve(t, (exchange) => exchange.write('data: second\n\n'));
  const first = await serve(t, (exchange) =>
    exchange.write('id: from-first\nretry: 100\ndata: first\n\n'),
  );
  const server = await serve(t, (exchange) =>
    exchange.redirect(302, server.requests.length === 1 ? first.url : second.url),
  );
  const came = await messages(t, server.url, 2);
  assert.deepEqual(came, [
    { data: 'first', lastEventId: 'from-first' },
    { data: 'second', lastEventId: 'from-first' },
  ]);
  assert.equal(second.requests[0].headers['last-event-id'], 'from-first');
});
