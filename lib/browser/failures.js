'use strict';

const errors = require('../core/errors.js');

/** @typedef {import('./reconnect/next-step.js').Ending} Ending */

/** An attempt that failed, to be thrown: an error, and the row of it in the table of endings. */
class AttemptFailure extends Error {
  /**
   * @param {any} error
   * @param {import('./reconnect/next-step.js').EndingKind | Ending} ending
   */
  constructor(error, ending = 'fatal') {
    super();
    this.error = error;
    this.ending = typeof ending === 'string' ? { kind: ending } : ending;
  }
}

/** @param {'headers' | 'idle' | 'event' | 'total'} phase */
const late = (phase) =>
  new errors.SSETimeoutError(
    `the stream was too slow: timeouts.${phase} passed; raise it, or let the server send heartbeats`,
    { code: 'ERR_SSE_TIMEOUT', phase, retryable: phase !== 'total' },
  );

/** @param {string} message */
const reset = (message) =>
  new errors.SSEResetError(message, { code: 'ERR_SSE_RESET', phase: 'body', retryable: true });

/** @param {number} most */
const oversize = (most) =>
  new errors.SSESizeError(
    `an event is larger than ${most} bytes; raise maxEventSize if that is expected`,
    { code: 'ERR_SSE_SIZE', phase: 'body', retryable: false },
  );

/** @param {unknown} cause */
const threw = (cause) =>
  new errors.SSECallbackError('a callback threw; see the cause', {
    code: 'ERR_SSE_CALLBACK',
    phase: 'prepare',
    retryable: false,
    cause,
  });

/** @param {boolean} terminalDeclared */
const endedEarly = (terminalDeclared) =>
  terminalDeclared
    ? new errors.SSETruncatedError(
        'the body ended before the terminal event; the stream is incomplete',
        { code: 'ERR_SSE_TRUNCATED', phase: 'body', retryable: true },
      )
    : new errors.SSEExhaustedError(
        'the server ended the stream again and again, and every attempt is used up; raise retry.attempts, or ' +
          'declare the terminal event',
        { code: 'ERR_SSE_EXHAUSTED', phase: 'body', retryable: true },
      );

module.exports = { AttemptFailure, endedEarly, late, oversize, reset, threw };
