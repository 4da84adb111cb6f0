'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FAST, iterate, next, open, record, serve } = require('./support/client.js');

/** Refuses as many requests, then completes. */
async function flaky(t, refusals, status = 503) {
  const server = await serve(t, (exchange) => {
    if (server.requests.length <= refusals) return exchange.status(status);
    return exchange.event({ data: '[DONE]' });
  });
  return server;
}

const OPTIONS = { retry: FAST, terminal: '[DONE]' };

test('`url`, `headers` and `body` are computed for every attempt', async (t) => {
  const server = await flaky(t, 2);
  const contexts = [];
  const stream = open(
    t,
    async (context) => {
      contexts.push(context);
      return new URL(`${server.url}/${context.attempt}`);
    },
    {
      ...OPTIONS,
      retry: { ...FAST, unsafe: true },
      method: 'POST',
      headers: ({ attempt }) => ({ 'x-attempt': attempt, 'x-none': undefined }),
      body: async ({ attempt }) => ({ attempt }),
      lastEventId: 'start',
    },
  );
  assert.equal(stream.url, '');
  assert.deepEqual(await iterate(stream), { data: ['[DONE]'], error: undefined });
  assert.equal(stream.url, `${server.url}/3`);
  assert.deepEqual(
    server.requests.map(({ path, headers, body }) => [path, headers['x-attempt'], String(body)]),
    [1, 2, 3].map((attempt) => [`/${attempt}`, String(attempt), `{"attempt":${attempt}}`]),
  );
  for (const { headers } of server.requests) {
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['last-event-id'], 'start');
    assert.ok(!('x-none' in headers));
  }
  assert.deepEqual(
    contexts.map(({ attempt, lastEventId, error }) => [attempt, lastEventId, error?.status]),
    [
      [1, 'start', undefined],
      [2, 'start', 503],
      [3, 'start', 503],
    ],
  );
  assert.equal(contexts[0].error, null);
  assert.equal(contexts[1].error.code, 'ERR_SSE_STATUS');
});

test('after a clean end the context holds no error, but the last id', async (t) => {
  const server = await serve(t, (exchange) => {
    if (server.requests.length > 1) return exchange.event({ data: '[DONE]' });
    return exchange.event({ id: 7, data: 'x' });
  });
  const contexts = [];
  const headers = (context) => {
    contexts.push(context);
    return [['authorization', `Bearer ${contexts.length}`]];
  };
  await iterate(open(t, server.url, { ...OPTIONS, headers }));
  assert.deepEqual(contexts[1], { attempt: 2, lastEventId: '7', error: null });
  const sent = server.requests.map((request) => request.headers.authorization);
  assert.deepEqual(sent, ['Bearer 1', 'Bearer 2']);
});

test('a slow callback is awaited, and no request is made before its answer', async (t) => {
  const server = await flaky(t, 0);
  let answer;
  const asked = new Promise((resolve) => {
    answer = { asked: resolve };
  });
  const headers = () =>
    new Promise((resolve) => {
      answer.give = () => resolve({ 'x-late': 'yes' });
      answer.asked();
    });
  const stream = open(t, server.url, { ...OPTIONS, headers });
  const iterating = iterate(stream);
  await asked;
  assert.equal(stream.retryState.state, 'preparing (attempt 1)');
  assert.equal(server.connections.length, 0);
  answer.give();
  assert.deepEqual((await iterating).data, ['[DONE]']);
  assert.equal(server.requests[0].headers['x-late'], 'yes');
});

