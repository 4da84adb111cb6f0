'use strict';

const { SSEOptionError } = require('../core/errors.js');

/** How long open streams have to come to their end, in milliseconds; container engines kill after ten seconds. */
const DEADLINE = 5000;

/** What a shell reports of a process that such a signal ended. */
const EXIT_CODES = /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]);

/** The hub that has no other name. */
const HUBS = ['default'];

let registered = false;

/**
 * See `register` in next.d.ts.
 *
 * @param {{ deadline?: number, hubs?: readonly string[] }} [options]
 */
function register({ deadline = DEADLINE, hubs = HUBS } = {}) {
  if (typeof deadline !== 'number' || !(deadline >= 0 && deadline <= 2 ** 31 - 1)) {
    throw new SSEOptionError(
      `deadline must be a number of milliseconds >= 0, got a value of type ${typeof deadline}`,
    );
  }
  if (!Array.isArray(hubs) || hubs.some((name) => typeof name !== 'string')) {
    throw new SSEOptionError('hubs must be an array of names');
  }
  if (registered) return;
  registered = true;
  for (const [signal, code] of EXIT_CODES) {
    process.prependOnceListener(signal, () => {
      const exit = () => process.exit(code);
      const closing = closeHubs(hubs, deadline);
      // Without this listener, and without one of the server's, the process would have ended now.
      if (process.listenerCount(signal) === 0) {
        if (closing.length === 0) exit();
        Promise.allSettled(closing).then(exit);
      }
      // What ends by itself before that is not kept waiting.
      setTimeout(exit, deadline).unref();
    });
  }
}

/**
 * @param {readonly string[]} names
 * @param {number} deadline of the process
 * @returns {Promise<void>[]} of those that exist
 */
function closeHubs(names, deadline) {
  return names.flatMap((name) => {
    try {
      const hub = require('../../index.js').getHub(name);
      // The last bytes need a little time of the process.
      return [hub.close({ spread: deadline / 2, deadline: deadline * 0.8 })];
    } catch {
      return [];
    }
  });
}

module.exports = { register };
