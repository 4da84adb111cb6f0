'use strict';

const assert = require('node:assert/strict');
const { createWriteStream, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const http = require('node:http');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { PassThrough } = require('node:stream');
const { test } = require('node:test');
const { connect } = require('../index.js');
const { FAST, PATIENCE_MS, open, serve } = require('./support/client.js');
const { deferred, until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

const TEXT = 'event: a\nid: 1\ndata: x\n\n';

/** A server of our own that pipes one stream into each response. */
async function relay(t, url, options, { prepare, piping } = {}) {
  const piped = deferred();
  const given = deferred();
  const server = http.createServer((_request, response) => {
    prepare?.(response);
    const stream = open(t, url, options);
    given.resolve({ stream, response });
    stream.pipe(response, piping).then(piped.resolve, piped.reject);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/`, piped: piped.promise, given };
}

/** The response of a plain client. */
async function get(t, url) {
  const request = http.get(url, { agent: false });
  t.after(() => request.destroy());
  const { promise, resolve, reject } = deferred();
  request.once('response', resolve).once('error', reject);
  const response = await within(promise, PATIENCE_MS, 'the head of the response');
  response.setEncoding('utf8');
  return response;
}

/** Everything a response says, and whether it came to its end. */
async function whole(response) {
  let text = '';
  response.on('data', (part) => {
    text += part;
  });
  response.on('error', () => {});
  const closed = new Promise((resolve) => response.once('close', resolve));
  await within(closed, PATIENCE_MS, 'the end of the response');
  return { text, complete: response.complete };
}

test('`pipe` writes head, events and end, and resolves', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.write(`${TEXT}data: y\n\n`));
  const { url, piped } = await relay(t, upstream.url, { retry: false });
  const response = await get(t, url);
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream');
  assert.equal(response.headers['x-accel-buffering'], 'no');
  assert.match(response.headers['cache-control'], /no-cache/);
  assert.deepEqual(await whole(response), { text: `${TEXT}data: y\n\n`, complete: true });
  assert.equal(await piped, undefined);
});

test('each event is passed on at once, and so are heartbeats', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    source.resolve(exchange);
    await exchange.closed;
  });
  const source = deferred();
  const { url } = await relay(t, upstream.url);
  const asked = get(t, url);
  const exchange = await source.promise;
  await exchange.write(TEXT);
  const response = await asked;
  const parts = response[Symbol.asyncIterator]();
  let seen = '';
  const arrival = async (wanted) => {
    while (!seen.includes(wanted)) {
      seen += (await within(parts.next(), PATIENCE_MS, wanted)).value;
    }
  };
  await arrival(TEXT);
  await exchange.comment('beat');
  await arrival('beat');
  await exchange.write('data: last\n\n');
  await arrival('data: last\n\n');
});

test('listeners see every event while it is piped', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.write(`${TEXT}data: y\n\n`));
  const { url, given } = await relay(t, upstream.url, { retry: false });
  const heard = [];
  given.promise.then(({ stream }) => {
    stream.on('event', ({ data }) => heard.push(data));
    stream.on('comment', () => {});
  });
  const { text } = await whole(await get(t, url));
  assert.equal(text, `${TEXT}data: y\n\n`);
  assert.deepEqual(heard, ['x', 'y']);
});

test('the client that leaves closes upstream, and `pipe` resolves', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(TEXT);
    await exchange.stall();
  });
  const { url, piped, given } = await relay(t, upstream.url);
  const response = await get(t, url);
  response.once('error', () => {});
  response.destroy();
  assert.equal(await within(piped, PATIENCE_MS, 'the pipe'), undefined);
  assert.equal((await upstream.connections[0].closed).closedBy, 'client');
  const { stream } = await given.promise;
  assert.deepEqual(await stream.closed, { reason: 'closed' });
});

test('a client that leaves before the first event closes upstream', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.stall());
  const { url, piped } = await relay(t, upstream.url, {}, { piping: { decideWithin: null } });
  const request = http.get(url, { agent: false });
  request.once('error', () => {});
  await upstream.request(0);
  request.destroy();
  assert.equal((await upstream.connections[0].closed).closedBy, 'client');
  assert.equal(await within(piped, PATIENCE_MS, 'the pipe'), undefined);
});

test('a failure before the first event becomes the status', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.status(403));
  const { url, piped } = await relay(t, upstream.url);
  const response = await get(t, url);
  assert.equal(response.statusCode, 403);
  const { text, complete } = await whole(response);
  assert.equal(JSON.parse(text).error.code, 'ERR_SSE_STATUS');
  assert.equal(complete, true);
  await piped;
});

test('204 is passed on', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.status(204));
  const { url, piped } = await relay(t, upstream.url);
  const response = await get(t, url);
  assert.equal(response.statusCode, 204);
  assert.deepEqual(await whole(response), { text: '', complete: true });
  await piped;
});

test('a late failure destroys the response, and `pipe` rejects', async (t) => {
  const begun = deferred();
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(TEXT);
    await begun.promise;
    await exchange.truncate();
  });
  const { url, piped } = await relay(t, upstream.url, { method: 'POST' });
  const response = await get(t, url);
  begun.resolve();
  const { text, complete } = await whole(response);
  assert.equal(text, TEXT);
  assert.equal(complete, false);
  await assert.rejects(piped, { code: 'ERR_SSE_TRUNCATED' });
});

test('an abort is a late failure with its own reason', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(TEXT);
    await exchange.stall();
  });
  const controller = new AbortController();
  const { url, piped } = await relay(t, upstream.url, { signal: controller.signal });
  const response = await get(t, url);
  const reason = new Error('enough');
  controller.abort(reason);
  assert.equal((await whole(response)).complete, false);
  await assert.rejects(piped, (error) => error === reason);
  assert.equal((await upstream.connections[0].closed).closedBy, 'client');
});

test('a silent upstream is decided on in time: 200 and a comment', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.stall());
  const { url } = await relay(t, upstream.url, {}, { piping: { decideWithin: 20 } });
  const response = await get(t, url);
  assert.equal(response.statusCode, 200);
  const parts = response[Symbol.asyncIterator]();
  const { value } = await within(parts.next(), PATIENCE_MS, 'the comment');
  assert.match(value, /^:/);
});

test('headers that were sent already are left alone', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.write(TEXT));
  const prepare = (response) => {
    response.writeHead(206, { 'x-own': 'yes', 'content-type': 'text/event-stream' });
    response.flushHeaders();
  };
  const { url } = await relay(t, upstream.url, { retry: false }, { prepare });
  const response = await get(t, url);
  assert.deepEqual([response.statusCode, response.headers['x-own']], [206, 'yes']);
  assert.deepEqual(await whole(response), { text: TEXT, complete: true });
});

test('a failure after headers that were sent already destroys the response', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.status(403));
  const prepare = (response) => response.writeHead(200).flushHeaders();
  const { url, piped } = await relay(t, upstream.url, {}, { prepare });
  const { complete } = await whole(await get(t, url));
  assert.equal(complete, false);
  await assert.rejects(piped, { code: 'ERR_SSE_STATUS' });
});

test("a slow client makes upstream's writes wait, and loses nothing", async (t) => {
  let flood;
  const upstream = await serve(t, async (exchange) => {
    flood = exchange;
    const data = 'x'.repeat(64 * 1024);
    for (let round = 0; round < 500; round++) await exchange.event({ id: round, data });
  });
  const options = { method: 'POST', mailbox: { bytes: 200_000 } };
  const { url, piped } = await relay(t, upstream.url, options);
  const response = await get(t, url);
  response.pause();
  await until(() => flood.blockedFor > 300, PATIENCE_MS, 'upstream to be blocked');
  const taken = whole(response);
  response.resume();
  await within(piped, PATIENCE_MS, 'the pipe');
  const { text, complete } = await taken;
  assert.equal(complete, true);
  assert.equal(text.match(/^id: /gm).length, 500);
  assert.equal(text.length, 500 * 64 * 1024 + text.replace(/x{65536}/g, '').length);
});

test('a stream of node:stream is a destination, too', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    if (upstream.requests.length > 1) return exchange.event({ data: '[DONE]' });
    await exchange.write(TEXT);
    await exchange.truncate();
  });
  const destination = new PassThrough({ encoding: 'utf8' });
  const stream = open(t, upstream.url, { retry: FAST, terminal: '[DONE]' });
  const piped = stream.pipe(destination);
  let text = '';
  for await (const part of destination) text += part;
  await piped;
  assert.equal(text, `${TEXT}data: [DONE]\n\n`);
});

test('a destination without a status to set is destroyed by any failure', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.status(403));
  const destination = new PassThrough();
  const told = new Promise((resolve) => destination.once('error', resolve));
  await assert.rejects(open(t, upstream.url).pipe(destination), { code: 'ERR_SSE_STATUS' });
  assert.equal((await within(told, PATIENCE_MS, 'its error')).code, 'ERR_SSE_STATUS');
  assert.equal(destination.destroyed, true);
});

test('a destination that is gone already closes the stream', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.stall());
  const destination = new PassThrough();
  destination.destroy();
  const stream = open(t, upstream.url);
  await within(stream.pipe(destination), PATIENCE_MS, 'the pipe');
  assert.equal(stream.readyState, stream.CLOSED);
});

test('a file takes a stream, and its errors reject', async (t) => {
  const server = await startServer((exchange) => exchange.event({ data: 'a' }));
  t.after(() => server.close());
  const folder = mkdtempSync(join(tmpdir(), 'perennial-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'events.txt');
  await connect(server.url, { body: 'x' }).pipe(createWriteStream(path));
  assert.equal(readFileSync(path, 'utf8'), 'data: a\n\n');
  const nowhere = createWriteStream(join(folder, 'none', 'events.txt'));
  await assert.rejects(connect(server.url, { body: 'x' }).pipe(nowhere), { code: 'ENOENT' });
});
