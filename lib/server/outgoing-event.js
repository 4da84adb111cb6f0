'use strict';

const { SSEOptionError } = require('../core/errors.js');

const TEXTS = /** @type {const} */ (['data', 'event', 'id', 'comment']);

/**
 * An event to encode, its members checked; the default name need not be written.
 *
 * @param {import('../../index.js').OutgoingEvent} event
 */
function outgoingEvent(event) {
  if (typeof event !== 'object' || event === null) {
    throw new SSEOptionError('encodeEvent needs an event object');
  }
  for (const name of TEXTS) {
    const value = event[name];
    if (value !== undefined && typeof value !== 'string') {
      throw new SSEOptionError(`${name} must be a string, got ${typeof value}`);
    }
  }
  const { data, event: name, id, retry, comment } = event;
  if (retry !== undefined && !(Number.isSafeInteger(retry) && retry >= 0)) {
    throw new SSEOptionError(`retry must be a whole number of milliseconds, got ${String(retry)}`);
  }
  return { data, name: name === 'message' ? undefined : name, id, retry, comment };
}

module.exports = { outgoingEvent };