const thrown = new Error('no token');
for (const name of ['url', 'headers', 'body']) {
  for (const [how, callback] of [
    [
      'throws',
      () => {
        throw thrown;
      },
    ],
    ['rejects', () => Promise.reject(thrown)],
  ]) {
    test(`a \`${name}\` function that ${how} ends the stream, with the cause`, async (t) => {
      const server = await flaky(t, 0);
      const url = name === 'url' ? callback : server.url;
      const options = name === 'url' ? {} : { [name]: callback, method: 'POST' };
      const { close, names } = await record(open(t, url, { ...OPTIONS, ...options }));
      assert.deepEqual(names, ['error', 'close']);
      assert.equal(close.error.code, 'ERR_SSE_CALLBACK');
      assert.equal(close.error.name, 'SSECallbackError');
      assert.equal(close.error.phase, 'prepare');
      assert.equal(close.error.retryable, false);
      assert.equal(close.error.cause, thrown);
      assert.equal(server.connections.length, 0);
    });
  }
}

test('a falsy value thrown by a callback is the cause, too', async (t) => {
  const headers = () => Promise.reject(null);
  const { close } = await record(open(t, 'http://127.0.0.1:9', { headers }));
  assert.equal(close.error.code, 'ERR_SSE_CALLBACK');
  assert.ok('cause' in close.error);
  assert.equal(close.error.cause, null);
});

test('a callback that answers nonsense ends the stream and says what is wrong', async (t) => {
  for (const [url, options, message] of [
    [() => '/relative', {}, /url/],
    [() => undefined, {}, /url/],
    ['http://127.0.0.1:9', { headers: () => ({ 'x-bad': 'a\r\nb' }) }, /x-bad/],
    ['http://127.0.0.1:9', { headers: () => ({ 'last-event-id': '1' }) }, /last-event-id/],
    ['http://127.0.0.1:9', { method: 'POST', body: () => 5 }, /body/],
  ]) {
    const { close } = await record(open(t, url, options));
    assert.equal(close.error.code, 'ERR_SSE_CALLBACK');
    assert.equal(close.error.cause.code, 'ERR_SSE_OPTION');
    assert.match(close.error.cause.message, message);
  }
});

test('a callback that never answers is bounded by `timeouts.connect`', async (t) => {
  const server = await flaky(t, 1);
  const never = () => new Promise(() => {});
  for (const [url, options] of [
    [never, {}],
    [server.url, { headers: never }],
    [server.url, { shouldRetry: never }],
  ]) {
    const stream = open(t, url, { ...OPTIONS, ...options, timeouts: { connect: 300 } });
    const { close } = await record(stream);
    assert.equal(close.error.code, 'ERR_SSE_CALLBACK');
    assert.match(close.error.message, /300 ms/);
  }
  assert.equal(server.requests.length, 1);
});

test('closing while a callback is asked is the end', async (t) => {
  const server = await flaky(t, 0);
  let give;
  const headers = () =>
    new Promise((resolve) => {
      give = () => resolve({});
      stream.close();
    });
  const stream = open(t, server.url, { headers });
  assert.deepEqual(await next(stream, 'close'), { reason: 'closed' });
  give();
  await assert.rejects(server.connection(0, 100), /waited/);
});

test('`shouldRetry` sees each failure and what `retry` would do', async (t) => {
  const server = await flaky(t, 2);
  const asked = [];
  const shouldRetry = (error, context) => {
    asked.push([error.code, error.status, context]);
  };
  await iterate(open(t, server.url, { ...OPTIONS, shouldRetry, lastEventId: 'a' }));
  assert.deepEqual(asked, [
    ['ERR_SSE_STATUS', 503, { attempt: 1, lastEventId: 'a', retry: true }],
    ['ERR_SSE_STATUS', 503, { attempt: 2, lastEventId: 'a', retry: true }],
  ]);
});

test('`shouldRetry` is not asked about a clean end', async (t) => {
  const server = await serve(t, (exchange) => {
    if (server.requests.length > 1) return exchange.event({ data: '[DONE]' });
    return exchange.event({ data: 'x' });
  });
  let asked = 0;
  const shouldRetry = () => {
    asked++;
    return false;
  };
  const { data } = await iterate(open(t, server.url, { ...OPTIONS, shouldRetry }));
  assert.deepEqual(data, ['x', '[DONE]']);
  assert.equal(asked, 0);
});

