'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventStreamDecoderStream, connect } = require('../index.js');
const { FAST, PATIENCE_MS, open, serve } = require('./support/client.js');
const { deferred, until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

const TEXT = 'event: a\nid: 1\ndata: x\ndata: y\n\n';
const EVENT = { event: 'a', data: 'x\ny', id: '1', lastEventId: '1' };

const hold = (text) => async (exchange) => {
  await exchange.write(text);
  await exchange.stall();
};

/** The events of a body that ends. */
async function decode(body) {
  const events = [];
  for await (const event of body.pipeThrough(new EventStreamDecoderStream())) events.push(event);
  return events;
}

/** Text of a body until `wanted` is in it. */
async function readUntil(reader, wanted) {
  const text = new TextDecoder();
  let seen = '';
  while (!seen.includes(wanted)) {
    const { value, done } = await within(reader.read(), PATIENCE_MS, JSON.stringify(wanted));
    if (done) throw new Error(`the body ended after ${JSON.stringify(seen)}`);
    seen += text.decode(value, { stream: true });
  }
  return seen;
}

test('`toReadableStream` gives the same events once more encoded', async (t) => {
  const server = await serve(t, (exchange) =>
    exchange.write(`: hi\n\n${TEXT}data: \n\nevent: b\nretry: 500\nid\ndata: ü\r\n\r\n`),
  );
  const stream = open(t, server.url, { retry: false });
  const events = await decode(stream.toReadableStream());
  assert.deepEqual(events, [
    EVENT,
    { event: 'message', data: '', id: undefined, lastEventId: '1' },
    { event: 'b', data: 'ü', id: '', lastEventId: '', retry: 500 },
  ]);
});

test('`toReadableStream` spans reconnects, and fails with the failure', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (server.requests.length > 1) return exchange.status(401);
    await exchange.write(TEXT);
    await exchange.truncate();
  });
  const stream = open(t, server.url, { retry: FAST });
  const reader = stream.toReadableStream().getReader();
  assert.equal(await readUntil(reader, '\n\n'), 'event: a\nid: 1\ndata: x\ndata: y\n\n');
  await assert.rejects(reader.read(), { code: 'ERR_SSE_STATUS' });
  assert.equal(server.requests[1].headers['last-event-id'], '1');
});

test('cancelling a readable stream closes upstream', async (t) => {
  const server = await serve(t, hold(TEXT));
  const stream = open(t, server.url);
  const reader = stream.toReadableStream().getReader();
  await reader.read();
  await reader.cancel();
  assert.equal((await server.connections[0].closed).closedBy, 'client');
  assert.deepEqual(await stream.closed, { reason: 'closed' });
});

test('a readable stream that nobody reads makes the server wait', async (t) => {
  let flood;
  const server = await serve(t, async (exchange) => {
    flood = exchange;
    const data = 'x'.repeat(64 * 1024);
    for (let round = 0; round < 400; round++) await exchange.event({ data });
  });
  const options = { method: 'POST', mailbox: { bytes: 200_000 } };
  const stream = open(t, server.url, options);
  const body = stream.toReadableStream();
  await until(() => flood?.blocked === true, PATIENCE_MS, 'the server to be blocked');
  const events = await within(decode(body), 30_000, 'the rest');
  assert.equal(events.length, 400);
});

test('listeners see events and comments while a readable stream takes them', async (t) => {
  const server = await serve(t, (exchange) => exchange.write(`: up\n\n${TEXT}data: z\n\n`));
  const stream = open(t, server.url, { retry: false });
  const heard = [];
  stream.on('event', ({ data }) => heard.push(data));
  stream.on('comment', (text) => heard.push(`:${text}`));
  const events = await decode(stream.toReadableStream());
  assert.deepEqual(
    events.map(({ data }) => data),
    ['x\ny', 'z'],
  );
  assert.deepEqual(heard, [':up', 'x\ny', 'z']);
});

test('a comment listener alone hears comments while a readable stream takes them', async (t) => {
  const server = await serve(t, (exchange) => exchange.write(`: up\n\n${TEXT}`));
  const stream = open(t, server.url, { retry: false });
  const heard = [];
  stream.on('comment', (text) => heard.push(text));
  const body = await new Response(stream.toReadableStream()).text();
  assert.ok(body.includes('up') && body.includes(TEXT), body);
  assert.deepEqual(heard, ['up']);
});

test('`lastEventId` follows what a readable stream took', async (t) => {
  const server = await serve(t, hold(TEXT));
  const stream = open(t, server.url);
  const reader = stream.toReadableStream().getReader();
  assert.equal(stream.lastEventId, '');
  await readUntil(reader, '\n\n');
  await until(() => stream.lastEventId === '1', PATIENCE_MS, 'the id');
});

