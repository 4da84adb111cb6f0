'use strict';

const { setTimeout: sleep } = require('node:timers/promises');

/**
 * Waits for a promise, and rejects with a sentence when it takes too long: a test that waits says
 * what it waited for.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms milliseconds to wait at most
 * @param {string} what the awaited thing, as in "waited 500 ms for <what>"
 * @returns {Promise<T>}
 */
function within(promise, ms, what) {
  const { promise: late, reject } = deferred();
  const timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Waits until a predicate answers true, asking every few milliseconds.
 *
 * @param {() => boolean} predicate
 * @param {number} ms milliseconds to wait at most
 * @param {string} what the awaited thing, as in "waited 500 ms for <what>"
 */
async function until(predicate, ms, what) {
  const started = performance.now();
  while (!predicate()) {
    if (performance.now() - started > ms) throw new Error(`waited ${ms} ms for ${what}`);
    await sleep(2);
  }
}

/** A promise with its two ends in the open; never counted as an unhandled rejection. */
function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

module.exports = { deferred, until, within };
