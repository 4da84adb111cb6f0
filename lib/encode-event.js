'use strict';

const native = require('./native.js');
const { SSEOptionError } = require('./errors.js');

const TEXTS = /** @type {const} */ (['data', 'event', 'id', 'comment']);

/**
 * See `encodeEvent` in index.d.ts.
 *
 * @param {import('../index.js').OutgoingEvent} event
 * @returns {string}
 */
function encodeEvent(event) {
  if (typeof event !== 'object' || event === null) {
    throw new SSEOptionError('encodeEvent needs an event object');
  }
  for (const name of TEXTS) {
    const value = event[name];
    if (value !== undefined && typeof value !== 'string') {
      throw new SSEOptionError(`${name} must be a string, got ${typeof value}`);
    }
  }
  const { data, id, retry, comment } = event;
  if (retry !== undefined && !(Number.isSafeInteger(retry) && retry >= 0)) {
    throw new SSEOptionError(`retry must be a whole number of milliseconds, got ${String(retry)}`);
  }
  // The default name need not be written.
  const name = event.event === 'message' ? undefined : event.event;
  try {
    return native.encodeEvent(data, name, id, retry, comment);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
  }
}

module.exports = { encodeEvent };
