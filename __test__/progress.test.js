'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FAST, iterate, next, open, record, serve } = require('./support/client.js');

const GET = { retry: FAST, terminal: '[DONE]' };
/** Waits that can be told apart, and attempts that run out if nothing gives them back. */
const GROWING = { attempts: 3, baseDelay: 20, factor: 2, minDelay: 1, jitter: 'none' };

const delays = (of) => of('retry').map(({ delay }) => delay);

test('a server that ends each response after one event is asked after its own `retry:`', async (t) => {
  for (const id of [(n) => `id: ${n}\n`, () => '', () => 'id: 1\n']) {
    const server = await serve(t, (exchange) => {
      const n = server.requests.length;
      return exchange.write(n > 6 ? 'data: [DONE]\n\n' : `${id(n)}retry: 100\ndata: ${n}\n\n`);
    });
    const { of, data, close } = await record(open(t, server.url, { ...GET, retry: GROWING }));
    assert.equal(close.reason, 'terminal');
    assert.deepEqual(data, ['1', '2', '3', '4', '5', '6', '[DONE]']);
    assert.deepEqual(delays(of), Array(6).fill(100));
    assert.deepEqual(
      of('retry').map(({ attempt }) => attempt),
      Array(6).fill(1),
    );
  }
});

test('a server that crashes after each greeting meets growing waits, and an end', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.event({ event: 'connected', data: 'hello', id: server.requests.length });
    await exchange.truncate('data: cra');
  });
  const timeouts = { event: { ms: 60_000, ignore: ['connected'] } };
  const { of, close } = await record(open(t, server.url, { retry: GROWING, timeouts }));
  assert.deepEqual(delays(of), [20, 40, 80]);
  assert.equal(close.error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(close.error.exhausted, true);
  assert.equal(server.requests.length, 4);
});

test('an event with a new id ends the outage, one that comes again does not', async (t) => {
  for (const [id, expected] of [
    [(n) => n, [20, 20, 20, 20, 20]],
    [() => 7, [20, 40, 80]],
  ]) {
    const server = await serve(t, async (exchange) => {
      const n = server.requests.length;
      if (n > 5) return exchange.event({ data: '[DONE]' });
      await exchange.event({ id: id(n), data: 'same' });
      await exchange.truncate('data: cra');
    });
    const { of } = await record(open(t, server.url, { ...GET, retry: GROWING }));
    assert.deepEqual(delays(of), expected);
  }
});

test('with `dedupe` a server that numbers each connection from 1 loses nothing', async (t) => {
  const server = await serve(t, (exchange) => {
    const n = server.requests.length;
    const events = [1, 2].map((id) => `id: ${id}\ndata: ${n}-${id}\n\n`);
    return exchange.write(n > 3 ? 'data: [DONE]\n\n' : events.join(''));
  });
  const stream = open(t, server.url, { ...GET, dedupe: true });
  const { data } = await iterate(stream);
  assert.deepEqual(data, ['1-1', '1-2', '2-1', '2-2', '3-1', '3-2', '[DONE]']);
  assert.equal(stream.stats.duplicates, 0);
});

test('`shouldRetry` is asked about a POST that ended before its first event, and obeyed', async (t) => {
  const endings = {
    end: (exchange) => exchange.comment('nothing'),
    cut: (exchange) => exchange.truncate('data: t'),
    silence: (exchange) => exchange.stall(),
    status: (exchange) => exchange.status(503),
    page: (exchange) => exchange.status(404),
  };
  for (const [name, ending] of Object.entries(endings)) {
    const server = await serve(t, (exchange) =>
      server.requests.length === 1 ? ending(exchange) : exchange.event({ data: '[DONE]' }),
    );
    const asked = [];
    const stream = open(t, server.url, {
      ...{ ...GET, method: 'POST', body: 'x', timeouts: { headers: 500, idle: 500 } },
      shouldRetry: (error, { retry }) => {
        asked.push([error.code, retry]);
        return true;
      },
    });
    const { close } = await record(stream);
    const code = {
      end: 'ERR_SSE_TRUNCATED',
      cut: 'ERR_SSE_TRUNCATED',
      silence: 'ERR_SSE_TIMEOUT',
      status: 'ERR_SSE_STATUS',
      page: 'ERR_SSE_STATUS',
    }[name];
    assert.deepEqual(asked, [[code, false]], name);
    assert.equal(close.reason, 'terminal', name);
    assert.equal(server.requests.length, 2, name);
  }
});

