'use strict';

const { SSERunError } = require('../core/errors.js');

/**
 * What a reader is told of an end that is not the source's own.
 *
 * @param {import('./run-reader.js').RunEnd | undefined} end
 * @param {unknown} [cause] where the source failed in this process
 */
function runError(end, cause) {
  if (end?.error === undefined) return undefined;
  const { code, message, kind } = end.error;
  /** @type {any} */
  const details = { code, kind };
  if (cause !== undefined) details.cause = cause;
  return new SSERunError(message, details);
}

module.exports = { runError };
