'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FAST, iterate, next, open, record, serve } = require('./support/client.js');

/** Serves the scripts one after another, then ends the stream for good. */
async function script(t, ...handlers) {
  const server = await serve(t, (exchange) => {
    const handler = handlers[server.requests.indexOf(exchange.request)];
    return handler ? handler(exchange) : exchange.event({ data: '[DONE]' });
  });
  return server;
}

const GET = { retry: FAST, terminal: '[DONE]' };
const idsOf = (server) => server.requests.map(({ headers }) => headers['last-event-id']);
const write = (text) => (exchange) => exchange.write(text);
const unavailable = (headers) => (exchange) => exchange.status(503, headers);

test('attempts in a row are limited, and the last failure ends the stream', async (t) => {
  const server = await serve(t, unavailable());
  const stream = open(t, server.url, { retry: { ...FAST, attempts: 3 } });
  const { of, close, names } = await record(stream);
  assert.deepEqual(names, ['retry', 'retry', 'retry', 'error', 'close']);
  assert.deepEqual(
    of('retry').map(({ attempt, maxAttempts, recovery }) => [attempt, maxAttempts, recovery]),
    [1, 2, 3].map((attempt) => [attempt, 3, false]),
  );
  assert.deepEqual(
    of('retry').map(({ error }) => [error.code, error.attempt, error.retryable]),
    [1, 2, 3].map((attempt) => ['ERR_SSE_STATUS', attempt, true]),
  );
  assert.equal(close.error.attempt, 4);
  assert.equal(close.error.retryable, true);
  assert.equal(close.error, of('error')[0]);
  assert.equal(server.requests.length, 4);
});

test('a GET whose body merely ends again and again is exhausted', async (t) => {
  const server = await serve(t, write(': nothing\n\n'));
  const stream = open(t, server.url, { retry: { ...FAST, attempts: 2 } });
  const { of, close } = await record(stream);
  assert.deepEqual(
    of('retry').map(({ error }) => error),
    [null, null],
  );
  assert.equal(close.error.code, 'ERR_SSE_EXHAUSTED');
  assert.equal(close.error.attempt, 3);
  assert.equal(server.requests.length, 3);
});

test('waits grow by the factor up to the maximum, and no jitter is none', async (t) => {
  const server = await serve(t, unavailable());
  const retry = {
    attempts: 5,
    baseDelay: 10,
    factor: 2,
    minDelay: 1,
    maxDelay: 50,
    jitter: 'none',
  };
  const { of } = await record(open(t, server.url, { retry }));
  const delays = of('retry').map(({ delay }) => delay);
  assert.deepEqual(delays, [10, 20, 40, 50, 50]);
  const waited = server.requests.slice(1).map(({ at }, index) => at - server.requests[index].at);
  for (const [index, delay] of delays.entries()) {
    // Timers of the core have a resolution of 1 ms.
    assert.ok(waited[index] >= delay - 2, `waited ${waited[index]} ms instead of ${delay}`);
  }
});

test('every kind of jitter stays within its bounds, and spreads', async (t) => {
  const server = await serve(t, unavailable());
  const kinds = [
    ['full', 0, 40],
    ['equal', 20, 40],
    ['decorrelated', 40, 60],
    [{ ratio: 0.5 }, 20, 60],
    [{ add: 20 }, 40, 60],
  ];
  for (const [jitter, low, high] of kinds) {
    const retry = { attempts: 8, baseDelay: 40, factor: 1, minDelay: 0, maxDelay: 60, jitter };
    const { of } = await record(open(t, server.url, { retry }));
    const delays = of('retry').map(({ delay }) => delay);
    const name = `${JSON.stringify(jitter)}: ${delays}`;
    // At its cap the decorrelated kind keeps its width below it.
    const least = jitter === 'decorrelated' ? 20 : low;
    assert.ok(
      delays.every((delay) => delay >= least && delay <= high),
      name,
    );
    assert.ok(new Set(delays).size > 1, name);
  }
});

for (const [headers, least] of [
  [{ 'retry-after': '0.15' }, 150],
  [{ 'retry-after-ms': '120' }, 120],
  [{ 'retry-after-ms': '130', 'retry-after': '60' }, 130],
]) {
  test(`${JSON.stringify(headers)} is waited for, with a spread of a tenth`, async (t) => {
    const server = await script(t, unavailable(headers));
    const { of, close } = await record(open(t, server.url, GET));
    const [{ delay, error }] = of('retry');
    assert.ok(delay >= least && delay <= least * 1.1 + 1, `${delay}`);
    assert.equal(error.retryAfter, least);
    assert.equal(close.reason, 'terminal');
    const [first, second] = server.requests;
    assert.ok(second.at - first.at >= least - 2);
  });
}

