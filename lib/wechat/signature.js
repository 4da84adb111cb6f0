'use strict';

const { createHash, timingSafeEqual } = require('node:crypto');

/**
 * What WeChat signs a request with: the SHA-1 of the token and its other parts, sorted and joined.
 *
 * @param {readonly string[]} parts
 */
const signatureOf = (parts) =>
  createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex');

/**
 * Whether a signature is that of these parts, in a time that does not tell how much of it is right.
 *
 * @param {string | null | undefined} given
 * @param {readonly string[]} parts
 */
function isSignature(given, parts) {
  const expected = Buffer.from(signatureOf(parts));
  const received = Buffer.from(given ?? '');
  return received.length === expected.length && timingSafeEqual(received, expected);
}

/**
 * Whether a request was signed within so many milliseconds of now.
 *
 * @param {string | null | undefined} timestamp seconds since 1970
 * @param {number} now milliseconds since 1970
 * @param {number} tolerance
 */
const isFresh = (timestamp, now, tolerance) =>
  /^\d{1,12}$/.test(timestamp ?? '') && Math.abs(Number(timestamp) * 1000 - now) <= tolerance;

module.exports = { isFresh, isSignature, signatureOf };
