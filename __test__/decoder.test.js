'use strict';

const assert = require('node:assert/strict');
const { existsSync, readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const { EventStreamDecoder, EventStreamDecoderStream } = require('../index.js');
const { seeded } = require('./support/random.js');

const FIXTURES = path.join(__dirname, '..', '..', 'shared', 'fixtures');

/** Everything that a decoder calls back with, for these pieces. */
function decode(pieces, options) {
  const log = [];
  const decoder = new EventStreamDecoder({
    onEvent: (event) => log.push(event),
    onComment: (text) => log.push({ comment: text }),
    onRetry: (delay) => log.push({ delay }),
    ...options,
  });
  for (const piece of pieces) decoder.feed(Buffer.from(piece));
  decoder.end();
  return log;
}

const events = (text) => decode([text]).filter(({ event }) => event !== undefined);

/** Pieces of at most so many bytes. */
function cut(bytes, size) {
  const pieces = [];
  for (let from = 0; from < bytes.length; from += size)
    pieces.push(bytes.subarray(from, from + size));
  return pieces;
}

test('events, comments and retry fields come in order', () => {
  const text =
    ': hi\nretry: 10\nid: 1\nevent: a\ndata: x\ndata: y\n\n:\ndata\n\nretry: x\nretry: 020\n\n';
  assert.deepEqual(decode([text]), [
    { comment: 'hi' },
    { delay: 10 },
    { event: 'a', data: 'x\ny', id: '1', lastEventId: '1', retry: 10 },
    { comment: '' },
    { event: 'message', data: '', id: undefined, lastEventId: '1' },
    { delay: 20 },
  ]);
});

test('an id without data is committed, one in an incomplete block is not', () => {
  const ids = events('id: 1\n\ndata: a\n\nid\n\ndata: b\n\nid: 2\ndata: c').map(
    ({ id, lastEventId }) => [id, lastEventId],
  );
  assert.deepEqual(ids, [
    [undefined, '1'],
    [undefined, ''],
  ]);
});

test('an event is complete at its blank line, whatever the line ends', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const log = [];
    const decoder = new EventStreamDecoder({ onEvent: ({ data }) => log.push(data) });
    decoder.feed(Buffer.from(`data: x${end}${end}`));
    assert.deepEqual(log, ['x']);
    decoder.feed(Buffer.from(`\ndata: y${end}${end}`));
    assert.deepEqual(log, ['x', 'y']);
  }
});

test('names that a prototype knows are ordinary names', () => {
  const names = ['__proto__', 'constructor', 'toString', 'error', 'newListener'];
  const text = names.map((name) => `event: ${name}\ndata: x\n\n`).join('');
  assert.deepEqual(
    events(text).map(({ event }) => event),
    names,
  );
});

test('text of every script arrives whole, split at any byte', () => {
  const data = 'é ü ß 漢字 \u{1f600} \u2028 \u0085 \x7f \x01';
  const bytes = Buffer.from(`\uFEFFid: 漢\ndata: ${data}\n\n`);
  const expected = [{ event: 'message', data, id: '漢', lastEventId: '漢' }];
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(decode([bytes.subarray(0, at), bytes.subarray(at)]), expected);
  }
  assert.deepEqual(decode(cut(bytes, 1)), expected);
});

test('invalid UTF-8 becomes U+FFFD as TextDecoder has it', () => {
  const { bytes } = seeded(7);
  for (let round = 0; round < 200; round++) {
    const noise = bytes(40).filter((byte) => byte !== 0x0a && byte !== 0x0d);
    const [{ data }] = decode([Buffer.concat([Buffer.from('data:x'), noise, Buffer.from('\n\n')])]);
    assert.equal(data, `x${new TextDecoder().decode(noise)}`);
  }
});

test('a long comment is shown up to 4 KiB', () => {
  const [{ comment }] = decode([`:${'x'.repeat(10_000)}\n`]);
  assert.equal(comment, 'x'.repeat(4096));
});