test('`Retry-After` as a date is waited for', async (t) => {
  const date = new Date(Date.now() + 120_000).toUTCString();
  const server = await serve(t, unavailable({ 'retry-after': date }));
  const { delay } = await next(open(t, server.url), 'retry');
  assert.ok(delay > 100_000 && delay <= 121_000, `${delay}`);
});

test("the server's `retry:` becomes the base of waits", async (t) => {
  const server = await script(t, write('retry: 150\n\n'), unavailable());
  const retry = { ...FAST, maxDelay: 5000 };
  const { of } = await record(open(t, server.url, { ...GET, retry }));
  assert.deepEqual(
    of('retry').map(({ delay }) => delay),
    [150, 300],
  );
});

test('a `retry:` counts as soon as it is parsed, and only digits are one', async (t) => {
  const server = await script(
    t,
    write('retry: 120\ndata: cut'),
    write('retry: 5e3\nretry: -1\n\n'),
  );
  const retry = { ...FAST, factor: 1 };
  const { of } = await record(open(t, server.url, { ...GET, retry }));
  assert.deepEqual(
    of('retry').map(({ delay }) => delay),
    [120, 120],
  );
});

test("the server's `retry:` is clamped", async (t) => {
  for (const [told, delay] of [
    ['0', 100],
    ['99999999999', 3_600_000],
    ['99999999999999999999999', 3_600_000],
  ]) {
    const server = await serve(t, write(`retry: ${told}\n\n`));
    const info = await next(open(t, server.url, { retry: FAST }), 'retry');
    assert.equal(info.delay, delay, told);
  }
  const server = await serve(t, write('retry: 7\n\n'));
  const info = await next(open(t, server.url, { retry: FAST, retryRange: { min: 30 } }), 'retry');
  assert.equal(info.delay, 30);
});

test('exhausted attempts rest for `recoverAfter`, and the count begins anew', async (t) => {
  const server = await script(t, ...Array(4).fill(unavailable()));
  const retry = { ...FAST, attempts: 1, recoverAfter: 40 };
  const { of, close, names } = await record(open(t, server.url, { ...GET, retry }));
  const told = of('retry').map(({ attempt, recovery }) => [attempt, recovery]);
  assert.deepEqual(told, [
    [1, false],
    [0, true],
    [1, false],
    [0, true],
  ]);
  for (const { delay } of of('retry').filter(({ recovery }) => recovery)) {
    assert.equal(delay, 40, 'exactly as told');
  }
  assert.ok(!names.includes('error'));
  assert.equal(close.reason, 'terminal');
});

test('an outage longer than `elapsed` ends the stream', async (t) => {
  const server = await serve(t, unavailable());
  const retry = { baseDelay: 20, factor: 1, minDelay: 1, jitter: 'none', elapsed: 150 };
  const { of, close } = await record(open(t, server.url, { retry }));
  assert.equal(close.error.code, 'ERR_SSE_STATUS');
  assert.ok(of('retry').length >= 1 && of('retry').length <= 8, `${of('retry').length}`);
  const [first, last] = [server.requests[0], server.requests.at(-1)];
  assert.ok(last.at - first.at < 2000);
});

test('attempts are counted anew after a stable connection', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (server.requests.length >= 6) return exchange.event({ data: '[DONE]' });
    await exchange.comment('up');
    await exchange.sleep(300);
  });
  const retry = { ...FAST, attempts: 1, resetAfter: 60 };
  const { of, close } = await record(open(t, server.url, { ...GET, retry }));
  assert.equal(close.reason, 'terminal');
  assert.deepEqual(
    of('retry').map(({ attempt }) => attempt),
    [1, 1, 1, 1, 1],
  );
});

test('a server that accepts and closes at once gains nothing from connecting', async (t) => {
  const server = await serve(t, (exchange) => exchange.comment('x'));
  const retry = { ...FAST, attempts: 3, resetAfter: 60_000 };
  const { of, close } = await record(open(t, server.url, { retry }));
  assert.equal(close.error.code, 'ERR_SSE_EXHAUSTED');
  assert.deepEqual(
    of('retry').map(({ attempt }) => attempt),
    [1, 2, 3],
  );
});

