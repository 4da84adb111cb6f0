'use strict';

const assert = require('node:assert/strict');
const diagnostics = require('node:diagnostics_channel');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { FAST, iterate, open, record, serve } = require('./support/client.js');
const { assertNoSecret } = require('./support/secrets.js');

const pem = (name) => readFileSync(path.join(__dirname, 'support', 'tls', `${name}.pem`), 'utf8');
const tls = { cert: pem('localhost'), key: pem('localhost-key') };

const KEY = 'k3y-of-the-caller';
const TOKEN = 't0ken-of-the-query';
const PASSWORD = 'passw0rd-of-the-url';
const PROMPT = 'pr0mpt-of-the-body';
const COOKIE = 'c00kie-of-the-server';
const BASIC = Buffer.from(`user:${PASSWORD}`).toString('base64');
const SECRETS = [KEY, TOKEN, PASSWORD, PROMPT, COOKIE, BASIC];

const SECRET_HEADERS = {
  'x-api-key': KEY,
  authorization: `Bearer ${KEY}`,
  cookie: `a=${KEY}`,
  'accept-language': 'de',
};

/** The address of a server with all the secrets that a URL can hold. */
const secretUrl = (server, where = '/') => {
  const url = new URL(`${where}?token=${TOKEN}#${TOKEN}`, server.url);
  url.username = 'user';
  url.password = PASSWORD;
  return url;
};

/** Two servers, the first of which sends everybody to the second. */
async function twoOrigins(t, status, options) {
  const second = await serve(t, (exchange) => exchange.event({ data: 'from there' }), options);
  const first = await serve(t, (exchange) => exchange.redirect(status, `${second.url}/there`));
  return { first, second };
}

test('a redirect loop is ERR_SSE_REDIRECT after the permitted number of requests, once', async (t) => {
  const server = await serve(t, (exchange) => exchange.redirect(302, `/?token=${TOKEN}`));
  for (const [maxRedirects, requests] of [
    [undefined, 21],
    [3, 4],
    [0, 1],
  ]) {
    const before = server.requests.length;
    const { error } = await iterate(open(t, server.url, { retry: FAST, maxRedirects }));
    assert.deepEqual(
      [error?.code, error?.phase, error?.retryable],
      ['ERR_SSE_REDIRECT', 'response', false],
    );
    assert.equal(server.requests.length - before, requests);
    assertNoSecret(error, SECRETS, 'the error');
  }
});

test('a redirect to nowhere, or to what is no web address, is ERR_SSE_REDIRECT', async (t) => {
  const places = [
    null,
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ftp://127.0.0.1/',
    'http://[',
  ];
  for (const place of places) {
    const server = await serve(t, (exchange) => {
      return place === null ? exchange.status(302) : exchange.redirect(302, place);
    });
    const { error } = await iterate(open(t, server.url, { retry: FAST }));
    assert.equal(error?.code, 'ERR_SSE_REDIRECT', place);
    assert.equal(server.requests.length, 1);
  }
});

test('a body and a key never reach another origin, and are in no error', async (t) => {
  for (const status of [307, 308]) {
    const { first, second } = await twoOrigins(t, status);
    const { error } = await iterate(
      open(t, secretUrl(first), {
        headers: SECRET_HEADERS,
        body: { prompt: PROMPT },
        retry: { ...FAST, unsafe: true },
      }),
    );
    assert.equal(error?.code, 'ERR_SSE_REDIRECT');
    assertNoSecret(error, SECRETS, 'the error');
    assert.equal(first.requests.length, 1);
    assert.equal(first.requests[0].headers['x-api-key'], KEY);
    assert.match(String(first.requests[0].body), new RegExp(PROMPT));
    assert.equal(second.connections.length, 0);
  }
});

test('of a GET, and of a POST that becomes one, only a list of headers reaches another origin', async (t) => {
  const requests = [
    [301, { lastEventId: '41' }],
    [302, { lastEventId: '41' }],
    [307, { lastEventId: '41' }],
    [303, { body: { prompt: PROMPT } }],
  ];
  for (const [status, options] of requests) {
    const { first, second } = await twoOrigins(t, status);
    const headers = { ...SECRET_HEADERS, 'x-other': 'of the caller', 'accept-key': KEY };
    const { of, data } = await record(
      open(t, secretUrl(first), { ...options, headers, terminal: 'from there' }),
    );
    assert.deepEqual(data, ['from there']);
    assert.equal(of('open')[0].url, `${second.url}/there`);
    assert.equal(first.requests[0].headers['last-event-id'], options.lastEventId);
    const { method, body, headers: seen } = second.requests[0];
    assert.deepEqual([method, body.length], ['GET', 0]);
    const { host: _, ...crossed } = seen;
    const always = {
      accept: 'text/event-stream',
      'accept-encoding': 'gzip,br',
      'accept-language': 'de',
    };
    const ofGet = { 'cache-control': 'no-cache', 'last-event-id': '41' };
    assert.deepEqual(
      crossed,
      status === 303 ? always : { ...always, ...ofGet },
      `status ${status}`,
    );
  }
});

test('a reconnect behind a redirect to another origin resumes where the stream broke', async (t) => {
  for (const secured of [false, true]) {
    const second = await serve(
      t,
      async (exchange) => {
        const after = Number(exchange.request.headers['last-event-id'] ?? 0);
        await exchange.event({ id: String(after + 1), data: `event ${after + 1}` });
        await (after < 2 ? exchange.reset() : exchange.stall());
      },
      { name: 'localhost', ...(secured && { tls }) },
    );
    const first = await serve(t, (exchange) => exchange.redirect(307, `${second.url}/there`));
    const { data } = await record(
      open(t, first.url, { retry: FAST, tls: { ca: pem('ca') }, terminal: 'event 3' }),
    );
    assert.deepEqual(data, ['event 1', 'event 2', 'event 3']);
    for (const { requests } of [first, second]) {
      const ids = requests.map(({ headers }) => headers['last-event-id']);
      assert.deepEqual(ids, [undefined, '1', '2']);
      assert.ok(requests.every(({ headers }) => headers['cache-control'] === 'no-cache'));
    }
  }
});