test('an event over `maxEventSize` throws, and the decoder is of no further use', () => {
  const log = [];
  const onEvent = ({ data }) => log.push(data);
  const decoder = new EventStreamDecoder({ onEvent, maxEventSize: 10 });
  decoder.feed(Buffer.from('data: 0123456789\n\n'));
  const oversize = { code: 'ERR_SSE_SIZE', name: 'SSESizeError' };
  assert.throws(() => decoder.feed(Buffer.from('data: ok\n\ndata: 0123456789a\n\n')), oversize);
  assert.deepEqual(log, ['0123456789', 'ok']);
  assert.throws(() => decoder.feed(Buffer.from('data: x\n\n')), oversize);
  assert.deepEqual(log, ['0123456789', 'ok']);
});

test('`maxEventSize: null` has no limit, and the default takes some MiB', () => {
  const large = 'x'.repeat(5 << 20);
  const [{ data }] = decode(cut(Buffer.from(`data: ${large}\n\n`), 1 << 16));
  assert.equal(data, large);
  assert.equal(decode([`data: ${large}\n\n`], { maxEventSize: null })[0].data, large);
});

test('after `end` nothing can be fed, and the incomplete event is gone', () => {
  const log = [];
  const decoder = new EventStreamDecoder({ onEvent: (event) => log.push(event) });
  decoder.feed(Buffer.from('data: x\n'));
  decoder.end();
  decoder.end();
  assert.deepEqual(log, []);
  assert.throws(() => decoder.feed(Buffer.from('\n')), { code: 'ERR_SSE_CLOSED' });
});

test('options and bytes are checked', () => {
  const bad = { code: 'ERR_SSE_OPTION' };
  for (const options of [
    undefined,
    {},
    { onEvent: 1 },
    { onEvent() {}, onComment: 1 },
    { onEvent() {}, maxEventSize: -1 },
    { onEvent() {}, maxEventSize: 0.5 },
    { onEvent() {}, unknown: 1 },
  ]) {
    assert.throws(() => new EventStreamDecoder(options), bad);
  }
  const decoder = new EventStreamDecoder({ onEvent() {} });
  for (const bytes of ['text', undefined, [1], new ArrayBuffer(1)]) {
    assert.throws(() => decoder.feed(bytes), bad);
  }
});

test('a callback that throws is heard, and costs no event', () => {
  const log = [];
  const mistake = new Error('mine');
  const decoder = new EventStreamDecoder({
    onEvent({ data }) {
      log.push(data);
      if (data === '1') throw mistake;
    },
  });
  const feed = () => decoder.feed(Buffer.from('data: 1\n\ndata: 2\n\ndata: 3'));
  assert.throws(feed, (error) => error === mistake);
  decoder.feed(Buffer.from('\n\n'));
  assert.deepEqual(log, ['1', '2', '3']);
});

test('a callback may feed another decoder', () => {
  const log = [];
  const inner = new EventStreamDecoder({ onEvent: ({ data }) => log.push(data) });
  const outer = new EventStreamDecoder({
    onEvent: ({ data }) => inner.feed(Buffer.from(`data: inner ${data}\n\n`)),
  });
  outer.feed(Buffer.from('data: 1\n\ndata: 2\n\n'));
  assert.deepEqual(log, ['inner 1', 'inner 2']);
});

test('a callback may feed its own decoder: the bytes come after those under way', () => {
  const log = [];
  const decoder = new EventStreamDecoder({
    onEvent({ data }) {
      log.push(data);
      if (data === '1') decoder.feed(Buffer.from('data: 3\n\n'));
    },
  });
  decoder.feed(Buffer.from('data: 1\n\ndata: 2\n\n'));
  assert.deepEqual(log, ['1', '2', '3']);
});

