'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { connect, SSEError } = require('perennial-sse/browser');
const { runChild } = require('./support/child.js');
const { deferred, until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

const PATIENCE_MS = 20_000;
/** A wait as short as tests may have it. */
const QUICK = { baseDelay: 1 };

describe('connect() for browsers', () => {
  let server;
  before(async () => {
    server = await startServer((exchange) => exchange.status(404));
  });
  after(() => server.close());

  /** Hears a whole stream. */
  async function hear(options, path = '/events') {
    const stream = connect(`${server.url}${path}`, options);
    const heard = [];
    const retries = [];
    stream.on('event', ({ data }) => heard.push(data)).on('retry', (retry) => retries.push(retry));
    const over = await within(
      stream.closed.catch((error) => ({ error })),
      PATIENCE_MS,
      'the end of the stream',
    );
    return { stream, heard, retries, over };
  }

  /** Sends one event, and nothing more. */
  async function speakOnce(exchange) {
    await exchange.event({ data: 'x' });
    await exchange.stall();
  }

  /** The requests that a handler sees. */
  function serve(handler) {
    const seen = [];
    server.handle((exchange) => {
      seen.push(exchange.request);
      return handler(exchange, seen.length);
    });
    return seen;
  }

  test('a GET that is cut goes on after its last id, until its terminal event', async () => {
    const seen = serve(async (exchange, turn) => {
      await exchange.event({ id: `é ${turn}`, data: `${turn}` });
      if (turn < 3) await exchange.reset();
      else await exchange.event({ data: '[DONE]' });
    });
    const { heard, over, retries, stream } = await hear({ terminal: '[DONE]', retry: QUICK });
    assert.deepEqual(heard, ['1', '2', '3', '[DONE]']);
    assert.deepEqual(over, { reason: 'terminal' });
    assert.deepEqual(
      retries.map(({ error }) => error.code),
      ['ERR_SSE_RESET', 'ERR_SSE_RESET'],
    );
    const sent = seen.map(({ headers }) => headers['last-event-id']);
    assert.deepEqual(sent, [undefined, 'é 1', 'é 2']);
    assert.equal(stream.readyState, stream.CLOSED);
    assert.equal(stream.stats.retries, 2);
  });

  test('the id goes into the query where the caller wants it', async () => {
    const seen = serve(async (exchange, turn) => {
      if (turn === 2) return exchange.status(204);
      await exchange.event({ id: 'a b', data: '1' });
      return exchange.end();
    });
    const { over } = await hear({ resume: { query: 'after' }, retry: QUICK }, '/events?x=1');
    assert.deepEqual(over, { reason: 'no-content' });
    assert.deepEqual(
      seen.map(({ path, headers }) => [path, headers['last-event-id']]),
      [
        ['/events?x=1', undefined],
        ['/events?x=1&after=a+b', undefined],
      ],
    );
  });

  test('an id that cannot be sent is not resumed after, and its event is delivered', async () => {
    const seen = serve(async (exchange, turn) => {
      if (turn === 2) return exchange.status(204);
      await exchange.event({ id: '1', data: 'one' });
      await exchange.event({ id: 'x'.repeat(5000), data: 'two' });
      return exchange.end();
    });
    const { heard } = await hear({ retry: QUICK });
    assert.deepEqual(heard, ['one', 'two']);
    assert.equal(seen[1].headers['last-event-id'], '1');
  });

  test('an event without its blank line is asked for again, unless it is the last one', async () => {
    const seen = serve(async (exchange, turn) => {
      await exchange.event({ id: turn, data: `${turn}` });
      const data = turn === 1 ? '2' : '[DONE]';
      await exchange.write(`id: ${turn + 1}\ndata: ${data}`);
      return exchange.end();
    });
    const { heard, over } = await hear({ retry: QUICK, terminal: '[DONE]' });
    assert.deepEqual(heard, ['1', '2', '[DONE]']);
    assert.deepEqual(over, { reason: 'terminal' });
    assert.equal(seen[1].headers['last-event-id'], '1');
    serve(async (exchange) => {
      await exchange.write('data: whole\n\ndata: half');
      await exchange.end();
    });
    assert.deepEqual((await hear({ method: 'POST' })).heard, ['whole']);
    assert.deepEqual((await hear({ method: 'POST', incomplete: 'deliver' })).heard, [
      'whole',
      'half',
    ]);
  });

  test('a POST is complete at its end, and carries one key for all of its attempts', async () => {
    const seen = serve(async (exchange, turn) => {
      if (turn === 1) return exchange.status(429, { 'retry-after': '0.01' });
      await exchange.event({ data: 'answer' });
      return exchange.end();
    });
    const { heard, over } = await hear({ body: { question: 1 }, retry: QUICK });
    assert.deepEqual(heard, ['answer']);
    assert.deepEqual(over, { reason: 'end' });
    const [first, second] = seen.map(({ headers }) => headers['idempotency-key']);
    assert.match(first, /^[0-9a-f]{32}$/);
    assert.equal(first, second);
    assert.equal(seen[0].headers['content-type'], 'application/json');
    assert.equal(seen[0].body.toString(), '{"question":1}');
  });

  test('a POST that ends without its terminal event is truncated, one that breaks is not repeated', async () => {
    const seen = serve(async (exchange, turn) => {
      await exchange.event({ data: 'half' });
      return turn === 1 ? exchange.end() : exchange.reset();
    });
    const truncated = await hear({ body: 'x', terminal: '[DONE]' });
    assert.equal(truncated.over.error.code, 'ERR_SSE_TRUNCATED');
    const broken = await hear({ body: 'x', terminal: '[DONE]' });
    assert.equal(broken.over.error.code, 'ERR_SSE_RESET');
    assert.equal(broken.over.error.exhausted, false);
    assert.equal(seen.length, 2);
  });

  test('what is no stream is an error that says what it is', async () => {
    const cases = [
      [
        (exchange) => exchange.status(401, {}, 'who?'),
        'ERR_SSE_STATUS',
        { status: 401, body: 'who?' },
      ],
      [(exchange) => exchange.status(404), 'ERR_SSE_STATUS', { status: 404 }],
      [
        (exchange) => exchange.status(200, { 'content-type': 'text/html' }, '<p>'),
        'ERR_SSE_CONTENT_TYPE',
        { status: 200, body: '<p>' },
      ],
      [
        (exchange) => exchange.status(200, { 'content-type': 'application/json' }, '{}'),
        'ERR_SSE_CONTENT_TYPE',
        { status: 200 },
      ],
    ];
    for (const [answer, code, members] of cases) {
      serve(answer);
      const { over } = await hear({});
      assert.ok(over.error instanceof SSEError);
      assert.equal(over.error.code, code);
      for (const [name, value] of Object.entries(members)) {
        assert.equal(over.error[name], value, `${code}, ${name}`);
      }
      assert.equal(over.error.retryable, false);
    }
  });

  test('a request with a body or headers of the caller follows no redirect', async () => {
    for (const options of [{ body: 'x' }, { headers: { 'x-token': 'secret' } }]) {
      const seen = serve((exchange) => exchange.status(307, { location: '/elsewhere' }));
      const { over } = await hear(options);
      assert.equal(over.error.code, 'ERR_SSE_REDIRECT');
      assert.equal(seen.length, 1);
    }
    const seen = serve((exchange, turn) =>
      turn === 1 ? exchange.status(307, { location: '/elsewhere' }) : exchange.status(204),
    );
    assert.deepEqual((await hear({})).over, { reason: 'no-content' });
    assert.equal(seen[1].path, '/elsewhere');
  });

  test('Retry-After is waited for, and a wait is told', async () => {
    serve((exchange, turn) =>
      turn === 1 ? exchange.status(503, { 'retry-after': '0.02' }) : exchange.status(204),
    );
    const { retries } = await hear({ retry: QUICK });
    assert.equal(retries.length, 1);
    const [{ attempt, maxAttempts, delay, recovery, error }] = retries;
    assert.deepEqual([attempt, maxAttempts, recovery], [1, null, false]);
    assert.ok(delay >= 20 && delay <= 22, `${delay}`);
    assert.equal(error.retryAfter, 20);
  });

  test('retry: 0 of a server is a second, unless the caller wants less', async () => {
    serve(async (exchange, turn) => {
      if (turn === 2) return exchange.status(204);
      await exchange.write('retry: 0\ndata: x\n\n');
      return exchange.end();
    });
    const stream = connect(`${server.url}/events`);
    stream.on('event', () => {});
    const told = deferred();
    stream.on('retry', told.resolve);
    const { delay } = await within(told.promise, PATIENCE_MS, 'the wait');
    stream.close();
    assert.ok(delay >= 1000, `${delay}`);
  });

  test('deadlines: headers, idle, event and total', async () => {
    for (const [phase, handler] of [
      ['headers', (exchange) => exchange.stall()],
      ['idle', speakOnce],
      [
        'event',
        async (exchange) => {
          for (;;) await exchange.event({ event: 'ping', data: '' });
        },
      ],
      ['total', speakOnce],
    ]) {
      serve(handler);
      const limit = phase === 'event' ? { ms: 50, ignore: ['ping'] } : 50;
      const { over } = await hear({ retry: false, timeouts: { [phase]: limit } });
      assert.equal(over.error?.code, 'ERR_SSE_TIMEOUT', phase);
      assert.equal(over.error.phase, phase);
    }
  });

  test('functions give url, headers and body of each attempt', async () => {
    const seen = serve((exchange, turn) =>
      turn === 1 ? exchange.status(429) : exchange.status(204),
    );
    const contexts = [];
    const stream = connect(({ attempt }) => `${server.url}/turn/${attempt}`, {
      method: 'POST',
      headers: async (context) => {
        contexts.push(context);
        return { 'x-attempt': context.attempt };
      },
      body: ({ attempt }) => ({ attempt }),
      retry: QUICK,
    });
    await within(stream.closed, PATIENCE_MS, 'the end');
    assert.deepEqual(
      seen.map(({ path, headers, body }) => [path, headers['x-attempt'], body.toString()]),
      [
        ['/turn/1', '1', '{"attempt":1}'],
        ['/turn/2', '2', '{"attempt":2}'],
      ],
    );
    assert.equal(contexts[0].error, null);
    assert.equal(contexts[1].error.code, 'ERR_SSE_STATUS');
    const { over } = await hear({ headers: () => Promise.reject(new Error('no token')) });
    assert.equal(over.error.code, 'ERR_SSE_CALLBACK');
    assert.equal(over.error.cause.message, 'no token');
  });

  test('shouldRetry overrules the table within its bounds', async () => {
    const seen = serve((exchange) => exchange.status(404));
    const asked = [];
    const { over } = await hear({
      retry: { ...QUICK, attempts: 1 },
      shouldRetry: async (error, context) => {
        asked.push([error.code, context.attempt, context.retry]);
        return true;
      },
    });
    assert.equal(over.error.exhausted, true);
    assert.equal(seen.length, 2);
    assert.deepEqual(asked, [
      ['ERR_SSE_STATUS', 1, false],
      ['ERR_SSE_STATUS', 2, false],
    ]);
  });

  test('dedupe drops a replay, and counts it', async () => {
    serve(async (exchange, turn) => {
      for (const id of turn === 1 ? [1, 2, 3] : [2, 3, 4]) {
        await exchange.event({ id, data: `${id}` });
      }
      if (turn === 1) return exchange.reset();
      return exchange.event({ data: '[DONE]' });
    });
    const { heard, stream } = await hear({ dedupe: true, terminal: '[DONE]', retry: QUICK });
    assert.deepEqual(heard, ['1', '2', '3', '4', '[DONE]']);
    assert.equal(stream.stats.duplicates, 2);
  });

  test('an iterator takes at its own pace: a server that sends on is not read', async () => {
    let exchange;
    const data = 'x'.repeat(64 * 1024);
    serve(async (given) => {
      exchange = given;
      for (;;) await given.event({ data });
    });
    const stream = connect(`${server.url}/events`, { mailbox: { events: 4 } });
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    await until(() => exchange.blocked, PATIENCE_MS, 'the server to be kept waiting');
    for (let count = 0; count < 20; count++) {
      assert.equal((await within(events.next(), PATIENCE_MS, 'an event')).value.data, data);
    }
    assert.throws(() => stream[Symbol.asyncIterator](), { code: 'ERR_SSE_LOCKED' });
    await events.return();
    await within(exchange.closed, PATIENCE_MS, 'the end of the connection');
    assert.deepEqual(await stream.closed, { reason: 'closed' });
  });

  test('events wait for the first listener, and an end for the events before it', async () => {
    serve(async (exchange) => {
      await exchange.event({ id: '7', data: 'x', event: 'named' });
      await exchange.end();
    });
    const stream = connect(`${server.url}/events`, { method: 'POST' });
    await within(stream.opened, PATIENCE_MS, 'the opening');
    assert.equal(stream.lastEventId, '');
    const heard = [];
    stream.on('event:named', (event) => heard.push(event));
    assert.deepEqual(await within(stream.closed, PATIENCE_MS, 'the end'), { reason: 'end' });
    assert.deepEqual(heard, [{ event: 'named', data: 'x', id: '7', lastEventId: '7' }]);
    assert.equal(stream.lastEventId, '7');
  });

  test('a signal ends everything with its reason', async () => {
    let exchange;
    serve((given) => {
      exchange = given;
      return speakOnce(given);
    });
    const stopping = new AbortController();
    const stream = connect(`${server.url}/events`, { signal: stopping.signal });
    const events = stream[Symbol.asyncIterator]();
    await within(events.next(), PATIENCE_MS, 'an event');
    const reason = new Error('left');
    const next = events.next();
    stopping.abort(reason);
    await assert.rejects(next, reason);
    await assert.rejects(stream.closed, reason);
    assert.deepEqual(await events.next(), { value: undefined, done: true });
    await within(exchange.closed, PATIENCE_MS, 'the end of the connection');
    const early = connect(`${server.url}/events`, { signal: AbortSignal.abort(reason) });
    await assert.rejects(early.opened, reason);
  });

  test('a listener that throws surfaces, and the others hear the event', async () => {
    serve(async (exchange) => {
      await exchange.event({ data: 'x' });
      await exchange.event({ data: 'y' });
      await exchange.end();
    });
    const { stdout, stderr } = await runChild('-e', {
      args: [
        `const { connect } = require('perennial-sse/browser');
        process.on('uncaughtException', ({ message }) => console.log('surfaced', message));
        connect(process.argv[1], { method: 'POST' })
          .once('event', () => { throw new Error('mine'); })
          .on('event', ({ data }) => console.log('heard', data));`,
        `${server.url}/events`,
      ],
    });
    assert.deepEqual(
      stdout.split('\n').sort(),
      ['', 'heard x', 'heard y', 'surfaced mine'],
      stderr,
    );
  });

  test('reconnect() connects at once, also in the middle of a wait', async () => {
    const seen = serve((exchange, turn) =>
      turn === 1 ? exchange.status(503) : speakOnce(exchange),
    );
    const stream = connect(`${server.url}/events`, {
      retry: { baseDelay: 3_600_000, maxDelay: 3_600_000 },
    });
    const waits = deferred();
    stream.on('retry', waits.resolve);
    await within(waits.promise, PATIENCE_MS, 'the wait');
    assert.equal(stream.retryState.state, 'waiting');
    stream.reconnect();
    await within(stream.opened, PATIENCE_MS, 'the opening');
    stream.close();
    assert.equal(seen.length, 2);
  });
});

describe('what connect() for browsers refuses at once', () => {
  for (const missing of ['fetch', 'ReadableStream']) {
    test(`a browser without ${missing}`, async () => {
      const { stdout, stderr } = await runChild('-e', {
        args: [
          `const { connect } = require('perennial-sse/browser');
          delete globalThis.${missing};
          try { connect('http://localhost/'); } catch ({ code, message }) { console.log(code, message); }`,
        ],
      });
      assert.match(
        stdout,
        /^ERR_SSE_REQUEST connect\(\) needs fetch\(\) and ReadableStream/,
        stderr,
      );
    });
  }

  const url = 'http://127.0.0.1/';
  const wrong = [
    [['events'], /^url must be absolute/],
    [['ftp://a/'], /^url must start with http/],
    [['http://u:p@a/'], /^url must not hold a user name/],
    [[5], /^url must be a string/],
    ...['pool', 'affinity', 'tls', 'proxy', 'http2', 'maxRedirects'].map((name) => [
      [url, { [name]: 1 }],
      new RegExp(`^${name} cannot be set in a browser`),
    ]),
    [[url, { timeouts: { connect: 1 } }], /^timeouts\.connect cannot be set in a browser/],
    [[url, { unknown: 1 }], /^unknown option "unknown"/],
    [[url, { method: 'GET', body: 'x' }], /^body cannot be sent with GET/],
    [[url, { body: new Map() }], /^body must be/],
    [[url, { headers: { 'a b': 'x' } }], /^the header "a b"/],
    [[url, { headers: { a: 'x\ny' } }], /^the header "a"/],
    [[url, { headers: { a: {} } }], /^the header "a" must be a string/],
    [[url, { headers: 'x' }], /^headers must be/],
    [[url, { lastEventId: 'a\nb' }], /^lastEventId must not hold control/],
    [[url, { lastEventId: 'x'.repeat(4097) }], /^lastEventId .* 4096 bytes/],
    [[url, { retry: true }], /^retry must be/],
    [[url, { retry: { attempts: -1 } }], /^retry\.attempts must be/],
    [[url, { retry: { attempts: 1.5 } }], /^retry\.attempts must be/],
    [[url, { retry: { jitter: 'some' } }], /^retry\.jitter must be/],
    [[url, { retry: { jitter: { ratio: 2 } } }], /^retry\.jitter\.ratio must be/],
    [[url, { retry: { minDelay: 10, maxDelay: 1 } }], /^retry\.minDelay must be/],
    [[url, { retry: { statuses: [1] } }], /^retry\.statuses\[0\] must be/],
    [[url, { retryRange: { min: 'x' } }], /^retryRange\.min must be/],
    [[url, { timeouts: { idle: 0 } }], /^timeouts\.idle must be/],
    [[url, { timeouts: { event: { ms: 'x' } } }], /^timeouts\.event\.ms must be/],
    [[url, { terminal: {} }], /^terminal must have/],
    [[url, { terminal: [] }], /^terminal must not be an empty array/],
    [[url, { terminal: [5] }], /^terminal\[0\] must be/],
    [[url, { shouldRetry: 1 }], /^shouldRetry must be a function/],
    [[url, { signal: {} }], /^signal must be an AbortSignal/],
    [[url, { resume: 'body' }], /^resume must be/],
    [[url, { credentials: 'all' }], /^credentials must be/],
    [[url, { pauseWhenHidden: 'no' }], /^pauseWhenHidden must be true or false/],
    [[url, { dedupe: 1 }], /^dedupe must be true or false/],
    [[url, { mailbox: { events: 0 } }], /^mailbox\.events must be/],
    [[url, { maxEventSize: 0 }], /^maxEventSize must be/],
    [[url, { incomplete: 'keep' }], /^incomplete must be/],
  ];
  for (const [given, message] of wrong) {
    test(String(message), () => {
      assert.throws(
        () => connect(...given),
        (error) => error.code === 'ERR_SSE_OPTION' && message.test(error.message),
      );
    });
  }
});
