'use strict';

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const native = require('../index.js');
const browser = require('../lib/browser/index.js');
const { seeded } = require('./support/random.js');

const RECORDINGS = join(__dirname, 'support', 'recordings');

/** Everything that a decoder tells of these chunks, in order, its failure included. */
function transcript(EventStreamDecoder, chunks, maxEventSize) {
  const told = [];
  const decoder = new EventStreamDecoder({
    maxEventSize,
    onEvent: (event) => told.push({ ...event }),
    onComment: (comment) => told.push({ comment }),
    onRetry: (delay) => told.push({ delay }),
  });
  try {
    for (const chunk of chunks) decoder.feed(chunk);
    decoder.end();
  } catch (error) {
    told.push({ code: error.code, message: error.message });
  }
  return told;
}

/** Both decoders on the same bytes; returns what they agree on. */
function same(chunks, maxEventSize, message) {
  const expected = transcript(native.EventStreamDecoder, chunks, maxEventSize);
  const actual = transcript(browser.EventStreamDecoder, chunks, maxEventSize);
  assert.deepEqual(actual, expected, message);
  return expected;
}

/** The bytes cut into pieces of up to `most` bytes; some are empty. */
function pieces(bytes, random, most) {
  const cut = [];
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + random.integer(0, most));
    cut.push(bytes.subarray(start, end));
    start = end;
  }
  return cut;
}

const FIELDS = ['data', 'data', 'data', 'event', 'id', 'retry', '', 'data ', 'Data', 'unknown'];
const COLONS = [':', ':', ': ', ': ', ':  ', ''];
const ENDS = ['\n', '\n', '\n', '\r', '\r\n', '\n\n', '\n\n', '\r\r', '\r\n\r\n', '\n\r'];
const ATOMS = ['a', '7', '1500', ' ', ':', '\0', '\ufeff', 'é', '漢', '😀', '\u2028', '\x85', '\v'];
ATOMS.push('99999999999999999999', 'longer than any field name', 'data', 'data:', '[DONE]');
/** Cut and invalid sequences, which decode to U+FFFD. */
const BROKEN = [[0xff], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3], [0xef, 0xbb]];

/** A stream made by chance, biased towards the grammar and its corners. */
function randomStream(random) {
  const parts = [];
  const text = () => {
    for (let count = random.integer(0, 3); count > 0; count--) {
      const broken = random.chance(0.1);
      parts.push(Buffer.from(broken ? random.pick(BROKEN) : random.pick(ATOMS)));
    }
  };
  const put = (value) => parts.push(Buffer.from(value));
  if (random.chance(0.2)) put('\ufeff');
  for (let lines = random.integer(0, 30); lines > 0; lines--) {
    if (random.chance(0.85)) put(random.pick(FIELDS) + random.pick(COLONS));
    text();
    put(random.pick(ENDS));
  }
  if (random.chance(0.5)) put(`data: ${random.pick(ATOMS)}`);
  return Buffer.concat(parts);
}