test('`toResponse` is a 200 with the headers that keep proxies from buffering', async (t) => {
  const server = await serve(t, (exchange) => exchange.write(TEXT));
  const response = await open(t, server.url, { retry: false }).toResponse();
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  assert.match(response.headers.get('cache-control'), /no-cache/);
  assert.match(response.headers.get('cache-control'), /no-transform/);
  assert.equal(response.headers.get('x-accel-buffering'), 'no');
  assert.deepEqual(await decode(response.body), [EVENT]);
});

test('`toResponse` turns a failure before the first event into its status', async (t) => {
  for (const [handler, status] of [
    [(exchange) => exchange.status(401, {}, 'who?'), 401],
    [(exchange) => exchange.status(503), 503],
    [(exchange) => exchange.status(200, { 'content-type': 'text/html' }, '<p>'), 502],
    [(exchange) => exchange.reset(), 502],
    [(exchange) => exchange.stall(), 504],
  ]) {
    const server = await serve(t, handler);
    const stream = open(t, server.url, { retry: false, timeouts: { headers: 700 } });
    const response = await stream.toResponse({ decideWithin: null });
    assert.equal(response.status, status);
    assert.notEqual(response.headers.get('content-type'), 'text/event-stream');
    const { error } = await response.json();
    const told = await stream.closed.catch(({ code, message }) => ({ code, message }));
    assert.deepEqual(error, told);
  }
});

test('`toResponse` passes on how long to wait', async (t) => {
  const headers = { 'retry-after-ms': '90500' };
  const server = await serve(t, (exchange) => exchange.status(429, headers));
  const response = await open(t, server.url, { retry: false }).toResponse();
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('retry-after'), '91');
});

test('`toResponse` answers 204 when upstream does', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(204));
  const response = await open(t, server.url).toResponse();
  assert.equal(response.status, 204);
  assert.equal(response.body, null);
});

test('a stream that ends without an event is an empty 200', async (t) => {
  const server = await serve(t, (exchange) => exchange.head());
  const response = await open(t, server.url, { method: 'POST' }).toResponse();
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '');
});

test('`toResponse` decides late on a 200 that begins with a comment', async (t) => {
  const decided = deferred();
  const server = await serve(t, async (exchange) => {
    await decided.promise;
    await exchange.write(TEXT);
  });
  const stream = open(t, server.url, { retry: false });
  const response = await stream.toResponse({ decideWithin: 50 });
  assert.equal(response.status, 200);
  const reader = response.body.getReader();
  const { value } = await within(reader.read(), PATIENCE_MS, 'the comment');
  assert.equal(value[0], ':'.charCodeAt(0));
  decided.resolve();
  assert.ok((await readUntil(reader, '\n\n')).endsWith(TEXT));
});

test('a failure after a late decision fails the body', async (t) => {
  const decided = deferred();
  const server = await serve(t, async (exchange) => {
    await decided.promise;
    await exchange.status(401);
  });
  const response = await open(t, server.url).toResponse({ decideWithin: 0 });
  assert.equal(response.status, 200);
  decided.resolve();
  await assert.rejects(response.text(), { code: 'ERR_SSE_STATUS', status: 401 });
});

test('cancelling the body of a response closes upstream', async (t) => {
  const server = await serve(t, hold(TEXT));
  const stream = open(t, server.url);
  const response = await stream.toResponse();
  await response.body.cancel();
  assert.equal((await server.connections[0].closed).closedBy, 'client');
  assert.equal(stream.readyState, stream.CLOSED);
});

test('a retry before the first event is no failure yet', async (t) => {
  const server = await serve(t, (exchange) => {
    if (server.requests.length === 1) return exchange.status(503);
    return exchange.event({ data: '[DONE]' });
  });
  const stream = open(t, server.url, { retry: FAST, terminal: '[DONE]' });
  const response = await stream.toResponse({ decideWithin: null });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), 'data: [DONE]\n\n');
});

test('`decideWithin` is checked', async (t) => {
  const server = await serve(t, hold(TEXT));
  const stream = open(t, server.url);
  for (const decideWithin of [-1, NaN, '5']) {
    await assert.rejects(stream.toResponse({ decideWithin }), { code: 'ERR_SSE_OPTION' });
  }
  // A wrong option claims nothing.
  assert.equal((await stream.toResponse()).status, 200);
});

test('what an abort gives as its reason stays inside', async (t) => {
  const server = await startServer((exchange) => exchange.stall());
  t.after(() => server.close());
  const controller = new AbortController();
  const answer = connect(server.url, { signal: controller.signal }).toResponse();
  await server.request(0);
  controller.abort(new Error('the password is hunter2'));
  const response = await answer;
  assert.equal(response.status, 502);
  assert.doesNotMatch(await response.text(), /hunter2/);
  const late = connect(server.url, { signal: AbortSignal.timeout(50) });
  assert.equal((await late.toResponse()).status, 504);
});
