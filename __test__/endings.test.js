'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FAST, open, record, serve } = require('./support/client.js');

/** Serves each request by the next of the handlers, and the last one for ever. */
const inTurn = (handlers) => {
  let turn = 0;
  return (exchange) => handlers[Math.min(turn++, handlers.length - 1)](exchange);
};

const event = (data, more) => (exchange) => exchange.event({ data, ...more });
const done = event('[DONE]');
/** One event with an id, and then whatever befalls the connection. */
const oneThen = (fate) => async (exchange) => {
  await exchange.event({ id: 1, data: 'one' });
  await fate(exchange);
};
const reset = async (exchange) => {
  // An RST discards what the client has not read: its event must have arrived.
  await exchange.sleep(150);
  await exchange.reset();
};
const truncate = (exchange) => exchange.truncate('data: tw');
const stall = (exchange) => exchange.stall();
const status = (code, headers, body) => (exchange) => exchange.status(code, headers, body);
const noHead = (exchange) => exchange.reset();

async function ends(t, handlers, options) {
  const server = await serve(t, inTurn(handlers));
  const stream = open(t, `${server.url}/x`, { retry: FAST, ...options });
  const ending = await record(stream);
  return { ...ending, server, ids: server.requests.map(({ headers }) => headers['last-event-id']) };
}

const GET = { terminal: '[DONE]' };
const POST = { method: 'POST', body: 'ask' };
/** For servers that fall silent; long enough not to cut others off on a busy machine. */
const SHORT = { idle: 500, headers: 500 };

test('a terminal event completes a GET and a POST', async (t) => {
  for (const options of [GET, { ...GET, ...POST }]) {
    const { server, data, close, names } = await ends(t, [done], options);
    assert.deepEqual(names, ['open', 'event', 'close']);
    assert.deepEqual(data, ['[DONE]']);
    assert.deepEqual(close, { reason: 'terminal' });
    assert.equal(server.requests.length, 1);
  }
});

test('a terminal event is told by its name, its data, or one of several patterns', async (t) => {
  const stop = event('bye', { event: 'stop' });
  for (const [handler, terminal] of [
    [stop, { event: 'stop' }],
    [stop, { event: 'stop', data: 'bye' }],
    [stop, ['[DONE]', { event: 'stop' }]],
    [event('x'), { event: 'message' }],
  ]) {
    const { close } = await ends(t, [handler], { terminal });
    assert.deepEqual(close, { reason: 'terminal' });
  }
  const both = { terminal: { event: 'stop', data: 'other' }, ...POST };
  const { close } = await ends(t, [stop], both);
  assert.equal(close.error.code, 'ERR_SSE_TRUNCATED');
});

test('nothing after the terminal event is delivered', async (t) => {
  const text = 'data: 1\n\ndata: [DONE]\n\ndata: 2\n\n';
  const { data, close } = await ends(t, [(exchange) => exchange.write(text)], { ...GET, ...POST });
  assert.deepEqual(data, ['1', '[DONE]']);
  assert.equal(close.reason, 'terminal');
});

for (const [what, fate] of [
  ['ends', () => {}],
  ['is reset', reset],
  ['is truncated', truncate],
  ['falls silent', stall],
]) {
  test(`a GET whose body ${what} after its first event resumes after that event`, async (t) => {
    const { data, ids, close, of } = await ends(t, [oneThen(fate), done], {
      ...GET,
      timeouts: SHORT,
    });
    assert.deepEqual(data, ['one', '[DONE]']);
    assert.deepEqual(ids, [undefined, '1']);
    assert.equal(close.reason, 'terminal');
    const codes = {
      ends: undefined,
      'is reset': 'ERR_SSE_RESET',
      'is truncated': 'ERR_SSE_TRUNCATED',
      'falls silent': 'ERR_SSE_TIMEOUT',
    };
    assert.equal(of('retry').length, 1);
    assert.equal(of('retry')[0].error?.code, codes[what]);
  });
}

