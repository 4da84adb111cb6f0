'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const http2 = require('node:http2');
const net = require('node:net');
const { test } = require('node:test');
const { ask, outcome } = require('./support/answers.js');
const { PATIENCE_MS, open, serve } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');

const EVENT = 'id: 1\ndata: x\n\n';
const CODE = 'ERR_SSE_TRUNCATED';

/** A server whose every response is fed by `respond`; what that came to is in `results`. */
async function relay(t, respond) {
  const results = [];
  const server = http.createServer((_request, response) => {
    results.push(outcome(respond(response), 'the response'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: server.address().port, results };
}

/** What a socket hears in answer to a request as it is written here, and how it ends. */
async function speak(t, port, head, { pause = 0 } = {}) {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const closed = deferred();
  const seen = { text: '', error: undefined };
  let spoken = performance.now();
  socket.setEncoding('utf8');
  socket.on('data', (part) => {
    seen.text += part;
    spoken = performance.now();
    if (pause === 0 || !seen.text.includes('data: ')) return;
    socket.pause();
    setTimeout(() => socket.resume(), pause);
  });
  socket.on('error', (error) => {
    seen.error = error.code;
  });
  socket.on('close', closed.resolve);
  socket.write(`${head}\r\nHost: x\r\n\r\n`);
  await within(closed.promise, PATIENCE_MS, 'the end of the connection');
  return { ...seen, lingered: performance.now() - spoken };
}

for (const pause of [0, 100]) {
  test(`over HTTP/1.0 a failure is a reset, and its chunk arrives before (${pause})`, async (t) => {
    const provider = await startProvider(t, { faults: () => ({ content: 2, how: 'truncate' }) });
    const { port, results } = await relay(t, (response) =>
      ask(t, provider.options()).pipe(response),
    );
    const heard = await speak(t, port, 'GET / HTTP/1.0', { pause });
    assert.match(heard.text, new RegExp(`"code":"${CODE}"`));
    assert.doesNotMatch(heard.text, /transfer-encoding|content-length/i);
    assert.equal(heard.error, 'ECONNRESET');
    assert.ok(heard.lingered > 500, `${heard.lingered} ms after the chunk`);
    assert.equal((await results[0]).error.code, CODE);
  });
}

test('over HTTP/1.0 the end of a stream is the end of its connection', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.write(EVENT));
  const { port, results } = await relay(t, (response) =>
    open(t, upstream.url, { retry: false }).pipe(response),
  );
  const { text, error } = await speak(t, port, 'GET / HTTP/1.0');
  assert.ok(text.endsWith(EVENT));
  assert.equal(error, undefined);
  assert.equal((await results[0]).error, undefined);
});

test('over HTTP/1.0 a failure after headers that were sent already is a reset', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.status(403));
  const { port, results } = await relay(t, (response) => {
    response.writeHead(200).flushHeaders();
    return open(t, upstream.url).pipe(response);
  });
  const { text, error } = await speak(t, port, 'GET / HTTP/1.0');
  assert.match(text, /^HTTP\/1.1 200/);
  assert.equal(error, 'ECONNRESET');
  assert.equal((await results[0]).error.code, 'ERR_SSE_STATUS');
});

test('over HTTP/1.0 a refusal has its status and its end', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.status(403));
  const { port } = await relay(t, (response) => open(t, upstream.url).pipe(response));
  const { text, error } = await speak(t, port, 'GET / HTTP/1.0');
  assert.match(text, /^HTTP\/1.1 403/);
  assert.match(text, /ERR_SSE_STATUS/);
  assert.equal(error, undefined);
});

test('over HTTP/1.1 a body that breaks off needs no reset, and its chunk arrives before', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 2, how: 'truncate' }) });
  const { port } = await relay(t, (response) => ask(t, provider.options()).pipe(response));
  const { text, lingered } = await speak(t, port, 'GET / HTTP/1.1', { pause: 100 });
  assert.match(text, new RegExp(`"code":"${CODE}"`));
  assert.doesNotMatch(text, /\r\n0\r\n\r\n$/);
  assert.ok(lingered > 500, `${lingered} ms after the chunk`);
});

test('a client that leaves does not wait for the failure', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 2, how: 'truncate' }) });
  const { port, results } = await relay(t, (response) => ask(t, provider.options()).pipe(response));
  const request = http.get({ port, host: '127.0.0.1', agent: false });
  request.on('error', () => {});
  const failed = deferred();
  request.once('response', (response) => {
    response.on('error', () => {});
    response.setEncoding('utf8').on('data', (text) => {
      if (text.includes(CODE)) failed.resolve();
    });
  });
  await within(failed.promise, PATIENCE_MS, 'the chunk');
  const left = performance.now();
  request.destroy();
  assert.equal((await within(results[0], PATIENCE_MS, 'the pipe')).error, undefined);
  assert.ok(performance.now() - left < 900, `${performance.now() - left} ms`);
});

