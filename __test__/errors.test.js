'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');
const perennial = require('../index.js');
const { ERROR_CLASSES } = require('../lib/core/error-classes.js');
const { open, record, serve } = require('./support/client.js');

const { SSEError } = perennial;
const TLS = path.join(__dirname, 'support', 'tls');
const pem = (name) => readFileSync(path.join(TLS, `${name}.pem`));
const SECRET = 'hunter2';

/** The failure that ends a stream which is not to try again. */
async function failure(t, url, options) {
  const { close } = await record(open(t, url, { retry: false, ...options }));
  assert.equal(close.reason, 'error');
  return close.error;
}

/** A URL with secrets in all the places where people put them. */
const secretive = (url) => `${url.replace('://', `://me:${SECRET}@`)}/p?key=${SECRET}#${SECRET}`;

const cases = [
  {
    code: 'ERR_SSE_CONNECT',
    what: 'a refused connection',
    name: 'SSEConnectError',
    expected: { phase: 'connect', retryable: true },
    start: async (t) => {
      const server = await serve(t, () => {});
      await server.refuse();
      return server.url;
    },
    caused: true,
  },
  {
    code: 'ERR_SSE_CONNECT',
    what: 'a connection that closes before its response',
    name: 'SSEConnectError',
    expected: { phase: 'headers', retryable: true },
    handler: (exchange) => exchange.reset(),
    caused: true,
  },
  {
    code: 'ERR_SSE_CONNECT',
    what: 'an answer that is no HTTP',
    name: 'SSEConnectError',
    handler: async (exchange) => {
      await exchange.raw('+OK ready\r\n\r\n');
      exchange.connection.end();
      await exchange.stall();
    },
    caused: true,
  },
  {
    code: 'ERR_SSE_DNS',
    what: 'a name that does not exist',
    name: 'SSEConnectError',
    expected: { phase: 'connect', retryable: true },
    start: async () => 'http://nowhere.invalid',
    caused: true,
  },
  {
    code: 'ERR_SSE_TLS',
    what: 'a certificate that nobody vouches for',
    name: 'SSETLSError',
    expected: { phase: 'connect', retryable: false },
    handler: () => {},
    server: { tls: { key: pem('self-signed-key'), cert: pem('self-signed') } },
    caused: true,
  },
  {
    code: 'ERR_SSE_TIMEOUT',
    what: 'a response that does not begin',
    name: 'SSETimeoutError',
    expected: { phase: 'headers', retryable: true },
    handler: (exchange) => exchange.stall(),
    options: { timeouts: { headers: 100 } },
  },
  {
    code: 'ERR_SSE_STATUS',
    what: 'a status that may pass',
    name: 'SSEStatusError',
    expected: {
      phase: 'response',
      status: 503,
      body: 'later',
      retryable: true,
      retryAfter: 90_000,
    },
    headers: { 'x-trace': 't1', 'retry-after': '90' },
    handler: (exchange) => exchange.status(503, { 'x-trace': 't1', 'retry-after': '90' }, 'later'),
  },
  {
    code: 'ERR_SSE_STATUS',
    what: 'a status that will not',
    name: 'SSEStatusError',
    expected: { phase: 'response', status: 404, body: '', retryable: false },
    headers: {},
    handler: (exchange) => exchange.status(404),
  },
  {
    code: 'ERR_SSE_CONTENT_TYPE',
    what: 'a page',
    name: 'SSEContentTypeError',
    expected: { phase: 'response', status: 200, body: `<p>${'x'.repeat(1021)}`, retryable: false },
    headers: { 'content-type': 'text/html' },
    handler: (exchange) =>
      exchange.status(200, { 'content-type': 'text/html' }, `<p>${'x'.repeat(5000)}`),
  },
  {
    code: 'ERR_SSE_CONTENT_ENCODING',
    what: 'an encoding that nobody knows',
    name: 'SSEContentEncodingError',
    expected: { phase: 'response', retryable: false },
    handler: (exchange) => exchange.status(200, { 'content-encoding': 'x-own' }, 'data: x\n\n'),
  },
  {
    code: 'ERR_SSE_CONTENT_ENCODING',
    what: 'corrupt compression',
    name: 'SSEContentEncodingError',
    expected: { phase: 'body', retryable: true },
    handler: async (exchange) => {
      exchange.head(200, { 'content-encoding': 'gzip' });
      await exchange.write('this is not gzip at all');
    },
  },
  {
    code: 'ERR_SSE_REDIRECT',
    what: 'a redirect that goes nowhere',
    name: 'SSERedirectError',
    expected: { phase: 'response', retryable: false },
    handler: (exchange) => exchange.redirect(302, 'ftp://example.com/'),
  },
  {
    code: 'ERR_SSE_RESET',
    what: 'a reset in the middle',
    name: 'SSEResetError',
    expected: { phase: 'body', retryable: true },
    handler: async (exchange) => {
      await exchange.event({ data: 'x' });
      await exchange.sleep(150);
      await exchange.reset();
    },
    caused: true,
  },
  {
    code: 'ERR_SSE_TRUNCATED',
    what: 'a body shorter than it said',
    name: 'SSETruncatedError',
    expected: { phase: 'body', retryable: true, lastEventId: '4', events: 1, bytes: 15 },
    handler: async (exchange) => {
      exchange.head(200, {}, { framing: 'length', length: 100 });
      await exchange.write('id: 4\ndata: x\n\n');
      await exchange.truncate();
    },
    caused: true,
  },
  {
    code: 'ERR_SSE_SIZE',
    what: 'an event that is too large',
    name: 'SSESizeError',
    expected: { phase: 'body', retryable: false },
    handler: (exchange) => exchange.event({ data: 'x'.repeat(200) }),
    options: { maxEventSize: 100 },
  },
  {
    code: 'ERR_SSE_EXHAUSTED',
    what: 'an end without attempts left',
    name: 'SSEExhaustedError',
    expected: { phase: 'body', attempt: 2, retryable: true },
    // Events would be progress, which gives the attempts back.
    handler: (exchange) => exchange.comment('x'),
    options: { retry: { attempts: 1, baseDelay: 1, minDelay: 1 } },
  },
  {
    code: 'ERR_SSE_CALLBACK',
    what: 'a callback that throws',
    name: 'SSECallbackError',
    expected: { phase: 'prepare', retryable: false },
    handler: () => {},
    options: {
      headers() {
        throw new Error('no token');
      },
    },
    caused: true,
  },
];