describe('the decoder for browsers agrees with the native one', () => {
  for (const name of readdirSync(RECORDINGS).filter((file) => file.endsWith('.sse.txt'))) {
    test(`on ${name}, however it is cut`, () => {
      const random = seeded(1);
      const bytes = readFileSync(join(RECORDINGS, name));
      assert.ok(same([bytes]).length > 2);
      same(Array.from(bytes, (byte) => Uint8Array.of(byte)));
      for (const most of [3, 16, 200, 5000]) same(pieces(bytes, random, most));
    });
  }

  test('on 3,000 random streams with random cuts', () => {
    let told = 0;
    for (let seed = 1; seed <= 3000; seed++) {
      const random = seeded(seed);
      const bytes = randomStream(random);
      const chunks = pieces(bytes, random, random.pick([1, 2, 7, 64]));
      told += same(chunks, undefined, `seed ${seed}: ${JSON.stringify(String(bytes))}`).length;
    }
    assert.ok(told > 10_000, `the streams say something: ${told}`);
  });

  test('on what the parser beneath it leaves out or delays', () => {
    const streams = [
      'id: 7\n\ndata: a\n\n',
      'retry: 5\n\ndata: a\n\nretry: 6\ndata: b\n\n',
      'data: a\r\r',
      'id: 1\ndata: a\n\nid\ndata: b\n\n',
      '\ufeff\ufeffdata: a\n\ndata: b\n\n',
      '\n\n\n\ndata: a\n\n\n\n\ndata: b\n\n',
      `: ${'é'.repeat(4096)}\n`,
      `:${'x'.repeat(10_000)}\ndata: a\n\n`,
      'retry: 99999999999999999999999\n',
      'data:\n\ndata\n\ndata\ndata\n\n',
    ];
    for (const stream of streams) {
      const bytes = Buffer.from(stream);
      same([bytes], undefined, stream.slice(0, 40));
      same(
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
        undefined,
        stream.slice(0, 40),
      );
    }
  });

  test('on which event is too large, and delivers those before it', () => {
    const feed = (text) => [Buffer.from(text)];
    const told = same(feed('data: one\n\ndata: 123456789\n\ndata: three\n\n'), 8);
    assert.deepEqual(
      told.map(({ data, code }) => data ?? code),
      ['one', 'ERR_SSE_SIZE'],
    );
    assert.equal(same(feed('data: 12345678\n\n'), 8)[0].data, '12345678');
    assert.equal(same(feed('data: 漢漢漢\n\n'), 8)[0].code, 'ERR_SSE_SIZE');
    assert.equal(same(feed('id: 1234\nevent: abc\ndata: xy\n\n'), 8)[0].code, 'ERR_SSE_SIZE');
    assert.equal(same(feed(`: ${'x'.repeat(100)}\ndata: a\n\n`), 8).at(-1).data, 'a');
    assert.equal(same(feed(`data: ${'x'.repeat(100)}`), 8)[0].code, 'ERR_SSE_SIZE');
    same(feed(`unknown${'x'.repeat(100)}`), 8);
  });

  test('on wrong arguments and states', () => {
    const attempts = [
      (Decoder) => new Decoder(),
      (Decoder) => new Decoder({ onEvent: 1 }),
      (Decoder) => new Decoder({ onEvent() {}, onComment: 'x' }),
      (Decoder) => new Decoder({ onEvent() {}, maxEventSize: 0 }),
      (Decoder) => new Decoder({ onEvent() {}, other: 1 }),
      (Decoder) => new Decoder({ onEvent() {} }).feed('text'),
      (Decoder) => {
        const decoder = new Decoder({ onEvent() {} });
        decoder.end();
        decoder.feed(Buffer.from('\n'));
      },
    ];
    const thrown = (attempt, Decoder) => {
      try {
        attempt(Decoder);
      } catch ({ name, code, message }) {
        return { name, code, message };
      }
      return undefined;
    };
    for (const attempt of attempts) {
      const expected = thrown(attempt, native.EventStreamDecoder);
      assert.match(expected?.code ?? 'nothing', /^ERR_SSE_/);
      assert.deepEqual(thrown(attempt, browser.EventStreamDecoder), expected);
    }
  });
});

test('a comment or an unknown field that never ends takes no memory and no time', () => {
  for (const start of [':', 'unknown']) {
    const told = [];
    const { EventStreamDecoder } = browser;
    const decoder = new EventStreamDecoder({
      maxEventSize: 64 * 1024,
      onEvent: ({ data }) => told.push(data),
      onComment: (text) => told.push(text.length),
    });
    decoder.feed(Buffer.from(start));
    const byte = Buffer.from('x');
    for (let count = 0; count < 300_000; count++) decoder.feed(byte);
    decoder.feed(Buffer.from('\ndata: after\n\n'));
    assert.deepEqual(told, start === ':' ? [4096, 'after'] : ['after']);
  }
});

test('a callback that throws loses no event, and may feed its own decoder', () => {
  const seen = [];
  const decoder = new browser.EventStreamDecoder({
    onEvent({ data }) {
      seen.push(data);
      if (data === 'a') throw new Error('mistake');
      if (data === 'b') decoder.feed(Buffer.from('data: c\n\n'));
    },
  });
  assert.throws(() => decoder.feed(Buffer.from('data: a\n\ndata: b\n\n')), /mistake/);
  assert.deepEqual(seen, ['a', 'b', 'c']);
});

test('the decoder stream for browsers turns bytes into events and fails when one is too large', async () => {
  const { EventStreamDecoderStream, SSESizeError } = browser;
  const source = ReadableStream.from([Buffer.from('data: a\n\nda'), Buffer.from('ta: bb\n\n')]);
  const comments = [];
  const options = { maxEventSize: 1, onComment: (text) => comments.push(text) };
  const reader = source.pipeThrough(new EventStreamDecoderStream(options)).getReader();
  assert.equal((await reader.read()).value.data, 'a');
  await assert.rejects(reader.read(), SSESizeError);
  assert.throws(() => new EventStreamDecoderStream({ onEvent() {} }), /onEvent is not an option/);
});