test('a body rejects a second after its last bytes, and at once if there were none', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 2, how: 'truncate' }) });
  const reader = ask(t, provider.options()).toReadableStream().getReader();
  let text = '';
  while (!text.includes(CODE)) text += Buffer.from((await reader.read()).value).toString();
  const given = performance.now();
  await assert.rejects(within(reader.read(), PATIENCE_MS, 'the failure'), { code: CODE });
  assert.ok(performance.now() - given > 900);

  const upstream = await serve(t, (exchange) => exchange.status(403));
  const asked = performance.now();
  const refused = open(t, upstream.url).toReadableStream().getReader();
  await assert.rejects(refused.read(), { code: 'ERR_SSE_STATUS' });
  assert.ok(performance.now() - asked < 900);
});

test('HEAD is answered with the head at once, and upstream is not read', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.stall());
  const streams = [];
  const { port, results } = await relay(t, (response) => {
    const stream = open(t, upstream.url);
    streams.push(stream);
    return stream.pipe(response, { decideWithin: null });
  });
  const { text } = await speak(t, port, 'HEAD / HTTP/1.1\r\nConnection: close');
  assert.match(text, /^HTTP\/1.1 200/);
  assert.match(text, /content-type: text\/event-stream/i);
  assert.match(text, /x-accel-buffering: no/i);
  assert.ok(text.endsWith('\r\n\r\n'), 'no body');
  assert.equal((await results[0]).error, undefined);
  assert.deepEqual(await streams[0].closed, { reason: 'closed' });
  assert.equal(upstream.requests.length, 0);
});

test('HEAD closes a stream that is open already, and leaves headers that were sent', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(EVENT);
    await exchange.stall();
  });
  const stream = open(t, upstream.url);
  await stream.opened;
  const { port } = await relay(t, (response) => {
    response.writeHead(206, { 'x-own': 'yes' }).flushHeaders();
    return stream.pipe(response);
  });
  const { text } = await speak(t, port, 'HEAD / HTTP/1.1\r\nConnection: close');
  assert.match(text, /^HTTP\/1.1 206/);
  assert.match(text, /x-own: yes/);
  assert.equal((await upstream.connections[0].closed).closedBy, 'client');
});

test('`toResponse` that is given a HEAD answers with the head at once', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.stall());
  const provider = await startProvider(t, {});
  for (const stream of [open(t, upstream.url), ask(t, provider.options())]) {
    const request = new Request('http://localhost/', { method: 'HEAD' });
    const response = await stream.toResponse(request, { decideWithin: null });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    assert.equal(response.body, null);
    assert.deepEqual(await stream.closed, { reason: 'closed' });
  }
  assert.equal(upstream.requests.length + provider.requests.length, 0);
});

test('`toResponse` that is given another request has a body', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.write(EVENT));
  for (const given of [[new Request('http://localhost/')], [undefined, { decideWithin: null }]]) {
    const response = await open(t, upstream.url, { retry: false }).toResponse(...given);
    assert.equal(await response.text(), EVENT);
  }
});

test('over HTTP/2 a failure resets the stream, and its chunk arrives before; HEAD has no body', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 2, how: 'truncate' }) });
  const results = [];
  const server = http2.createServer((_request, response) => {
    results.push(outcome(ask(t, provider.options()).pipe(response), 'the response'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`);
  t.after(() => {
    session.destroy();
    server.close();
  });
  const visit = async (method) => {
    const stream = session.request({ ':method': method, ':path': '/' });
    const seen = { text: '', status: undefined, error: undefined };
    stream.setEncoding('utf8').on('data', (part) => {
      seen.text += part;
    });
    stream.once('response', (headers) => {
      seen.status = headers[':status'];
    });
    stream.once('error', ({ code }) => {
      seen.error = code;
    });
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.end();
    await within(closed, PATIENCE_MS, 'the end of the stream');
    return seen;
  };
  const { text, status, error } = await visit('GET');
  assert.match(text, new RegExp(`"code":"${CODE}"`));
  assert.deepEqual([status, error], [200, 'ERR_HTTP2_STREAM_ERROR']);
  assert.equal((await results[0]).error.code, CODE);
  assert.deepEqual(await visit('HEAD'), { text: '', status: 200, error: undefined });
  assert.equal(provider.requests.length, 1);
});
