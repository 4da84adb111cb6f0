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

/**
 * @param {new (message: string, details: any) => Error} Class
 * @param {import('../../index.js').ErrorCode} code
 * @param {string} phase
 * @param {boolean} retryable
 * @param {string} message
 * @param {object} [more] that it knows
 * @returns {any}
 */
const failure = (Class, code, phase, retryable, message, more) =>
  new Class(message, { code, phase, retryable, ...more });

/** @param {'headers' | 'idle' | 'event' | 'total'} phase */
const late = (phase) =>
  failure(
    errors.SSETimeoutError,
    'ERR_SSE_TIMEOUT',
    phase,
    phase !== 'total',
    `the stream was too slow: timeouts.${phase} passed; raise it, or let the server send heartbeats`,
  );

/** @param {string} message */
const reset = (message) => failure(errors.SSEResetError, 'ERR_SSE_RESET', 'body', true, message);

/** @param {number} most */
const oversize = (most) =>
  failure(
    errors.SSESizeError,
    'ERR_SSE_SIZE',
    'body',
    false,
    `an event is larger than ${most} bytes; raise maxEventSize if that is expected`,
  );

/** @param {unknown} cause */
const threw = (cause) =>
  failure(
    errors.SSECallbackError,
    'ERR_SSE_CALLBACK',
    'prepare',
    false,
    'a callback threw; see the cause',
    { cause },
  );

/** @param {boolean} terminalDeclared */
const endedEarly = (terminalDeclared) =>
  terminalDeclared
    ? failure(
        errors.SSETruncatedError,
        'ERR_SSE_TRUNCATED',
        'body',
        true,
        'the body ended before the terminal event; the stream is incomplete',
      )
    : failure(
        errors.SSEExhaustedError,
        'ERR_SSE_EXHAUSTED',
        'body',
        true,
        'the server ended the stream again and again, and every attempt is used up; raise retry.attempts, or ' +
          'declare the terminal event',
      );

module.exports = { AttemptFailure, endedEarly, failure, late, oversize, reset, threw };