test('within an origin a 307 repeats headers and body', async (t) => {
  const server = await serve(t, (exchange) => {
    if (exchange.request.path === '/') return exchange.redirect(307, '/there');
    return exchange.event({ data: 'from there' });
  });
  const options = { headers: SECRET_HEADERS, body: PROMPT };
  const { data, error } = await iterate(open(t, server.url, options));
  assert.deepEqual([data, error], [['from there'], undefined]);
  const [before, after] = server.requests;
  assert.deepEqual(after.headers, before.headers);
  assert.deepEqual([after.method, String(after.body)], ['POST', PROMPT]);
});

test('https never leads to http', async (t) => {
  const plain = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  const secure = await serve(t, (exchange) => exchange.redirect(302, plain.url), { tls });
  const options = { retry: FAST, tls: { ca: pem('ca') } };
  const { error } = await iterate(open(t, secure.url, options));
  assert.equal(error?.code, 'ERR_SSE_REDIRECT');
  assert.equal(secure.requests.length, 1);
  assert.equal(plain.connections.length, 0);
});

test('no failure shows a secret, nor do statistics, diagnostics and the stream itself', async (t) => {
  const told = [];
  for (const name of ['connect', 'open', 'retry', 'close']) {
    const tell = (message) => told.push([name, message]);
    diagnostics.subscribe(`perennial-sse:${name}`, tell);
    t.after(() => diagnostics.unsubscribe(`perennial-sse:${name}`, tell));
  }
  const cookie = { 'set-cookie': `sid=${COOKIE}` };
  const there = `http://user:${PASSWORD}@127.0.0.1:1/?token=${TOKEN}`;
  const answers = {
    '/status': (exchange) => exchange.status(401, cookie, 'who are you?'),
    '/page': (exchange) => exchange.status(200, { ...cookie, 'content-type': 'text/html' }, 'hi'),
    '/redirect': (exchange) => exchange.redirect(302, `ftp://user:${PASSWORD}@h/?${TOKEN}`, cookie),
    '/refused': (exchange) => exchange.redirect(302, there, cookie),
    '/coding': (exchange) => exchange.status(200, { ...cookie, 'content-encoding': 'x' }, 'x'),
    '/garbage': async (exchange) => {
      await exchange.raw('SSH-2.0-OpenSSH\r\n');
      await exchange.reset();
    },
    '/reset': async (exchange) => {
      exchange.head(200, cookie);
      await exchange.event({ data: 'x' });
      await exchange.reset();
    },
    '/short': async (exchange) => {
      exchange.head(200, cookie);
      await exchange.truncate('data: x');
    },
    '/stall': (exchange) => exchange.stall(),
  };
  const server = await serve(t, (exchange) => {
    return answers[new URL(exchange.request.path, server.url).pathname](exchange);
  });
  const codes = [];
  for (const where of Object.keys(answers)) {
    const stream = open(t, secretUrl(server, where), {
      headers: { 'x-api-key': KEY },
      retry: { ...FAST, attempts: 1 },
      timeouts: { headers: 300 },
    });
    const { log, of } = await record(stream);
    const [error] = of('error');
    codes.push(error.code);
    assert.match(error.url, /token=\*\*\*|127\.0\.0\.1:1\//, where);
    for (const { name, value } of log) {
      // What opened a stream is for programs, whole; only failures get into logs by themselves.
      if (name !== 'open') assertNoSecret(value, SECRETS, `${where}, ${name}`);
    }
    assertNoSecret(stream.stats, SECRETS, `${where}, stats`);
    assertNoSecret(stream.retryState, SECRETS, `${where}, retryState`);
    assertNoSecret(stream, SECRETS, `${where}, the stream`);
    for (const value of [
      stream.url,
      stream.stats.lastError,
      ...stream.stats.errors.map(({ message }) => message),
    ]) {
      assert.ok(!value.includes(PASSWORD), `${where}: ${value}`);
    }
  }
  assert.ok(new Set(codes).size >= 7, `${codes}`);
  for (const request of server.requests) {
    const { authorization, 'x-api-key': key } = request.headers;
    assert.deepEqual([authorization, key], [`Basic ${BASIC}`, KEY]);
  }
  assert.deepEqual(
    new Set(told.map(([name]) => name)),
    new Set(['connect', 'open', 'retry', 'close']),
  );
  for (const [name, message] of told) {
    if (name !== 'open') assertNoSecret(message, SECRETS, `diagnostics of ${name}`);
  }
});

test('diagnostics of an opened stream show its redacted address, as all others do', async (t) => {
  const urls = [];
  const tell = ({ url }) => urls.push(url);
  diagnostics.subscribe('perennial-sse:open', tell);
  t.after(() => diagnostics.unsubscribe('perennial-sse:open', tell));
  const server = await serve(t, (exchange) => exchange.event({ data: 'x' }));
  await record(open(t, secretUrl(server), { method: 'POST' }));
  assert.deepEqual(urls, [`${server.url}/?token=***`]);
});

test('a token that is the whole query is in no error', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(401));
  const { error } = await iterate(open(t, `${server.url}/?${TOKEN}`));
  assert.equal(error.code, 'ERR_SSE_STATUS');
  assertNoSecret(error, SECRETS, 'the error');
});
