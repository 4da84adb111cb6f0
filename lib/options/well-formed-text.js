'use strict';

const { SSEOptionError } = require('../core/errors.js');

/**
 * Half a surrogate pair is no text, and the core takes none.
 *
 * @param {string} value
 * @param {string} name
 */
function wellFormedText(value, name) {
  if (/\p{Surrogate}/u.test(value)) {
    throw new SSEOptionError(`${name} must be well-formed text: it holds half a surrogate pair`);
  }
  return value;
}

module.exports = { wellFormedText };