for (const [what, fate, code] of [
  ['is reset', reset, 'ERR_SSE_RESET'],
  ['is truncated', truncate, 'ERR_SSE_TRUNCATED'],
  ['falls silent', stall, 'ERR_SSE_TIMEOUT'],
]) {
  test(`a POST whose body ${what} after its first event is never sent again`, async (t) => {
    for (const unsafe of [false, true]) {
      const retry = { ...FAST, unsafe };
      const { server, data, close, names } = await ends(t, [oneThen(fate), done], {
        ...POST,
        retry,
        shouldRetry: () => true,
        timeouts: SHORT,
      });
      assert.deepEqual(data, ['one']);
      assert.equal(close.reason, 'error');
      assert.equal(close.error.code, code);
      assert.deepEqual(names, ['open', 'event', 'error', 'close']);
      assert.equal(server.requests.length, 1);
      assert.equal(String(server.requests[0].body), 'ask');
    }
  });
}

test('a POST without a declared terminal event is complete when its body ends', async (t) => {
  const { server, data, close } = await ends(t, [oneThen(() => {})], POST);
  assert.deepEqual(data, ['one']);
  assert.deepEqual(close, { reason: 'end' });
  assert.equal(server.requests.length, 1);
});

test('a POST that ends without its terminal event is truncated, and shows its tail', async (t) => {
  const { server, close } = await ends(t, [oneThen(() => {})], { ...POST, ...GET });
  const { error } = close;
  assert.equal(error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(error.phase, 'body');
  assert.equal(error.lastEventId, '1');
  assert.equal(error.events, 1);
  assert.equal(error.bytes, 'id: 1\ndata: one\n\n'.length);
  assert.equal(error.tail, 'id: 1\ndata: one\n\n');
  assert.equal(server.requests.length, 1);
});

test('the tail of a truncated answer is its last KiB', async (t) => {
  const text = `data: ${'a'.repeat(3000)}b\n\n`;
  const { close } = await ends(t, [(exchange) => exchange.write(text)], { ...POST, ...GET });
  assert.equal(close.error.tail, text.slice(-1024));
});

test('a retryable status is tried again before the first event, GET and POST alike', async (t) => {
  for (const options of [GET, { ...GET, ...POST }]) {
    const { server, data, of } = await ends(t, [status(408), status(429), done], options);
    assert.deepEqual(data, ['[DONE]']);
    assert.deepEqual(
      of('retry').map(({ error }) => error.status),
      [408, 429],
    );
    const bodies = server.requests.map(({ body }) => String(body));
    assert.deepEqual(bodies, Array(3).fill(options.body ?? ''));
  }
});

test('a status that is not retryable ends the stream', async (t) => {
  for (const options of [{}, POST]) {
    const { server, close, names } = await ends(t, [status(401, {}, 'who?'), done], options);
    assert.deepEqual(names, ['error', 'close']);
    assert.equal(close.error.code, 'ERR_SSE_STATUS');
    assert.equal(close.error.body, 'who?');
    assert.equal(server.requests.length, 1);
  }
});

test('a GET that got events tries a retryable status again', async (t) => {
  const { data } = await ends(t, [oneThen(reset), status(503), done], GET);
  assert.deepEqual(data, ['one', '[DONE]']);
});

test('a refused connection is tried again, GET and POST alike', async (t) => {
  for (const options of [GET, { ...GET, ...POST }]) {
    const server = await serve(t, done);
    await server.refuse();
    const stream = open(t, server.url, { retry: { ...FAST, attempts: null }, ...options });
    stream.once('retry', () => server.accept());
    const { data, of } = await record(stream);
    assert.deepEqual(data, ['[DONE]']);
    assert.equal(of('retry')[0].error.code, 'ERR_SSE_CONNECT');
    assert.equal(server.requests.length, 1);
  }
});

test('a request that was fully sent and then reset is repeated by GET only', async (t) => {
  const get = await ends(t, [noHead, done], GET);
  assert.equal(get.server.requests.length, 2);
  const post = await ends(t, [noHead, done], { ...GET, ...POST });
  assert.equal(post.server.requests.length, 1);
  assert.equal(post.close.error.code, 'ERR_SSE_CONNECT');
});

test('a fully sent POST is repeated before its first event with `retry.unsafe`', async (t) => {
  const retry = { ...FAST, unsafe: true };
  for (const fate of [noHead, (exchange) => exchange.truncate('data: on')]) {
    const { server, data } = await ends(t, [fate, done], { ...GET, ...POST, retry });
    assert.deepEqual(data, ['[DONE]']);
    assert.equal(server.requests.length, 2);
  }
});

test('a response that does not begin in time is awaited again by GET only', async (t) => {
  const get = await ends(t, [stall, done], { ...GET, timeouts: SHORT });
  assert.deepEqual(get.data, ['[DONE]']);
  assert.equal(get.of('retry')[0].error.phase, 'headers');
  const retry = { ...FAST, unsafe: true };
  const post = await ends(t, [stall, done], { ...GET, ...POST, retry, timeouts: SHORT });
  assert.equal(post.server.requests.length, 1);
  assert.equal(post.close.error.phase, 'headers');
});

test('204 closes without an error and without another attempt', async (t) => {
  for (const options of [{}, POST, { ...GET, ...POST }]) {
    const { server, close, names } = await ends(t, [status(204)], options);
    assert.deepEqual(close, { reason: 'no-content' });
    assert.deepEqual(names, ['close']);
    assert.equal(server.requests.length, 1);
  }
  const { data, close } = await ends(t, [oneThen(() => {}), status(204)], {});
  assert.deepEqual(data, ['one']);
  assert.equal(close.reason, 'no-content');
});

test('`Retry-After` over the cap fails a POST and says how long', async (t) => {
  const handlers = [status(429, { 'retry-after': '3600' }), done];
  const { server, close } = await ends(t, handlers, POST);
  assert.equal(close.error.code, 'ERR_SSE_STATUS');
  assert.equal(close.error.retryAfter, 3_600_000);
  assert.equal(server.requests.length, 1);
});

test('`Retry-After` over the cap makes a GET wait, at most for an hour', async (t) => {
  const server = await serve(t, status(503, { 'retry-after': '86400' }));
  const stream = open(t, server.url);
  const told = new Promise((resolve) => stream.once('retry', resolve));
  const { delay, error } = await told;
  assert.ok(delay <= 3_600_000 && delay > 3_590_000, `${delay}`);
  assert.equal(error.retryAfter, 86_400_000);
});

test('without reconnecting the end of a GET is its end', async (t) => {
  const { server, data, close } = await ends(t, [oneThen(() => {})], { retry: false });
  assert.deepEqual(data, ['one']);
  assert.deepEqual(close, { reason: 'end' });
  assert.equal(server.requests.length, 1);
});

test('a last event without its blank line is dropped, or delivered on request', async (t) => {
  const handler = (exchange) => exchange.write('data: 1\n\ndata: 2\n');
  const dropped = await ends(t, [handler], POST);
  assert.deepEqual(dropped.data, ['1']);
  const delivered = await ends(t, [handler], { ...POST, incomplete: 'deliver' });
  assert.deepEqual(delivered.data, ['1', '2']);
});

test('a terminal event without its blank line completes the stream', async (t) => {
  const { close } = await ends(t, [(exchange) => exchange.write('data: [DONE]\n')], {
    ...GET,
    ...POST,
  });
  assert.deepEqual(close, { reason: 'terminal' });
});

test('`reconnect()` sends a POST once more, and does not forget that it had an event', async (t) => {
  const server = await serve(t, inTurn([oneThen(stall), status(429), done]));
  const stream = open(t, server.url, { ...POST, retry: FAST });
  stream.once('event', () => stream.reconnect());
  const { close } = await record(stream);
  assert.equal(close.error?.status, 429);
  assert.equal(server.requests.length, 2);
});