test('`true` retries what `retry` would not, such as one 401 for a fresh token', async (t) => {
  const server = await flaky(t, 1, 401);
  let token = 'old';
  const shouldRetry = async (error, { retry }) => {
    assert.equal(retry, false);
    if (error.status !== 401 || token === 'new') return undefined;
    token = 'new';
    return true;
  };
  const headers = () => ({ authorization: token });
  const { data } = await iterate(open(t, server.url, { ...OPTIONS, headers, shouldRetry }));
  assert.deepEqual(data, ['[DONE]']);
  const sent = server.requests.map((request) => request.headers.authorization);
  assert.deepEqual(sent, ['old', 'new']);
});

test('`undefined` leaves it to `retry`, `false` stops', async (t) => {
  const left = await flaky(t, 9, 401);
  const undecided = await record(open(t, left.url, { ...OPTIONS, shouldRetry: () => undefined }));
  assert.equal(undecided.close.error.status, 401);
  assert.equal(left.requests.length, 1);
  const stopped = await flaky(t, 9);
  const { close, names } = await record(
    open(t, stopped.url, { ...OPTIONS, shouldRetry: async () => false }),
  );
  assert.equal(close.error.status, 503);
  assert.deepEqual(names, ['error', 'close']);
  assert.equal(stopped.requests.length, 1);
});

test('bounds hold also for `true`', async (t) => {
  const server = await flaky(t, 99, 401);
  const retry = { ...FAST, attempts: 2 };
  const { close } = await record(open(t, server.url, { retry, shouldRetry: () => true }));
  assert.equal(close.error.status, 401);
  assert.equal(server.requests.length, 3);
});

test('a `shouldRetry` that throws ends the stream, with the cause', async (t) => {
  const server = await flaky(t, 9);
  const shouldRetry = () => {
    throw thrown;
  };
  const { close } = await record(open(t, server.url, { ...OPTIONS, shouldRetry }));
  assert.equal(close.error.code, 'ERR_SSE_CALLBACK');
  assert.equal(close.error.cause, thrown);
  assert.equal(server.requests.length, 1);
});

test('`terminal` as a function completes the stream at the event it names', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.write('data: 1\n\nevent: x\ndata: {"stop":true}\n\ndata: 2\n\n');
    await exchange.stall();
  });
  const events = [];
  const terminal = (event) => {
    events.push(event);
    return event.event === 'x' && JSON.parse(event.data).stop;
  };
  const { close, data } = await record(open(t, server.url, { method: 'POST', terminal }));
  assert.deepEqual(close, { reason: 'terminal' });
  assert.deepEqual(data, ['1', '{"stop":true}']);
  assert.equal(events.length, 2);
  assert.equal((await server.connections[0].closed).closedBy, 'client');
});

test('at the end of a body `terminal` is asked of every event first', async (t) => {
  const text = Array.from({ length: 200 }, (_, index) => `data: ${index}\n\n`).join('');
  const server = await serve(t, (exchange) => exchange.write(text));
  const options = { method: 'POST', terminal: ({ data }) => data === '199' };
  const complete = await iterate(open(t, server.url, options));
  assert.equal(complete.error, undefined);
  assert.equal(complete.data.length, 200);
  const cut = await iterate(open(t, server.url, { ...options, terminal: () => false }));
  assert.equal(cut.data.length, 200);
  assert.equal(cut.error.code, 'ERR_SSE_TRUNCATED');
});

test('a `terminal` function that throws ends the stream, with the cause', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.write('data: 1\n\ndata: 2\n\n');
    await exchange.stall();
  });
  const terminal = () => {
    throw thrown;
  };
  const { close, data } = await record(open(t, server.url, { terminal }));
  assert.equal(close.error.code, 'ERR_SSE_CALLBACK');
  assert.equal(close.error.cause, thrown);
  assert.equal(close.error.attempt, 1);
  assert.deepEqual(data, ['1']);
  assert.equal((await server.connections[0].closed).closedBy, 'client');
});
