'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');
const native = require('../core/native.js');

const outgoing = lazy(() => require('./outgoing-event.js'));

/**
 * See `encodeEvent` in index.d.ts.
 *
 * @param {import('../../index.js').OutgoingEvent} event
 * @returns {string}
 */
function encodeEvent(event) {
  const { data, name, id, retry, comment } = outgoing().outgoingEvent(event);
  try {
    return native.encodeEvent(data, name, id, retry, comment);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
  }
}

module.exports = { encodeEvent };
