'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { PassThrough } = require('node:stream');
const { test } = require('node:test');
const {
  EventSource,
  EventStreamDecoder,
  EventStreamDecoderStream,
  connect,
  encodeEvent,
} = require('../index.js');
const { PATIENCE_MS, iterate, next, open, serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { assertNoSecret } = require('./support/secrets.js');
const {
  NO_DELAYS,
  NO_SIZES,
  NO_TIMES,
  SECRET,
  SPECIAL,
  UNKNOWN,
  WRONG,
  nested,
  refused,
  shown,
} = require('./support/wrong-options.js');

/** Where the members of each interface of the contract are found in the options. */
const GROUPS = {
  ConnectOptions: '',
  RetryOptions: 'retry.',
  RetryRange: 'retryRange.',
  Timeouts: 'timeouts.',
  EventTimeout: 'timeouts.event.',
  TerminalPattern: 'terminal.',
  MailboxOptions: 'mailbox.',
  TLSOptions: 'tls.',
};

test('the table of wrong options knows every option of the contract', () => {
  const contract = readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');
  const known = [
    ...Object.keys(WRONG),
    ...SPECIAL.flatMap(([options]) => {
      return Object.entries(options).flatMap(([name, group]) => {
        return [name, ...Object.keys(Object(group)).map((member) => `${name}.${member}`)];
      });
    }),
    'timeouts.event.ignore',
  ];
  for (const [name, prefix] of Object.entries(GROUPS)) {
    const [, members] = new RegExp(`interface ${name} \\{\n([^]*?)\n\\}`).exec(contract);
    const options = [...members.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => prefix + member);
    assert.ok(options.length > 0);
    for (const option of options)
      assert.ok(known.includes(option), `${option} is not in the table`);
  }
});

test('every option of `connect` refuses what it cannot mean, at once, and nothing is dialled', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  for (const [name, values] of Object.entries(WRONG)) {
    for (const value of values) {
      const call = () => connect(server.url, nested(name, value));
      refused(call, name, shown(value), `${name}: ${shown(value)}`);
    }
  }
  for (const [options, name, got] of SPECIAL) {
    refused(() => connect(server.url, options), name, got, `${name} (${Object.keys(options)})`);
  }
  for (const name of UNKNOWN) {
    refused(() => connect(server.url, nested(name, 1)), `unknown option "${name}"`);
  }
  for (const options of ['x', 5, null, [], true, () => {}]) {
    refused(() => connect(server.url, options), 'options', shown(options));
  }
  // What dials does so on the next tick, and this stream came after all of them.
  const { data } = await iterate(open(t, server.url, { method: 'POST' }));
  assert.deepEqual(data, ['x']);
  assert.equal(server.connections.length, 1);
});

test('a URL that is none, or leads elsewhere than to the web, is refused without showing it', () => {
  const urls = [
    ...[undefined, null, 5, true, {}, [], Symbol('x')],
    ...['', '/events', '//example.com/', 'example.com', 'http://', `http://[${SECRET}`],
    ...[`ftp://user:${SECRET}@example.com/`, `file:///${SECRET}`, `data:,${SECRET}`],
    ...[`ws://example.com/?${SECRET}`, `HTTP//user:${SECRET}@example.com`],
    new URL(`ftp://user:${SECRET}@example.com/`),
  ];
  for (const url of urls) refused(() => connect(url), 'url', undefined, `url: ${typeof url}`);
});

