'use strict';

const { SSEOptionError } = require('../core/errors.js');

/** How long open streams have to come to their end, in milliseconds; container engines kill after ten seconds. */
const DEADLINE = 5000;

/** What a shell reports of a process that such a signal ended. */
const EXIT_CODES = /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]);

let registered = false;

/**
 * See `register` in next.d.ts.
 *
 * @param {{ deadline?: number }} [options]
 */
function register({ deadline = DEADLINE } = {}) {
  if (typeof deadline !== 'number' || !(deadline >= 0 && deadline <= 2 ** 31 - 1)) {
    throw new SSEOptionError(
      `deadline must be a number of milliseconds >= 0, got a value of type ${typeof deadline}`,
    );
  }
  if (registered) return;
  registered = true;
  for (const [signal, code] of EXIT_CODES) {
    process.prependOnceListener(signal, () => {
      // Without this listener, and without one of the server's, the process would have ended now.
      if (process.listenerCount(signal) === 0) process.exit(code);
      // What ends by itself before that is not kept waiting.
      setTimeout(() => process.exit(code), deadline).unref();
    });
  }
}

module.exports = { register };
