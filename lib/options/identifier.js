'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { wellFormed } = require('../core/http-values.js');
const check = require('./checks.js');

/** The longest identifier, in UTF-8. A key of Redis may be longer, a log line should not. */
const LONGEST = 1024;

/**
 * Text that names something: of a run, an owner, a hub.
 *
 * @param {unknown} value
 * @param {string} name
 * @param {number} [longest] in UTF-8
 */
function identifier(value, name, longest = LONGEST) {
  const text = check.text(value, name);
  if (text === '') throw new SSEOptionError(`${name} must not be empty`);
  if (wellFormed(text) !== text) throw new SSEOptionError(`${name} must be well-formed text`);
  if (Buffer.byteLength(text) > longest) {
    throw new SSEOptionError(`${name} must be at most ${longest} bytes long; hash a longer one`);
  }
  return text;
}

module.exports = { identifier };
