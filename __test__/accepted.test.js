'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventSource } = require('../index.js');
const { FAST, PATIENCE_MS, iterate, open, serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');

const STREAM = { 'content-type': 'text/event-stream' };
const KINDS = { GET: {}, POST: { method: 'POST', body: 'question' } };

/** What a stream makes of a server whose every answer has this status and these headers. */
async function outcome(t, status, headers, options) {
  const server = await serve(t, (exchange) => exchange.status(status, headers, 'data: x\n\n'));
  const { data, error } = await iterate(
    open(t, server.url, { retry: FAST, terminal: 'x', ...options }),
  );
  assert.equal(server.requests.length, 1, `asked once for ${status}`);
  return error === undefined ? data : [error.code, error.status, error.retryable];
}

test('every success with an event stream is a stream, but 204 and 205', async (t) => {
  for (const [method, options] of Object.entries(KINDS)) {
    for (const status of [200, 201, 202, 203, 206, 207, 299]) {
      assert.deepEqual(await outcome(t, status, STREAM, options), ['x'], `${method} ${status}`);
    }
    assert.deepEqual(await outcome(t, 204, STREAM, options), [], method);
    const refused = await outcome(t, 205, STREAM, options);
    assert.deepEqual(refused, ['ERR_SSE_STATUS', 205, false], method);
  }
});

test('a success that is no event stream is refused', async (t) => {
  for (const options of Object.values(KINDS)) {
    for (const [status, code] of [
      [200, 'ERR_SSE_CONTENT_TYPE'],
      [202, 'ERR_SSE_STATUS'],
    ]) {
      for (const type of ['application/json', 'text/html, text/plain', null]) {
        const got = await outcome(t, status, { 'content-type': type }, options);
        assert.deepEqual(got, [code, status, false], `${status} ${type}`);
      }
    }
  }
});

test('a content type in a list, or sent twice, is found', async (t) => {
  for (const options of Object.values(KINDS)) {
    for (const headers of [
      { 'content-type': 'application/json, text/event-stream; charset=utf-8' },
      { 'content-type': 'text/event-stream;charset=UTF-8, text/event-stream' },
      [
        ['content-type', 'application/json'],
        ['content-type', 'text/event-stream; charset=utf-8'],
      ],
    ]) {
      assert.deepEqual(await outcome(t, 200, headers, options), ['x'], JSON.stringify(headers));
    }
  }
});

test('what `accept` was told is taken literally, and asked for', async (t) => {
  for (const [accept, type] of [
    ['text/plain', 'text/plain'],
    ['Text/Plain', 'text/plain; charset=utf-8'],
    ['text/plain; charset=utf-8', 'text/plain;charset=UTF-8'],
    ['event-stream', 'event-stream'],
    ['application/json, text/x', 'application/json, text/x'],
  ]) {
    const headers = { 'content-type': type };
    assert.deepEqual(await outcome(t, 200, headers, { accept: [accept] }), ['x'], accept);
    const server = await serve(t, (exchange) => exchange.status(200, headers, 'data: x\n\n'));
    await iterate(open(t, server.url, { accept: [accept], terminal: 'x' }));
    const asked = server.requests[0].headers.accept;
    assert.equal(asked, `text/event-stream, ${accept.toLowerCase()}`);
  }
  const other = { 'content-type': 'text/plain; charset=latin-1' };
  const got = await outcome(t, 200, other, { accept: ['text/plain; charset=utf-8'] });
  assert.equal(got[0], 'ERR_SSE_CONTENT_TYPE');
});

test('folded header lines are unfolded, and the connection is not used again', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.raw(
      [
        'HTTP/1.1 200 OK',
        'Content-Type: text/event-stream;',
        '\tcharset=utf-8',
        'X-Long: one',
        '  two',
        'Content-Length:',
        ' 9',
        '',
        'data: x\n\n',
      ].join('\r\n'),
    );
    await exchange.stall();
  });
  for (const expected of [1, 2]) {
    const stream = open(t, server.url, { ...KINDS.POST, retry: false });
    const opened = new Promise((resolve) => stream.once('open', resolve));
    const { data, error } = await iterate(stream);
    assert.deepEqual([data, error], [['x'], undefined]);
    const { headers } = await within(opened, PATIENCE_MS, '"open"');
    assert.equal(headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(headers['x-long'], 'one two');
    assert.equal(server.connections.length, expected);
  }
});

for (const [type, right] of [
  ['application/json, text/event-stream;charset=utf-8', true],
  ['text/event-stream, application/json', false],
  ['text/event-stream, */*', true],
]) {
  test(`an EventSource takes ${type} as Fetch reads it`, async (t) => {
    for (const init of [{}, KINDS.POST]) {
      const server = await serve(t, async (exchange) => {
        exchange.head(200, { 'content-type': type });
        await exchange.event({ data: 'x' });
        await exchange.stall();
      });
      const source = new EventSource(server.url, init);
      t.after(() => source.close());
      const first = new Promise((resolve) => {
        source.onmessage = ({ data }) => resolve(data);
        source.onerror = ({ error }) => resolve(error.code);
      });
      const got = await within(first, PATIENCE_MS, 'a message or an error');
      assert.equal(got, right ? 'x' : 'ERR_SSE_CONTENT_TYPE');
      source.close();
    }
  });
}

test('an EventSource takes a 200 alone, whatever its method', async (t) => {
  for (const init of [{}, KINDS.POST]) {
    for (const status of [201, 202, 205, 206]) {
      const server = await serve(t, (exchange) => exchange.status(status, STREAM, 'data: x\n\n'));
      const source = new EventSource(server.url, init);
      t.after(() => source.close());
      const failed = new Promise((resolve, reject) => {
        source.onmessage = () => reject(new Error('a message came'));
        source.onerror = ({ error }) => resolve(error.status);
      });
      assert.equal(await within(failed, PATIENCE_MS, 'an error'), status);
      assert.equal(source.readyState, EventSource.CLOSED);
    }
  }
});
