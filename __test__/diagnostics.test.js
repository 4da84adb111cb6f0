'use strict';

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { test } = require('node:test');
const { EventSource } = require('../index.js');
const { FAST, PATIENCE_MS, next, open, record, serve } = require('./support/client.js');
const { until } = require('./support/deadline.js');

/** Everything published while the test runs. */
function listen(t) {
  const log = [];
  for (const name of ['connect', 'open', 'retry', 'close']) {
    const channel = `perennial-sse:${name}`;
    const subscriber = (message, from) => log.push({ name, from, message });
    subscribe(channel, subscriber);
    t.after(() => unsubscribe(channel, subscriber));
  }
  return log;
}

const namesOf = (log) => log.map(({ name }) => name);

test('connect, open, retry and close of a stream are published', async (t) => {
  const log = listen(t);
  const server = await serve(t, (exchange) => {
    if (server.requests.length === 1) return exchange.status(503);
    return exchange.event({ data: '[DONE]' });
  });
  const url = `${server.url.replace('//', '//me:hunter2@')}/a?key=hunter2`;
  const stream = open(t, url, { retry: FAST, terminal: '[DONE]' });
  assert.deepEqual(log, []);
  const { of } = await record(stream);
  assert.deepEqual(namesOf(log), ['connect', 'retry', 'open', 'close']);
  const [connect, retry, opened, close] = log.map(({ message }) => message);
  for (const { from, name } of log) assert.equal(from, `perennial-sse:${name}`);
  assert.equal(connect.url, `${server.url}/a?key=***`);
  assert.deepEqual(
    [connect, retry, opened, close].map(({ stream: number }) => number),
    Array(4).fill(connect.stream),
  );
  const [told] = of('retry');
  assert.equal(retry.attempt, 1);
  assert.equal(retry.delay, told.delay);
  assert.equal(retry.error, told.error);
  assert.equal(opened.status, 200);
  assert.equal(close.reason, 'terminal');
  assert.equal(close.error, null);
  assert.ok(!JSON.stringify([connect, retry, opened, close]).includes('hunter2'));
});

test('streams have numbers of their own', async (t) => {
  const log = listen(t);
  const server = await serve(t, (exchange) => exchange.status(204));
  for (let round = 0; round < 2; round++) await record(open(t, server.url));
  const numbers = log.filter(({ name }) => name === 'connect').map(({ message }) => message.stream);
  assert.equal(new Set(numbers).size, 2);
});

test('a failure is published with its error, a close by the caller without', async (t) => {
  const log = listen(t);
  const server = await serve(t, (exchange) => {
    if (exchange.request.path === '/fail') return exchange.status(401);
    return exchange.stall();
  });
  const { close } = await record(open(t, `${server.url}/fail`));
  assert.equal(log.at(-1).message.reason, 'error');
  assert.equal(log.at(-1).message.error, close.error);
  const quiet = open(t, server.url);
  await server.request(1);
  quiet.close();
  assert.deepEqual([log.at(-1).name, log.at(-1).message.reason], ['close', 'closed']);
  assert.equal(log.at(-1).message.error, null);
});

test('an abort is published as one', async (t) => {
  const log = listen(t);
  const server = await serve(t, (exchange) => exchange.stall());
  const controller = new AbortController();
  const stream = open(t, server.url, { signal: controller.signal });
  await server.request(0);
  const ended = next(stream, 'close');
  controller.abort();
  assert.deepEqual(await ended, { reason: 'aborted' });
  assert.equal(log.at(-1).message.reason, 'aborted');
});

test('an EventSource is published, too', async (t) => {
  const log = listen(t);
  const server = await serve(t, (exchange) => exchange.status(204));
  const es = new EventSource(server.url);
  t.after(() => es.close());
  await until(() => es.readyState === es.CLOSED, PATIENCE_MS, 'the end');
  assert.deepEqual(namesOf(log), ['connect', 'close']);
  assert.equal(log[1].message.reason, 'no-content');
});
