'use strict';

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { test } = require('node:test');
const { createPool } = require('../index.js');
const { FAST, iterate, open, record, serve } = require('./support/client.js');
const { startHttpProxy } = require('./support/http-proxy.js');
const { assertNoSecret } = require('./support/secrets.js');

const TOKEN = 't0ken-of-the-caller';
const KEY = 'k3y/of+the-caller';
const PASSWORD = 'passw0rd of the url';
const COOKIE = 'c00kie-of-the-caller';
const QUERY = 'qu3ry of the url';
const BASIC = Buffer.from(`user:${PASSWORD}`).toString('base64');
const HEADERS = {
  authorization: `Bearer ${TOKEN}`,
  'x-api-key': KEY,
  cookie: `lang=de; sid=${COOKIE}`,
  'x-tenant': 'tenant of the caller',
};
const SECRETS = [TOKEN, KEY, KEY.replace('/', '\\/'), COOKIE, QUERY, encodeURIComponent(QUERY)];

/** The URL of a server, with a secret in its query. */
const asked = (server) => `${server.url}/?q=${encodeURIComponent(QUERY)}&lang=de`;

/** Everything published while the test runs. */
function listen(t) {
  const log = [];
  for (const name of ['connect', 'retry', 'close']) {
    const subscriber = (message) => log.push(message);
    subscribe(`perennial-sse:${name}`, subscriber);
    t.after(() => unsubscribe(`perennial-sse:${name}`, subscriber));
  }
  return log;
}

/** All that a request said, as a careless server quotes it. */
const quote = ({ headers, path }) =>
  [
    `You sent ${headers.authorization}, ${headers['x-api-key']}, ${headers.cookie} in lang de;`,
    decodeURIComponent(path),
    path,
    JSON.stringify(headers['x-api-key']).replace('/', '\\/'),
    `by ${headers['x-tenant']}`,
  ].join(' ');

const QUOTES = {
  'the body of a 401': (exchange) => exchange.status(401, {}, quote(exchange.request)),
  'the body of a 503': (exchange) => exchange.status(503, {}, quote(exchange.request)),
  'a header of a refusal': (exchange) =>
    exchange.status(403, { 'x-debug': quote(exchange.request) }, 'by tenant of the caller'),
  'the content type': (exchange) =>
    exchange.status(200, { 'content-type': exchange.request.headers['x-api-key'] }, 'x'),
  'a page in a 200': (exchange) =>
    exchange.status(200, { 'content-type': 'text/html' }, quote(exchange.request)),
  'the tail of what was cut': async (exchange) => {
    exchange.head();
    await exchange.write(`data: x\n\n: ${quote(exchange.request)}`);
    await exchange.end();
  },
  'the last id': async (exchange) => {
    exchange.head();
    await exchange.write(`id: ${exchange.request.headers['x-api-key']}\ndata: x\n\n`);
    await exchange.end();
  },
};

for (const [where, answer] of Object.entries(QUOTES)) {
  for (const dynamic of [false, true]) {
    const how = dynamic ? ', from a callback' : '';
    test(`credentials that the server quotes in ${where} are hidden${how}`, async (t) => {
      const log = listen(t);
      const server = await serve(t, answer);
      const stream = open(t, dynamic ? () => asked(server) : asked(server), {
        method: 'POST',
        headers: dynamic ? async () => HEADERS : HEADERS,
        terminal: 'never',
        retry: { ...FAST, attempts: 1, unsafe: true },
      });
      const told = await record(stream);
      const [error] = told.of('error');
      assert.ok(error);
      for (const [name, value] of Object.entries({
        error,
        'its headers': { ...error.headers },
        'its cause': error.cause,
        'the retries': told.of('retry'),
        'the stats': stream.stats,
        'the stream': stream,
        'what was published': log,
      })) {
        assertNoSecret(value, SECRETS, name);
      }
      if (error.body?.startsWith('You sent')) {
        assert.match(error.body, /You sent \*\*\*, \*\*\*, \*\*\* in lang de;/);
        assert.match(error.body, /by tenant of the caller$/, 'what is no credential is shown');
      }
      assert.equal(server.requests[0].headers['x-api-key'], KEY, 'the server got it');
    });
  }
}

test('user and password of a URL are hidden in every form', async (t) => {
  const server = await serve(t, (exchange) => {
    const { authorization } = exchange.request.headers;
    const pair = Buffer.from(authorization.slice(6), 'base64');
    return exchange.status(401, {}, `${authorization} is ${pair}: no ${`${pair}`.slice(5)}`);
  });
  const url = new URL(server.url);
  [url.username, url.password] = ['user', PASSWORD];
  for (const where of [url, () => url]) {
    const { error } = await iterate(open(t, where, { retry: false }));
    assertNoSecret(error, [BASIC, PASSWORD], 'the error');
    assert.match(error.body, /^\*\*\* is \*\*\*: no \*\*\*$/);
  }
});

test('secrets of a pool’s endpoints are hidden, too', async (t) => {
  const server = await serve(t, (exchange) => {
    const { headers, path } = exchange.request;
    return exchange.status(400, {}, `${headers['x-own-key']} ${headers.authorization} ${path}`);
  });
  const pool = createPool([
    {
      baseUrl: `${server.url}/v1?token=${TOKEN}`,
      apiKey: KEY,
      headers: { 'x-own-key': COOKIE },
    },
  ]);
  const { error } = await iterate(open(t, '/events', { pool, retry: false }));
  assert.equal(error.status, 400);
  assertNoSecret(error, SECRETS, 'the error');
});

test('what a proxy quotes of its own credentials is hidden', async (t) => {
  const page = `no ${BASIC}, no user:${PASSWORD}`;
  const proxy = await startHttpProxy(t, { refuse: 403, page, headers: { 'x-debug': BASIC } });
  const url = new URL(`http://127.0.0.1:${proxy.port}`);
  [url.username, url.password] = ['user', PASSWORD];
  const { error } = await iterate(open(t, 'https://a.invalid/', { retry: false, proxy: url }));
  assert.deepEqual([error.code, error.body], ['ERR_SSE_PROXY', 'no ***, no ***']);
  assertNoSecret({ ...error.headers }, [BASIC, PASSWORD], 'the headers');
});

test('a short secret is hidden where the server speaks, and nowhere else', async (t) => {
  const server = await serve(t, (exchange) =>
    exchange.status(403, {}, 'the status of your server is not for you'),
  );
  const options = { headers: { 'x-api-key': 'server' }, retry: false };
  const { error } = await iterate(open(t, `${server.url}/?x=status&y=1`, options));
  assert.equal(error.message, 'the server answered with status 403 Forbidden');
  assert.equal(error.body, 'the status of your *** is not for you');
});

test('a secret that is cut at the end of an excerpt is hidden', async (t) => {
  for (let kept = 4; kept < TOKEN.length; kept += 1) {
    const server = await serve(t, (exchange) =>
      exchange.status(401, {}, `${'x'.repeat(1024 - kept)}${TOKEN}`),
    );
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { error } = await iterate(open(t, server.url, { headers, retry: false }));
    assert.equal(error.body, `${'x'.repeat(1024 - kept)}***`);
  }
});
