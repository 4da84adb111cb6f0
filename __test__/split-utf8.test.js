'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { SSEOptionError, splitUtf8 } = require('../index.js');
const { seeded } = require('./support/random.js');

const ROUNDS = 100_000;

/** What is easily cut in half. */
const PARTS = [
  ...['a', ' ', '\n', '\r\n', '。', '，', '河', 'é', 'e\u0301', 'x\u0323\u0301', '3.14'],
  ...['🌊', '🏞️', '🇨🇳', '👍🏽', '👨‍👩‍👧‍👦', '각', '\u200d', '\u{20000}'],
];

test('a text is divided between characters, at a soft break where there is one', () => {
  assert.deepEqual(splitUtf8('大河は流れる。続ける', 24), ['大河は流れる。', '続ける']);
  assert.deepEqual(splitUtf8('one two\nthree four', 12), ['one two\n', 'three four']);
  assert.deepEqual(splitUtf8('👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 30), ['👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦']);
  assert.deepEqual(splitUtf8('', 4), []);
});

test('a fence of code that a piece leaves open is closed, and opened again', () => {
  assert.deepEqual(splitUtf8('Code:\n```js\nconst one = 1;\nconst two = 2;\n```\nDone.', 36), [
    'Code:\n```js\nconst one = 1;\n```',
    '```js\nconst two = 2;\n```\nDone.',
  ]);
});

test('half a surrogate pair becomes a replacement character', () => {
  assert.deepEqual(splitUtf8('a\ud800b', 4), ['a\ufffd', 'b']);
});

test(`${ROUNDS} random texts lose no character, and no piece is too large`, () => {
  const random = seeded(18);
  const segmenter = new Intl.Segmenter();
  for (let round = 0; round < ROUNDS; round++) {
    const parts = Array.from({ length: random.integer(0, 40) }, () => random.pick(PARTS));
    const text = parts.join('');
    const bytes = random.integer(4, 100);
    const pieces = splitUtf8(text, bytes);
    assert.equal(pieces.join(''), text, `round ${round}`);
    for (const piece of pieces) {
      assert.ok(piece !== '' && Buffer.byteLength(piece) <= bytes, `round ${round}`);
      assert.ok(!/\p{Surrogate}/u.test(piece), `round ${round}`);
    }
    if (round % 20 === 0) assertWhole(segmenter, text, pieces, bytes);
  }
});

/** Whether pieces begin where another implementation sees a character begin, unless one is larger than a piece. */
function assertWhole(segmenter, text, pieces, bytes) {
  const divisible = new Set();
  for (const { index, segment } of segmenter.segment(text)) {
    const inside = Buffer.byteLength(segment) > bytes ? segment.length : 1;
    for (let at = 0; at < inside; at++) divisible.add(index + at);
  }
  let at = 0;
  for (const piece of pieces) {
    assert.ok(divisible.has(at), JSON.stringify({ pieces, bytes }));
    at += piece.length;
  }
}

test('a wrong argument is refused by name', () => {
  for (const [args, name] of [
    [[undefined, 10], 'text'],
    [[7, 10], 'text'],
    [['a'], 'bytes'],
    [['a', 3], 'bytes'],
    [['a', 4.5], 'bytes'],
    [['a', Number.POSITIVE_INFINITY], 'bytes'],
    [['a', '10'], 'bytes'],
  ]) {
    assert.throws(
      () => splitUtf8(...args),
      (error) => error instanceof SSEOptionError && new RegExp(`\\b${name}\\b`).test(error.message),
    );
  }
});
