'use strict';

const assert = require('node:assert/strict');
const { inspect } = require('node:util');

/**
 * Asserts that none of the secrets shows in a value, however a program may print it.
 *
 * @param {unknown} value
 * @param {readonly string[]} secrets
 * @param {string} what
 */
function assertNoSecret(value, secrets, what) {
  const texts = {
    inspected: inspect(value, { depth: 9 }),
    'as JSON': JSON.stringify(value) ?? '',
    'as text': `${value}`,
    'its stack': String(value?.stack),
  };
  for (const [how, text] of Object.entries(texts)) {
    for (const secret of secrets) {
      assert.ok(!text.includes(secret), `${what}, ${how}, shows a secret: ${text}`);
    }
  }
}

module.exports = { assertNoSecret };
