'use strict';

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { FAST, PATIENCE_MS, iterate, open, serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { seeded } = require('./support/random.js');

/** A POST without a terminal event is complete with its body: what is lost is lost in silence. */
const ONCE = { method: 'POST', retry: false };

const events = Array.from({ length: 60 }, (_, index) => `event ${index} ${'é'.repeat(index)}`);
const blocks = events.map((data) => `data: ${data}\n\n`);
/** Each event compressed for itself, as servers do that compress what they are told to write. */
const each = (compress) => Buffer.concat(blocks.map((block) => compress(block)));

/** Bodies that say all events, by their `Content-Encoding`. */
const BODIES = [
  ['gzip', each(zlib.gzipSync)],
  ['GZIP', Buffer.concat([each(zlib.gzipSync), Buffer.alloc(100)])],
  ['x-gzip', zlib.gzipSync(blocks.join(''))],
  ['deflate', each(zlib.deflateSync)],
  ['Deflate', zlib.deflateRawSync(blocks.join(''))],
  ['br', each(zlib.brotliCompressSync)],
  ['gzip, br', zlib.brotliCompressSync(each(zlib.gzipSync))],
  ['br , identity, x-gzip', zlib.gzipSync(each(zlib.brotliCompressSync))],
  ['identity', Buffer.from(blocks.join(''))],
  ['none', Buffer.from(blocks.join(''))],
  ['', Buffer.from(blocks.join(''))],
  ['utf-8', Buffer.from(blocks.join(''))],
];

for (const [coding, body] of BODIES) {
  test(`a body in "${coding}" of ${body.length} bytes is read to its end, however it is cut`, async (t) => {
    const random = seeded(body.length);
    const server = await serve(t, async (exchange) => {
      exchange.head(200, { 'content-encoding': coding });
      if (exchange.request.path === '/whole') return exchange.write(body);
      for (let from = 0; from < body.length; ) {
        const to = from + random.integer(1, 60);
        await exchange.write(body.subarray(from, to));
        from = to;
      }
    });
    for (const path of ['/whole', '/pieces', '/pieces']) {
      const { data, error } = await iterate(open(t, server.url + path, ONCE));
      assert.deepEqual([data, error], [events, undefined], path);
    }
  });
}

test('a body that ends within a member is truncated, whatever came before, and is resumed by GET', async (t) => {
  const members = each(zlib.gzipSync);
  const server = await serve(t, async (exchange) => {
    if (server.requests.length === 3) return exchange.status(204);
    exchange.head(200, { 'content-encoding': 'gzip' });
    await exchange.write(members.subarray(0, -1));
  });
  const once = await iterate(open(t, server.url, ONCE));
  assert.deepEqual([once.data, once.error?.code], [events, 'ERR_SSE_TRUNCATED']);
  const again = await iterate(open(t, server.url, { retry: FAST }));
  assert.deepEqual([again.data, again.error], [events, undefined]);
});

test('what follows a member and is none is an error after all that came', async (t) => {
  for (const rest of ['\r\n', '<html>', '\0\0\0data: x\n\n']) {
    const server = await serve(t, async (exchange) => {
      exchange.head(200, { 'content-encoding': 'gzip' });
      await exchange.write(Buffer.concat([each(zlib.gzipSync), Buffer.from(rest)]));
    });
    const { data, error } = await iterate(open(t, server.url, ONCE));
    assert.deepEqual([data, error?.code], [events, 'ERR_SSE_CONTENT_ENCODING']);
  }
});

test('an event compressed for itself comes at once', async (t) => {
  for (const [coding, compress] of [
    ['gzip', zlib.gzipSync],
    ['br', zlib.brotliCompressSync],
    ['deflate', zlib.deflateSync],
  ]) {
    const reader = new EventEmitter();
    const server = await serve(t, async (exchange) => {
      exchange.head(200, { 'content-encoding': coding });
      for (const block of blocks) {
        const read = once(reader, 'read');
        await exchange.write(compress(block));
        await read;
      }
    });
    const data = [];
    const stream = open(t, server.url, ONCE);
    stream.on('event', (event) => {
      data.push(event.data);
      reader.emit('read');
    });
    await within(once(stream, 'close'), PATIENCE_MS, `the end of ${coding}`);
    assert.deepEqual(data, events);
  }
});
