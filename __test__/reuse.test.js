'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect } = require('../index.js');
const { within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

const OPTIONS = { method: 'POST', body: { question: 1 }, terminal: '[DONE]' };

/** One answer: the data of its events before `[DONE]`. */
async function ask(url) {
  const parts = [];
  for await (const { data } of connect(url, OPTIONS)) {
    if (data !== '[DONE]') parts.push(data);
  }
  return parts.join('');
}

async function answer(exchange) {
  await exchange.event({ data: 'an ' });
  await exchange.event({ data: 'answer' });
  await exchange.event({ data: '[DONE]' });
}

async function start(t, handler) {
  const server = await startServer(handler);
  t.after(() => server.close());
  return server;
}

test('five answers that end with [DONE] come over one connection', async (t) => {
  const server = await start(t, answer);
  for (let round = 0; round < 5; round++) assert.equal(await ask(server.url), 'an answer');
  assert.equal(server.requests.length, 5);
  assert.equal(server.connections.length, 1);
});

test('five emitters that end with [DONE] use one connection', async (t) => {
  const server = await start(t, answer);
  for (let round = 0; round < 5; round++) {
    const stream = connect(server.url, OPTIONS).on('event', () => {});
    assert.deepEqual(await stream.closed, { reason: 'terminal' });
  }
  assert.equal(server.requests.length, 5);
  assert.equal(server.connections.length, 1);
});

test('a body that stays open after [DONE] keeps nobody waiting and is cut', async (t) => {
  const server = await start(t, async (exchange) => {
    await answer(exchange);
    await exchange.stall();
  });
  for (let round = 0; round < 5; round++) {
    assert.equal(await ask(server.url), 'an answer');
    const done = performance.now();
    const connection = server.connections[round];
    await within(connection.closed, 2000, 'the cut');
    assert.equal(connection.closedBy, 'client');
    assert.ok(connection.closedAt > done, 'the consumer was done before the connection was cut');
  }
  assert.equal(server.connections.length, 5);
});

test('a body that goes on after [DONE] is cut, and its events are not delivered', async (t) => {
  let written = 0;
  const server = await start(t, async (exchange) => {
    await answer(exchange);
    for (;;) {
      await exchange.write(`data: ${'x'.repeat(1000)}\n\n`);
      written += 1;
      await exchange.sleep(1);
    }
  });
  const seen = [];
  for await (const { data } of connect(server.url, OPTIONS)) seen.push(data);
  assert.deepEqual(seen, ['an ', 'answer', '[DONE]']);
  const connection = await within(server.connections[0].closed, 2000, 'the cut');
  assert.equal(connection.closedBy, 'client');
  assert.ok(written < 2000, `${written} events were written after the end`);
});

test('a connection that the server says it closes is not used again', async (t) => {
  const server = await start(t, async (exchange) => {
    exchange.head(200, { connection: 'close' });
    await answer(exchange);
  });
  for (let round = 0; round < 3; round++) assert.equal(await ask(server.url), 'an answer');
  assert.equal(server.connections.length, 3);
});
