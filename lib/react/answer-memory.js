'use strict';

/**
 * What a tab remembers of an answer that is under way, so that a reload finds it: the conversation up to the
 * question, and the id of the answer.
 *
 * @typedef {{ id: string, messages: readonly any[] }} Remembered
 */

/** Storage may be forbidden, or full: then a reload finds nothing. */
const storage = () => {
  try {
    return /** @type {any} */ (globalThis).sessionStorage;
  } catch {
    return undefined;
  }
};

/** @param {string} key */
const nameOf = (key) => `perennial-sse:${key}`;

/**
 * @param {string} key
 * @returns {Remembered | undefined}
 */
function recall(key) {
  try {
    return JSON.parse(storage()?.getItem(nameOf(key)) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} key
 * @param {Remembered} remembered
 */
function remember(key, remembered) {
  try {
    storage()?.setItem(nameOf(key), JSON.stringify(remembered));
  } catch {
    // Without it the page still works, but for a reload.
  }
}

/** @param {string} key */
const forget = (key) => storage()?.removeItem(nameOf(key));

module.exports = { forget, recall, remember };
