'use strict';

const { randomFillSync } = require('node:crypto');

/** How long a name is, in bytes: it cannot be guessed. */
const LENGTH = 16;

/** Chance is asked for many names at a time: once for each, it takes as long as the rest of a connection. */
const pool = Buffer.alloc(256 * LENGTH);
let next = pool.length;

/** @returns {string} 128 random bits, of characters that may stand in a URL */
function randomName() {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  const name = pool.toString('base64url', next, next + LENGTH);
  // What was given away is not kept.
  pool.fill(0, next, next + LENGTH);
  next += LENGTH;
  return name;
}

module.exports = { randomName };
