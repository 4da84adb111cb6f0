'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createPool } = require('../index.js');
const { FAST, iterate, open, serve } = require('./support/client.js');

const KEY = 'sk-events-0123456789';

const event = (exchange) => exchange.event({ id: 1, data: '[DONE]' });
const options = (pool, more) => ({ pool, terminal: '[DONE]', retry: FAST, ...more });

test('connect() asks an endpoint of a pool for a path below its base URL', async (t) => {
  const server = await serve(t, event);
  const pool = createPool([{ baseUrl: `${server.url}/base/v1?tenant=7`, apiKey: KEY }]);
  for (const path of ['/events', 'events']) {
    const { data, error } = await iterate(open(t, path, options(pool)));
    assert.deepEqual([data, error], [['[DONE]'], undefined]);
  }
  for (const { path, method, headers } of server.requests) {
    assert.equal(path, '/base/v1/events?tenant=7');
    assert.equal(method, 'GET');
    assert.equal(headers.authorization, `Bearer ${KEY}`);
  }
});

test('the key goes into the header that the endpoint names', async (t) => {
  const server = await serve(t, event);
  const endpoint = { baseUrl: server.url, apiKey: KEY, keyHeader: 'X-Api-Key' };
  const pool = createPool([{ ...endpoint, headers: { 'x-region': 'eu' } }]);
  const stream = open(t, '/events', options(pool, { headers: { 'x-own': '1' } }));
  await iterate(stream);
  const [{ headers }] = server.requests;
  assert.deepEqual(
    [headers['x-api-key'], headers['x-region'], headers['x-own'], headers.authorization],
    [KEY, 'eu', '1', undefined],
  );
});

test('a stream moves to another endpoint, and resumes there', async (t) => {
  const dying = await serve(t, async (exchange) => {
    await exchange.event({ id: 41, data: 'first' });
    await dying.refuse();
    await exchange.truncate();
  });
  const living = await serve(t, event);
  const pool = createPool(
    [
      { name: 'dying', baseUrl: dying.url, apiKey: 'sk-a-0123456789' },
      { name: 'living', baseUrl: living.url, apiKey: 'sk-b-0123456789', priority: 1 },
    ],
    { breaker: { requests: 1, failures: 0.1, openFor: 60_000 } },
  );
  const { data, error } = await iterate(open(t, '/events', options(pool)));
  assert.deepEqual([data, error], [['first', '[DONE]'], undefined]);
  assert.equal(living.requests[0].headers['last-event-id'], '41');
  assert.equal(living.requests[0].headers.authorization, 'Bearer sk-b-0123456789');
});

test('a refused key is not used again, and a full URL beside a pool is an error', async (t) => {
  const server = await serve(t, (exchange) => {
    return exchange.request.headers.authorization.includes('bad')
      ? exchange.status(401)
      : event(exchange);
  });
  const pool = createPool([{ baseUrl: server.url, apiKey: ['sk-bad-0123456789', KEY] }]);
  for (let round = 0; round < 6; round++) {
    const { error } = await iterate(open(t, '/events', options(pool)));
    assert.equal(error, undefined);
  }
  const bad = server.requests.filter(({ headers }) => headers.authorization.includes('bad'));
  assert.ok(bad.length <= 1);
  assert.throws(() => open(t, server.url, options(pool)), { code: 'ERR_SSE_OPTION' });
});
