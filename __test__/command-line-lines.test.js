'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { splitLines } = require('../lib/cli/lines.js');

/** The lengths of the lines of a text that comes in pieces of so many bytes. */
async function lengths(text, size) {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const found = [];
  for await (const line of splitLines(pieces())) found.push(line.length);
  return found;
}

test('a long line becomes the same several, in whatever pieces it comes', async () => {
  const text = `${'x'.repeat(300_000)}\r\n\nlast`;
  for (const size of [1000, 65_536, 70_000, 262_145, 1_000_000]) {
    assert.deepEqual(await lengths(text, size), [262_144, 37_856, 0, 4], `pieces of ${size}`);
  }
});
