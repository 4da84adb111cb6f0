'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const zlib = require('node:zlib');
const { next, open, serve } = require('../client.js');
const { TLS, TRUST, served, streamError } = require('./provoke.js');

const idle = (exchange) => exchange.stall();

const EVENT = 'id: 4\ndata: x\n\n';

/** Answers with a status and a body. */
const status = (title, code, { headers, body, ...options } = {}) =>
  served(title, (exchange) => exchange.status(code, headers, body), options);

const redirected = (title, location, { code = 302, ...options } = {}) =>
  served(
    title,
    (exchange) =>
      location === null ? exchange.status(code) : exchange.redirect(code, location, {}),
    options,
  );

/** A stream that was heard to open: what comes after it in a reset may be lost otherwise. */
const opened = (title, end, options) => ({
  title,
  async provoke(t) {
    let cut;
    const server = await serve(t, async (exchange) => {
      await exchange.write(EVENT);
      await new Promise((resolve) => {
        cut = resolve;
      });
      await end(exchange);
    });
    const stream = open(t, server.url, { retry: false, ...options });
    stream.once('event', () => cut());
    return next(stream, 'error');
  },
});

const callback = (title, options) => served(title, idle, options);

const thrower = () => {
  throw new Error('no token');
};

/** What can go wrong with a head, and with a body. */
module.exports = [
  status('status 404', 404),
  status('status 503 with Retry-After', 503, {
    headers: { 'x-trace': 't1', 'retry-after': '90' },
    body: 'later',
  }),
  status('status 429 to a POST, with a long Retry-After', 429, {
    headers: { 'retry-after': '3600' },
    method: 'POST',
  }),
  status('status 500', 500, { body: 'oh' }),
  status('status 401', 401, { headers: { 'www-authenticate': 'Bearer' } }),
  status('status 407 of the server itself', 407),
  status('status 205', 205),
  status('status 201 without an event stream', 201),
  status('status 304', 304),
  status('a status of its own, 599', 599),
  status('a page', 200, { headers: { 'content-type': 'text/html' }, body: '<title>In</title>' }),
  status('no content type', 200, { headers: { 'content-type': null }, body: 'x' }),
  status('a type that is none of those listed', 200, {
    headers: { 'content-type': 'text/plain, application/json' },
    accept: ['application/x-ndjson'],
  }),
  status('an unknown content coding', 200, { headers: { 'content-encoding': 'zstd' }, body: 'x' }),
  status('too many content codings', 200, {
    headers: { 'content-encoding': 'gzip, gzip, gzip, gzip, gzip, gzip' },
    body: 'x',
  }),
  redirected('a redirect to another scheme', 'ftp://example.com/'),
  redirected('a redirect without a location', null),
  redirected('a redirect to no URL', 'http://['),
  redirected('redirects in a circle', '/', { maxRedirects: 2 }),
  redirected('a redirect of a body to another origin', 'http://127.0.0.1:1/', {
    code: 307,
    method: 'POST',
    body: 'x',
  }),
  {
    title: 'a redirect from https to http',
    async provoke(t) {
      const server = await serve(t, (exchange) => exchange.redirect(302, 'http://127.0.0.1:1/'), {
        tls: TLS,
        name: 'localhost',
      });
      return streamError(t, server.url, { tls: TRUST });
    },
  },
  opened('a reset in the middle', (exchange) => exchange.reset()),
  opened('an end in the middle of a chunk', (exchange) => exchange.truncate('data: y')),
  opened('chunks that are framed wrong', async (exchange) => {
    await exchange.raw('no size\r\nx\r\n');
    await exchange.stall();
  }),
  opened('no byte in time', (exchange) => exchange.stall(), { timeouts: { idle: 1000 } }),
  opened('no event in time', (exchange) => exchange.stall(), {
    timeouts: { event: { ms: 1000 } },
  }),
  served(
    'no end in time',
    (exchange) => {
      exchange.head();
      return exchange.stall();
    },
    { timeouts: { total: 1000 } },
  ),
  opened('an end without the terminal event', (exchange) => exchange.end(), { terminal: 'done' }),
  opened('an event that is too large', (exchange) => exchange.event({ data: 'x'.repeat(200) }), {
    maxEventSize: 100,
  }),
  served('a body shorter than its length', async (exchange) => {
    exchange.head(200, {}, { framing: 'length', length: 100 });
    await exchange.write(EVENT);
    await exchange.truncate();
  }),
  served('corrupt compression', async (exchange) => {
    exchange.head(200, { 'content-encoding': 'gzip' });
    await exchange.write('this is not gzip at all');
    await exchange.end();
  }),
  served('compressed data that is cut', async (exchange) => {
    exchange.head(200, { 'content-encoding': 'gzip' });
    await exchange.write(zlib.gzipSync(EVENT).subarray(0, -9));
    await exchange.end();
  }),
  {
    title: 'clean ends without an event, until no attempt is left',
    async provoke(t) {
      const server = await serve(t, (exchange) => exchange.comment('x'));
      const retry = { attempts: 1, baseDelay: 1, minDelay: 1 };
      return streamError(t, server.url, { retry });
    },
  },
  callback('a callback throws', { headers: thrower }),
  {
    title: 'a callback for the URL gives a path',
    provoke: (t) => streamError(t, () => '/relative'),
  },
  {
    title: 'a callback for the URL gives another scheme',
    provoke: (t) => streamError(t, () => 'ftp://example.com'),
  },
  callback('a callback for headers gives text', { headers: () => 'x' }),
  callback("a callback for headers sets the stream's own", {
    headers: () => ({ 'Last-Event-ID': '1' }),
  }),
  callback('a callback for the body gives a number', { method: 'POST', body: () => 5 }),
  served('shouldRetry throws', (exchange) => exchange.status(503), {
    shouldRetry: thrower,
    retry: {},
  }),
  served('shouldRetry does not answer in time', (exchange) => exchange.status(503), {
    shouldRetry: () => sleep(60_000, undefined, { ref: false }),
    retry: {},
    timeouts: { connect: 1000 },
  }),
  served('a function for terminal throws', (exchange) => exchange.event({ data: 'x' }), {
    terminal: thrower,
  }),
];