test('each attempt sends the same headers, and the last id as it stands', async (t) => {
  const server = await script(t, write('id: 1\ndata: a\n\ndata: b\n\n'), unavailable());
  const headers = { 'x-api-key': 'k', accept: 'text/event-stream, application/json' };
  const stream = open(t, server.url, { ...GET, headers, lastEventId: 'früher' });
  const { of } = await record(stream);
  assert.deepEqual(idsOf(server), ['früher', '1', '1']);
  for (const request of server.requests) {
    assert.equal(request.headers['x-api-key'], 'k');
    assert.equal(request.headers.accept, headers.accept);
  }
  assert.deepEqual(
    of('event').map(({ id, lastEventId }) => [id, lastEventId]),
    [
      ['1', '1'],
      [undefined, '1'],
      [undefined, '1'],
    ],
  );
});

test('an id without data is committed, and an empty one forgets', async (t) => {
  const server = await script(
    t,
    write('id: primed\n\n'),
    write('data: keeps it\n\n'),
    write('id\ndata: forgets it\n\n'),
  );
  const stream = open(t, server.url, GET);
  const { of } = await record(stream);
  assert.deepEqual(idsOf(server), [undefined, 'primed', 'primed', undefined]);
  assert.deepEqual(
    of('event').map(({ id, lastEventId }) => [id, lastEventId]),
    [
      [undefined, 'primed'],
      ['', ''],
      [undefined, ''],
    ],
  );
});

test('an id in a block that never ended, or with NUL in it, is not sent', async (t) => {
  const server = await script(t, write('id: 1\ndata: a\n\nid: 2\ndata: cut'), write('id: 3\0\n\n'));
  await record(open(t, server.url, GET));
  assert.deepEqual(idsOf(server), [undefined, '1', '1']);
});

test('with `dedupe` a replay is dropped, and without it is delivered', async (t) => {
  const run = (...ids) => write(ids.map((id) => `id: ${id}\ndata: ${id}\n\n`).join(''));
  for (const dedupe of [true, false]) {
    const server = await script(t, run(1, 2, 3), run(2, 3, 4));
    const stream = open(t, server.url, { ...GET, dedupe });
    const { data } = await iterate(stream);
    const replayed = dedupe ? [] : ['2', '3'];
    assert.deepEqual(data, ['1', '2', '3', ...replayed, '4', '[DONE]']);
    assert.deepEqual(idsOf(server), [undefined, '3', '4']);
    assert.equal(stream.lastEventId, '4');
    assert.equal(stream.stats.duplicates, dedupe ? 2 : 0);
  }
});

test('`reconnect()` drops the connection and connects at once', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.event({ id: server.requests.length, data: 'x' });
    await exchange.stall();
  });
  const stream = open(t, server.url);
  await next(stream, 'event');
  const { connection } = server.requests[0];
  const opened = next(stream, 'open');
  stream.reconnect();
  await server.request(1);
  await connection.closed;
  assert.equal(connection.closedBy, 'client');
  await opened;
  assert.deepEqual(idsOf(server), [undefined, '1']);
  assert.equal(stream.stats.retries, 1);
});

test('while `reconnect()` waits for its connection the stream is not open', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (server.requests.length === 1) await exchange.comment('up');
    await exchange.stall();
  });
  const stream = open(t, server.url);
  await next(stream, 'open');
  stream.reconnect();
  await server.request(1);
  assert.equal(stream.readyState, stream.CONNECTING);
  assert.match(stream.retryState.state, /^connecting/);
});

test('`reconnect()` ends a wait, and `resetRetries()` the growth of waits', async (t) => {
  const server = await script(t, unavailable(), unavailable(), unavailable());
  const retry = { baseDelay: 60_000, factor: 2, maxDelay: 3_600_000, jitter: 'none' };
  const stream = open(t, server.url, { ...GET, retry });
  assert.equal((await next(stream, 'retry')).delay, 60_000);
  assert.equal(stream.retryState.state, 'waiting (60000 ms)');
  stream.reconnect();
  assert.equal((await next(stream, 'retry')).delay, 120_000);
  assert.deepEqual(stream.retryState, {
    state: 'waiting (120000 ms)',
    attempt: 2,
    delay: 120_000,
  });
  stream.resetRetries();
  assert.equal(stream.retryState.attempt, 0);
  stream.reconnect();
  assert.equal((await next(stream, 'retry')).delay, 60_000);
  stream.reconnect();
  assert.deepEqual(await iterate(stream), { data: ['[DONE]'], error: undefined });
});
