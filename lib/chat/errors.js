'use strict';

const { SSEStateError } = require('../core/errors.js');

/**
 * @typedef {import('../../index.js').ChatAnswer} ChatAnswer
 * @typedef {import('../../index.js').SSEError} SSEError
 */

/** For consumers of a whole answer that the caller stopped. */
function stopped() {
  const message = 'the answer was stopped before it was complete; snapshot() has what came';
  return new SSEStateError(message, { code: 'ERR_SSE_CLOSED' });
}

/** For a consumer that has taken text which the model then began to write anew. */
function restarted() {
  const message =
    'the answer began anew, and text that was given is void: iterate the stream itself, listen for ' +
    '"reset", or take the whole with text()';
  return new SSEStateError(message, { code: 'ERR_SSE_RESTARTED' });
}

/**
 * Adds to the error that ended an answer what came of it.
 *
 * @param {SSEError} error
 * @param {ChatAnswer} partial
 * @param {string} requestId
 */
function complete(error, partial, requestId) {
  Object.assign(error, { requestId });
  // Reachable but not printed: an answer in a log would bury the failure.
  const hidden = { value: partial, writable: true, configurable: true };
  Object.defineProperty(error, 'partial', hidden);
}

module.exports = { complete, restarted, stopped };