for (const { code, what, name, expected, headers, caused, start, handler, ...more } of cases) {
  test(`${what} is ${code}, with all that is known`, async (t) => {
    const url = start ? await start(t) : (await serve(t, handler, more.server)).url;
    const error = await failure(t, secretive(url), more.options);
    assert.equal(error.code, code, error.stack);
    assert.equal(error.name, name);
    assert.ok(error instanceof perennial[name]);
    assert.ok(error instanceof SSEError);
    assert.ok(error instanceof Error);
    for (const [key, value] of Object.entries({ attempt: 1, ...expected })) {
      assert.equal(error[key], value, key);
    }
    assert.ok(['connect', 'headers', 'response', 'body', 'prepare'].includes(error.phase));
    assert.equal(error.url, `${url}/p?key=***`);
    if (headers) {
      assert.equal(Object.getPrototypeOf(error.headers), null);
      for (const [key, value] of Object.entries(headers)) assert.equal(error.headers[key], value);
    }
    if (caused) assert.ok(error.cause instanceof Error && error.cause.message.length > 0);
    assert.match(error.message, /^[a-z].*[^.\s]$/);
    for (const shown of [inspect(error, { depth: 9 }), JSON.stringify(error), error.stack]) {
      assert.ok(!shown.includes(SECRET), shown);
      assert.ok(!shown.includes(Buffer.from(`me:${SECRET}`).toString('base64')), shown);
    }
  });
}

test('headers of a refusal can be read, and are not printed', async (t) => {
  const server = await serve(t, (exchange) =>
    exchange.status(401, [
      ['set-cookie', `session=${SECRET}`],
      ['set-cookie', 'b=c'],
      ['__proto__', 'x'],
    ]),
  );
  const error = await failure(t, server.url);
  assert.equal(error.headers['set-cookie'], `session=${SECRET}, b=c`);
  assert.equal(Object.getPrototypeOf(error.headers), null);
  assert.ok(Object.entries(error.headers).some(([name]) => name === '__proto__'));
  assert.ok(!inspect(error, { depth: 9 }).includes(SECRET));
  assert.ok(!JSON.stringify(error).includes(SECRET));
});

test('what an error does not know is absent', async (t) => {
  const server = await serve(t, (exchange) => exchange.reset());
  const error = await failure(t, server.url);
  for (const name of ['status', 'headers', 'body', 'retryAfter', 'tail']) {
    assert.ok(!(name in error), name);
  }
});

test('the code is shown where the error is printed', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(404));
  const error = await failure(t, server.url);
  const shown = inspect(error);
  for (const part of ['SSEStatusError', '404', 'ERR_SSE_STATUS', 'response']) {
    assert.ok(shown.includes(part), part);
  }
});

test('wrong arguments are TypeErrors and SSEErrors', () => {
  const error = (() => {
    try {
      return perennial.connect('http://x', { retry: 5 });
    } catch (thrown) {
      return thrown;
    }
  })();
  assert.equal(error.code, 'ERR_SSE_OPTION');
  assert.ok(error instanceof perennial.SSEOptionError);
  assert.ok(error instanceof TypeError);
  assert.ok(error instanceof SSEError);
});

test('`instanceof` tells classes apart, and works across two copies of the package', () => {
  const errors = path.join(__dirname, '..', 'lib', 'core', 'errors.js');
  const kept = require.cache[errors];
  delete require.cache[errors];
  const copy = require(errors);
  require.cache[errors] = kept;
  assert.notEqual(copy.SSEError, SSEError);
  const theirs = new copy.SSEStatusError('x', { code: 'ERR_SSE_STATUS', status: 500 });
  assert.ok(theirs instanceof SSEError);
  assert.ok(theirs instanceof perennial.SSEStatusError);
  assert.ok(!(theirs instanceof perennial.SSETimeoutError));
  assert.ok(new copy.SSEOptionError('x') instanceof SSEError);
  assert.ok(!(new Error('x') instanceof SSEError));
  for (const value of [null, undefined, 1, {}]) assert.ok(!(value instanceof SSEError));
  class Mine extends SSEError {}
  const mine = new Mine('x', { code: 'ERR_SSE_STATUS' });
  assert.ok(mine instanceof Mine && mine instanceof SSEError);
  assert.ok(!(theirs instanceof Mine));
});

test('every class that carries a code is exported', () => {
  for (const Class of [SSEError, ...Object.values(ERROR_CLASSES)]) {
    assert.equal(perennial[Class.name], Class, Class.name);
  }
});