test('`end` in a callback takes no more bytes, and what was fed is delivered', () => {
  const log = [];
  const decoder = new EventStreamDecoder({
    onEvent({ data }) {
      log.push(data);
      decoder.end();
    },
  });
  decoder.feed(Buffer.from('data: 1\n\ndata: 2\n\n'));
  assert.deepEqual(log, ['1', '2']);
  assert.throws(() => decoder.feed(Buffer.from('\n')), { code: 'ERR_SSE_CLOSED' });
});

test('the decoder stream gives events, and calls back for the rest', async () => {
  const log = [];
  const stream = new EventStreamDecoderStream({
    onComment: (text) => log.push(text),
    onRetry: (delay) => log.push(delay),
  });
  const body = new Response(': a\nretry: 5\ndata: 1\n\ndata: 2\n\ndata: 3').body;
  const data = [];
  for await (const event of body.pipeThrough(stream)) data.push(event.data);
  assert.deepEqual(
    [data, log],
    [
      ['1', '2'],
      ['a', 5],
    ],
  );
});

test('the decoder stream fails on what is too large, and checks its options', async () => {
  const stream = new EventStreamDecoderStream({ maxEventSize: 3 });
  const reader = new Response('data: 1\n\ndata: 1234\n\n').body.pipeThrough(stream).getReader();
  const read = async () => {
    for (;;) await reader.read();
  };
  await assert.rejects(read, { code: 'ERR_SSE_SIZE' });
  assert.throws(() => new EventStreamDecoderStream({ onEvent() {} }), { code: 'ERR_SSE_OPTION' });
  assert.throws(() => new EventStreamDecoderStream({ x: 1 }), { code: 'ERR_SSE_OPTION' });
});

/** Recorded streams of providers, where they are at hand. */
const recordings = existsSync(FIXTURES)
  ? readdirSync(FIXTURES).filter((name) => name.endsWith('.sse.txt'))
  : [];

/** Streams that no provider would send. */
function invented() {
  const { integer, pick } = seeded(11);
  const parts = ['data', 'id', 'event', 'retry', ':', ': ', ' ', 'x', '1', 'ü', '漢', '\u{1f600}'];
  const ends = ['\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n'];
  return Array.from({ length: 300 }, () => {
    const items = Array.from({ length: integer(1, 40) }, () => pick([...parts, ...ends]));
    return Buffer.from(items.join(''));
  });
}

let createParser;
before(async () => {
  ({ createParser } = await import('eventsource-parser'));
});

/** What another decoder makes of the bytes. */
function peer(bytes) {
  const log = [];
  const parser = createParser({
    onEvent: ({ event, data }) => log.push([event ?? 'message', data]),
  });
  // Its way of holding back a CR at the end of what it got needs one more byte to see the end.
  parser.feed(`${bytes.toString('utf8')}\n`);
  return log;
}

test('invented streams give the same events at any split, and as another decoder', () => {
  for (const bytes of invented()) {
    const whole = decode([bytes]);
    for (const size of [1, 2, 3, 7]) assert.deepEqual(decode(cut(bytes, size)), whole);
    const named = decode([bytes, '\n']).filter(({ event }) => event !== undefined);
    assert.deepEqual(
      named.map(({ event, data }) => [event, data]),
      peer(bytes),
      JSON.stringify(bytes.toString()),
    );
  }
});

for (const name of recordings) {
  test(`${name} gives the same events at any split, and as another decoder`, () => {
    const bytes = readFileSync(path.join(FIXTURES, name));
    const whole = decode([bytes]);
    const named = whole.filter(({ event }) => event !== undefined);
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.map(({ event, data }) => [event, data]),
      peer(bytes),
    );
    for (const size of [1, 2, 3, 16, 1021, 4096]) {
      assert.deepEqual(decode(cut(bytes, size)), whole, `pieces of ${size}`);
    }
    const { integer } = seeded(bytes.length);
    for (let round = 0; round < 20; round++) {
      const at = integer(0, bytes.length);
      assert.deepEqual(decode([bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`);
    }
  });
}
