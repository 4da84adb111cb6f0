'use strict';

const native = require('../core/native.js');
const check = require('../options/checks.js');

/** The size of the largest code point. */
const LEAST = 4;

/**
 * See `splitUtf8` in index.d.ts.
 *
 * @param {string} text
 * @param {number} bytes
 * @returns {string[]}
 */
function splitUtf8(text, bytes) {
  return native.splitUtf8(
    check.text(text, 'text'),
    check.whole(bytes, 'bytes', { least: LEAST, unit: 'bytes' }),
  );
}

module.exports = { splitUtf8 };
