'use strict';

/**
 * Where a bot has its time from: a test has one of its own.
 *
 * @typedef {object} Clock
 * @property {() => number} now milliseconds since 1970
 * @property {(delay: number, callback: () => void) => () => void} after calls back after so many milliseconds; what it
 *   returns forgets that
 */

/** @type {Clock} */
const CLOCK = Object.freeze({
  now: () => Date.now(),
  after: (delay, callback) => {
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  },
});

/**
 * @param {Clock} clock
 * @param {number} delay in milliseconds
 * @returns {Promise<void>}
 */
const sleep = (clock, delay) => new Promise((resolve) => clock.after(delay, resolve));

/**
 * A promise, but not beyond a moment.
 *
 * @template T
 * @param {Clock} clock
 * @param {number} moment milliseconds since 1970
 * @param {Promise<T>} promise
 * @returns {Promise<T | undefined>} nothing if the moment came first
 */
async function before(clock, moment, promise) {
  let forget = () => {};
  /** @type {Promise<undefined>} */
  const late = new Promise((resolve) => {
    forget = clock.after(Math.max(0, moment - clock.now()), () => resolve(undefined));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    forget();
  }
}

module.exports = { CLOCK, before, sleep };