test('`undefined` is as good as nothing, and the limits of each range are within it', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const absent = Object.keys(WRONG).filter(
    (name) => !/^method$|^terminal\.|jitter\.|event\.ms/.test(name),
  );
  const most = { attempts: 0xffff_ffff, factor: 1e308, maxDelay: Number.MAX_SAFE_INTEGER };
  const fine = [
    ...absent.map((name) => nested(name, undefined)),
    { method: undefined, body: undefined, terminal: 'x' },
    { retry: false },
    { retry: { attempts: null, elapsed: null, recoverAfter: null, statuses: [] } },
    { retry: { attempts: 0, baseDelay: 0, factor: 1, maxDelay: 0, minDelay: 0, resetAfter: 0 } },
    { retry: { ...most, statuses: [100, 599], jitter: { ratio: 1 } } },
    { retry: { jitter: { add: 0 } }, retryRange: { min: 0, max: 0 } },
    ...[0, 1].map((addRatio) => ({ retry: { jitter: { addRatio } } })),
    { timeouts: { connect: null, headers: null, idle: null, event: null, total: null } },
    { timeouts: { connect: Number.MAX_SAFE_INTEGER, event: { ms: null } } },
    { terminal: null, signal: null, body: null, headers: null, lastEventId: undefined },
    { maxEventSize: null, mailbox: { events: 1, bytes: 1 }, maxRedirects: 100 },
    { tls: { ca: null, cert: undefined, key: undefined } },
  ];
  for (const options of fine) {
    const stream = open(t, server.url, { method: 'POST', ...options });
    assert.deepEqual(
      await iterate(stream),
      { data: ['x'], error: undefined },
      Object.keys(options)[0],
    );
  }
  assert.equal(server.requests.length, fine.length);
});

test('options are copied: what the caller does to them later has no effect', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const headers = { 'x-key': 'before' };
  const body = Buffer.from('before');
  const stream = open(t, server.url, { headers, body });
  headers['x-key'] = 'after!';
  body.write('after!');
  await iterate(stream);
  const [request] = server.requests;
  assert.deepEqual([request.headers['x-key'], String(request.body)], ['before', 'before']);
});

test('what callbacks answer is checked as options are, and ends the stream', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const answers = [
    [() => '/relative', {}, 'url'],
    [() => `ftp://user:${SECRET}@example.com`, {}, 'url'],
    [server.url, { headers: () => ({ 'x-key': `${SECRET}\r\n` }) }, 'x-key'],
    [server.url, { headers: () => SECRET }, 'headers'],
    [server.url, { headers: () => ({ 'Last-Event-ID': '1' }) }, 'last-event-id'],
    [server.url, { method: 'POST', body: () => 5 }, 'body'],
  ];
  for (const [url, options, name] of answers) {
    const { error } = await iterate(open(t, url, options));
    assert.equal(error?.code, 'ERR_SSE_CALLBACK', name);
    assert.equal(error.cause?.code, 'ERR_SSE_OPTION', name);
    assert.ok(error.cause.message.includes(name), `${name} is not in "${error.cause.message}"`);
    assertNoSecret(error, [SECRET], name);
  }
  assert.equal(server.connections.length, 0);
});

test('text that is not ASCII goes out as UTF-8, and a lone surrogate as U+FFFD', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const headers = { 'x-latin': 'café', 'x-cjk': '日本', 'x-lone': 'a\ud800b' };
  await iterate(open(t, server.url, { method: 'POST', headers, lastEventId: 'é\ud800' }));
  const { headers: seen } = server.requests[0];
  assert.deepEqual(
    ['x-latin', 'x-cjk', 'x-lone', 'last-event-id'].map((name) => seen[name]),
    ['café', '日本', 'a\ufffdb', 'é\ufffd'],
  );
});

test('`EventSource` refuses wrong extensions and ignores members it does not know', async (t) => {
  const server = await serve(t, (exchange) => exchange.stall(exchange.head()));
  assert.throws(() => new EventSource('/relative'), { name: 'SyntaxError' });
  assert.throws(() => new EventSource(), TypeError);
  const wrong = ['method', 'signal', 'retry', 'retry.baseDelay', 'timeouts.idle', 'tls'];
  for (const name of wrong) {
    for (const value of WRONG[name].filter((value) => name !== 'signal' || value !== null)) {
      const call = () => new EventSource(server.url, nested(name, value));
      refused(call, name, shown(value), `${name}: ${shown(value)}`);
    }
  }
  refused(() => new EventSource(server.url, { headers: { 'x-key': `${SECRET}\n` } }), 'x-key');
  refused(() => new EventSource(server.url, { body: SECRET, method: 'GET' }), 'body');
  const source = new EventSource(server.url, { withCredentials: 1, dedupe: 'what?', other: {} });
  t.after(() => source.close());
  await within(
    new Promise((resolve) => {
      source.onopen = resolve;
    }),
    PATIENCE_MS,
    '"open"',
  );
  assert.equal(server.connections.length, 1);
});

