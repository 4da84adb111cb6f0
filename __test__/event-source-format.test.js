'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventSource } = require('../index.js');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');

/** Serves text once, then says 204: the standard's way to end. */
const once = (text) => (exchange) => {
  if (exchange.connection.requests.length + exchange.connection.index > 1) {
    return exchange.status(204);
  }
  return exchange.write(text);
};

/** All messages of these types until the server has closed the source. */
async function messages(t, text, types = ['message']) {
  const server = await serve(t, once(text));
  const es = new EventSource(server.url, { retry: { baseDelay: 5, minDelay: 1, jitter: 'none' } });
  t.after(() => es.close());
  const seen = [];
  for (const type of types) {
    es.addEventListener(type, (event) => seen.push(event));
  }
  await within(
    new Promise((resolve) => {
      es.addEventListener('error', () => es.readyState === es.CLOSED && resolve());
    }),
    PATIENCE_MS,
    'the end',
  );
  return { seen, server };
}

test('names go to their own listeners only', async (t) => {
  const text = 'event: test\ndata: a\n\ndata: b\n\nevent:\ndata: c\n\nevent: test\n\ndata: d\n\n';
  const { seen } = await messages(t, text, ['message', 'test']);
  assert.deepEqual(
    seen.map(({ type, data }) => [type, data]),
    [
      ['test', 'a'],
      ['message', 'b'],
      ['message', 'c'],
      ['message', 'd'],
    ],
  );
});

test('`lastEventId` stays until another id, and an empty one resets it', async (t) => {
  const text =
    'id: 1\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\nid: …\ndata: e\n\n';
  const { seen, server } = await messages(t, text);
  assert.deepEqual(
    seen.map(({ data, lastEventId }) => data + lastEventId),
    ['a1', 'b1', 'c1', 'd', 'e…'],
  );
  assert.equal(server.requests[1].headers['last-event-id'], '…');
});

for (const [what, text, expected] of [
  ['line ends', 'data:a\n\rdata:b\r\n\r\ndata:c\r\rdata:d\n\n', ['a', 'b', 'c', 'd']],
  ['fields without a value', 'data\n\ndata\ndata\n\ndata:test\n\n', ['', '\n', 'test']],
  ['one leading space', 'data:  a\n\ndata:\tb\n\ndata:c \n\n', [' a', '\tb', 'c ']],
  ['a byte order mark', '\uFEFFdata:1\n\n\uFEFFdata:2\n\ndata:3\n\n', ['1', '3']],
  ['names of fields', 'Data: a\n\n data: b\n\ndata : c\n\ndata: d\n\n', ['d']],
  ['comments', 'data:1\n:\0\n:\r\ndata:2\n:x\ndata:3\n:data:4\n\n', ['1\n2\n3']],
  ['NUL in data', 'data:\0\n\n\n\n', ['\0']],
  ['a missing last blank line', 'data: a\n\ndata: b\n', ['a']],
  ['no data', 'event: message\nid: 4\n\ndata: x\n\n', ['x']],
]) {
  test(`the format: ${what}`, async (t) => {
    const { seen } = await messages(t, text);
    assert.deepEqual(
      seen.map(({ data }) => data),
      expected,
    );
  });
}

test('invalid UTF-8 becomes U+FFFD', async (t) => {
  const text = Buffer.concat([
    Buffer.from('data:a'),
    Buffer.from([0xff, 0xc3]),
    Buffer.from('b\n\n'),
  ]);
  const { seen } = await messages(t, text);
  assert.equal(seen[0].data, 'a\ufffd\ufffdb');
});
