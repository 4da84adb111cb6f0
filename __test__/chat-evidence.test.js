'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createPool } = require('../index.js');
const { ask, outcome } = require('./support/answers.js');
const { FAST, serve } = require('./support/client.js');

const SAYS = { data: '{"choices":[{"index":0,"delta":{"content":"The first"}}]}' };
const STOP = { data: '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}' };
const FAILS = { data: '{"choices":[{"index":0,"delta":{},"finish_reason":"network_error"}]}' };
const DONE = { data: '[DONE]' };

/** A server that answers each request with the next of these lists of events, the last for ever. */
async function play(t, ...answers) {
  const server = await serve(t, async (exchange) => {
    const at = Math.min(server.requests.length, answers.length) - 1;
    for (const event of answers[at]) await exchange.event(event);
    await exchange.end();
  });
  const options = {
    baseUrl: server.url,
    apiKey: null,
    model: 'm',
    messages: [{ role: 'user', content: 'Hello?' }],
    retry: FAST,
  };
  return { server, options };
}

test('[DONE] without a reason after content is final: neither asked again nor resumed', async (t) => {
  const { server, options } = await play(t, [SAYS, DONE], [SAYS, STOP, DONE]);
  const { error } = await outcome(ask(t, { ...options, resume: 'restart' }).message());
  assert.equal(error?.code, 'ERR_SSE_TRUNCATED');
  assert.match(error.message, /done: 'evidence'/);
  assert.equal(error.retryable, false);
  assert.equal(error.partial.content, 'The first');
  assert.equal(server.requests.length, 1);
});

test('[DONE] before anything came is asked again', async (t) => {
  const { server, options } = await play(t, [DONE], [SAYS, STOP, DONE]);
  const { value, error } = await outcome(ask(t, options).message());
  assert.ifError(error);
  assert.equal(value.content, 'The first');
  assert.equal(server.requests.length, 2);
});

test('a reason that is a failure is asked again before content', async (t) => {
  const { server, options } = await play(t, [FAILS, DONE], [SAYS, STOP, DONE]);
  const { value, error } = await outcome(ask(t, options).message());
  assert.ifError(error);
  assert.equal(value.content, 'The first');
  assert.equal(server.requests.length, 2);
});

test('a reason that is a failure is resumed after content, by policy', async (t) => {
  const { server, options } = await play(t, [SAYS, FAILS, DONE], [SAYS, STOP, DONE]);
  const { value, error } = await outcome(ask(t, { ...options, resume: 'restart' }).message());
  assert.ifError(error);
  assert.equal(value.content, 'The first');
  assert.equal(server.requests.length, 2);
});

test('an endpoint of a pool says what its [DONE] proves', async (t) => {
  const { options } = await play(t, [SAYS, DONE]);
  const { baseUrl, apiKey, ...rest } = options;
  const pool = createPool([{ name: 'trusted', baseUrl, apiKey, done: 'evidence' }]);
  const { value, error } = await outcome(ask(t, { ...rest, pool }).message());
  assert.ifError(error);
  assert.equal(value.content, 'The first');
  assert.equal(value.finishReason, null);
});