test('the decoder and the encoder refuse what is wrong, and say it', () => {
  const onEvent = () => {};
  for (const value of [undefined, null, 5, 'x', {}]) {
    refused(() => new EventStreamDecoder({ onEvent: value }), 'onEvent', shown(value));
  }
  for (const name of ['onComment', 'onRetry']) {
    refused(() => new EventStreamDecoder({ onEvent, [name]: 5 }), name, '5');
    refused(() => new EventStreamDecoderStream({ [name]: 5 }), name, '5');
  }
  for (const value of [...NO_SIZES, 2 ** 32]) {
    refused(() => new EventStreamDecoder({ onEvent, maxEventSize: value }), 'maxEventSize');
    refused(() => new EventStreamDecoderStream({ maxEventSize: value }), 'maxEventSize');
  }
  refused(() => new EventStreamDecoder({ onEvent, onend: 1 }), 'unknown option "onend"');
  refused(() => new EventStreamDecoder(null), 'options', 'null');
  refused(() => new EventStreamDecoderStream({ onEvent }), 'onEvent');
  const decoder = new EventStreamDecoder({ onEvent });
  for (const value of ['data: x', null, 5, [1]]) {
    refused(() => decoder.feed(value), 'bytes', shown(value));
  }
  for (const value of [undefined, null, 5, 'x']) refused(() => encodeEvent(value), 'event');
  for (const name of ['data', 'event', 'id', 'comment']) {
    refused(() => encodeEvent({ data: 'x', [name]: 5 }), name, 'number');
  }
  for (const value of [-1, 1.5, Number.NaN, '5', null, 2 ** 53]) {
    refused(() => encodeEvent({ retry: value }), 'retry', String(value));
  }
  for (const name of ['event', 'id']) {
    for (const mark of ['\n', '\r', '\0']) {
      refused(() => encodeEvent({ data: 'x', [name]: `a${mark}data: b` }), name);
    }
  }
});

test('`toReadableStream` refuses wrong options without taking the stream', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const stream = open(t, server.url, { method: 'POST' });
  for (const value of NO_TIMES) {
    refused(() => stream.toReadableStream({ heartbeat: value }), 'heartbeat', shown(value));
  }
  refused(() => stream.toReadableStream({ decideWithin: 5 }), 'decideWithin');
  for (const request of [null, 5, 'GET', {}, { method: 5 }]) {
    const error = await stream.toResponse(request, {}).catch((reason) => reason);
    assert.equal(error.code, 'ERR_SSE_OPTION');
    assert.match(error.message, /^request must be a Request/);
  }
  assert.equal((await next(stream, 'event')).data, 'x');
});

test('`toResponse` and `pipe` reject wrong options without taking the stream', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const wrong = [
    ...NO_DELAYS.map((value) => [{ decideWithin: value }, 'decideWithin', shown(value)]),
    ...NO_TIMES.map((value) => [{ heartbeat: value }, 'heartbeat', shown(value)]),
    [{ within: 5 }, 'unknown option "within"'],
    [null, 'options', 'null'],
  ];
  for (const [options, name, got] of wrong) {
    const stream = open(t, server.url, { method: 'POST' });
    for (const call of [
      () => stream.toResponse(options),
      () => stream.toResponse({ method: 'GET' }, options),
      () => stream.pipe(new PassThrough(), options),
    ]) {
      const error = await call().catch((reason) => reason);
      refused(
        () => {
          throw error;
        },
        name,
        got,
        `${name}: ${got}`,
      );
    }
    assert.equal((await next(stream, 'event')).data, 'x');
  }
});
