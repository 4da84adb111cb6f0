'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { PATIENCE_MS, iterate, open, serve } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { MIB } = require('./support/memory.js');

/** What becomes of 16 MiB of `text` in a coding: some thousandth of that. */
const packed = (compress, text) => compress(Buffer.alloc(16 * MIB, text));
const brotli = (bytes) => {
  const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_LGWIN: window } = zlib.constants;
  return zlib.brotliCompressSync(bytes, { params: { [quality]: 5, [window]: 22 } });
};
/** Says `block` for ever, compressed if `coding` says so. */
const body = (block, coding) => ({
  begin: (exchange) => {
    exchange.head(200, coding === undefined ? {} : { 'content-encoding': coding });
  },
  goOn: (exchange) => exchange.write(block),
  block,
});
/** The same outside what HTTP frames. */
const bytes = (first, block) => ({
  begin: (exchange) => exchange.raw(first),
  goOn: (exchange) => exchange.raw(block),
  block,
});

const FLOODS = {
  'comments in gzip': body(packed(zlib.gzipSync, ': x\n'), 'gzip'),
  'comments in brotli': body(packed(brotli, ': x\n'), 'br'),
  'blank lines in gzip': body(packed(zlib.gzipSync, '\n'), 'gzip'),
  'blank lines in brotli': body(packed(brotli, '\r\n'), 'br'),
  'unknown fields in gzip': body(packed(zlib.gzipSync, 'unknown: field\n'), 'gzip'),
  'an endless field name in brotli': body(packed(brotli, 'x'), 'br'),
  'an endless comment in gzip': body(packed(zlib.gzipSync, ':'), 'gzip'),
  'gzip in gzip': body(zlib.gzipSync(packed(zlib.gzipSync, ': x\n')), 'gzip, gzip'),
  'members of nothing': body(Buffer.alloc(20_000, zlib.gzipSync('')), 'gzip'),
  'blocks of nothing': bytes(
    Buffer.concat([
      Buffer.from(
        'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n',
      ),
      zlib.gzipSync('').subarray(0, 10),
    ]),
    // An empty stored block, as each flush leaves one behind.
    Buffer.alloc(50_000, Buffer.from([0, 0, 0, 0xff, 0xff])),
  ),
  'blank lines': body(Buffer.alloc(65_536, '\n')),
  'unknown fields': body(Buffer.alloc(65_536, 'x\n')),
  'an endless field name': body(Buffer.alloc(65_536, 'x')),
  'chunks of a byte': bytes(
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
    Buffer.alloc(60_000, '1\r\n:\r\n'),
  ),
  'early hints': bytes('', Buffer.alloc(63_000, 'HTTP/1.1 103 x\r\n\r\n')),
  'early hints with bare line feeds': bytes('', Buffer.alloc(64_000, 'HTTP/1.1 103 x\n\n')),
};

/** Milliseconds between two events of the honest stream, and how many are heard beside a flood. */
const EVERY = 5;
const HEARD = 50;
/**
 * How late an event in the middle may be on a machine that is busy with other things, in milliseconds.
 * Without turns all of them are late, and by seconds; the worst is printed.
 */
const MOST_DELAY = 400;

for (const [name, { begin, goOn, block }] of Object.entries(FLOODS)) {
  test(`${name} delay no other stream, and can be left`, async (t) => {
    let flooded = 0;
    const server = await serve(t, async (exchange) => {
      if (exchange.request.path === '/honest') {
        for (;;) {
          await exchange.event({ data: performance.now() });
          await exchange.sleep(EVERY);
        }
      }
      await begin(exchange);
      for (;;) {
        await goOn(exchange);
        flooded += block.length;
      }
    });
    const delays = [];
    const honest = open(t, `${server.url}/honest`);
    honest.on('event', ({ data }) => delays.push(performance.now() - Number(data)));
    await until(() => delays.length >= 5, PATIENCE_MS, 'the honest stream');
    delays.length = 0;
    const hostile = open(t, `${server.url}/flood`, { retry: false });
    hostile.on('event', () => {});
    await until(() => flooded > 0, PATIENCE_MS, 'the flood');
    await until(() => delays.length >= HEARD, 6 * PATIENCE_MS, 'the honest stream beside it');
    const sorted = delays.toSorted((a, b) => a - b);
    const [middle, worst] = [sorted[HEARD >> 1], sorted.at(-1)].map((ms) => ms.toFixed(1));
    t.diagnostic(
      `delay ${middle} ms, at worst ${worst} ms; ${(flooded / MIB).toFixed(1)} MiB came`,
    );
    assert.ok(middle < MOST_DELAY, `half of the events came ${middle} ms late`);
    assert.notEqual(hostile.retryState.state, 'closed', 'the flood goes on');
    hostile.close();
    await within(server.connections.at(-1).closed, PATIENCE_MS, 'the close');
  });
}

test('clocks run while a flood goes on', async (t) => {
  const comments = packed(zlib.gzipSync, ': x\n');
  const server = await serve(t, async (exchange) => {
    exchange.head(200, { 'content-encoding': 'gzip' });
    for (;;) await exchange.write(comments);
  });
  for (const [timeouts, phase] of [
    [{ event: { ms: 200 } }, 'event'],
    [{ total: 200 }, 'total'],
  ]) {
    const { data, error } = await iterate(open(t, server.url, { retry: false, timeouts }));
    assert.deepEqual([data, error?.code, error?.phase], [[], 'ERR_SSE_TIMEOUT', phase]);
  }
});