test('`retryable` tells of the failure, also with `retry: false`; `exhausted` of the policy', async (t) => {
  for (const [status, retryable] of [
    ...[408, 409, 425, 429, 500, 502, 503, 504, 529].map((status) => [status, true]),
    ...[400, 401, 404, 410, 501].map((status) => [status, false]),
  ]) {
    const server = await serve(t, (exchange) => exchange.status(status));
    for (const [retry, exhausted] of [
      [false, false],
      [{ ...FAST, attempts: 1, statuses: [status] }, true],
    ]) {
      const { close } = await record(open(t, server.url, { retry }));
      assert.equal(close.error.retryable, retryable || retry !== false, `${status}`);
      assert.equal(close.error.exhausted, exhausted, `${status}`);
    }
  }
});

test('an event tells of each attempt when it starts, to those who listen', async (t) => {
  const server = await serve(t, (exchange) => {
    if (server.requests.length > 2) return exchange.event({ data: '[DONE]' });
    return exchange.event({ id: server.requests.length, data: 'x' });
  });
  const stream = open(t, server.url, GET);
  const attempts = [];
  stream.on('attempt', (info) => attempts.push(info));
  await record(stream);
  assert.deepEqual(attempts, [
    { attempt: 1, lastEventId: '' },
    { attempt: 2, lastEventId: '1' },
    { attempt: 3, lastEventId: '2' },
  ]);
});

test('`stats.errors` keeps the last failures, and `errorCount` counts them all', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(503));
  const stream = open(t, server.url, { retry: { ...FAST, attempts: 19 } });
  await next(stream, 'close');
  const { errors, errorCount } = stream.stats;
  assert.equal(errorCount, 20);
  assert.deepEqual(
    errors.map(({ attempt }) => attempt),
    Array.from({ length: 16 }, (_, index) => index + 5),
  );
  const times = errors.map(({ at }) => at);
  assert.deepEqual(times, [...times].sort());
});

/** A handler for which the second request on a connection meets a reset before the head. */
function breaking() {
  const connections = new Set();
  return (exchange) => {
    const { connection } = exchange.request;
    if (connections.has(connection)) return exchange.reset();
    connections.add(connection);
    return exchange.event({ data: '[DONE]' });
  };
}

test('a pooled connection that breaks as it is used again costs a GET neither a wait nor an attempt', async (t) => {
  const server = await serve(t, breaking());
  const options = { terminal: '[DONE]', retry: { baseDelay: 3_600_000, maxDelay: 3_600_000 } };
  for (const asked of [1, 3, 5]) {
    const stream = open(t, server.url, options);
    const { close, names } = await record(stream);
    assert.equal(close.reason, 'terminal');
    assert.ok(!names.includes('retry'));
    assert.equal(stream.stats.attempts, 1);
    assert.equal(server.requests.length, asked);
  }
  // Not a POST, on which the server may have acted.
  const { close } = await record(open(t, server.url, { ...options, method: 'POST', body: 'x' }));
  assert.equal(close.error.code, 'ERR_SSE_CONNECT');
  assert.equal(server.requests.length, 6);
});

test('a pooled connection that breaks under an unsafe POST costs an attempt, but no wait', async (t) => {
  const server = await serve(t, breaking());
  const post = (more) =>
    open(t, server.url, {
      ...{ method: 'POST', body: 'x', terminal: '[DONE]' },
      retry: { baseDelay: 3_600_000, maxDelay: 3_600_000, unsafe: true, ...more },
    });
  await record(post());
  const stream = post();
  const { close, of } = await record(stream);
  assert.equal(close.reason, 'terminal');
  assert.deepEqual(
    of('retry').map(({ attempt, delay }) => [attempt, delay]),
    [[1, 0]],
  );
  assert.equal(stream.stats.attempts, 2);
  assert.equal(server.requests.length, 3);
  // The policy has the last word.
  const { close: refused } = await record(post({ attempts: 0 }));
  assert.equal(refused.error.code, 'ERR_SSE_CONNECT');
  assert.equal(server.requests.length, 4);
});
