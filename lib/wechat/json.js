'use strict';

/**
 * What a store has under a key, or nothing where that is not what was put there.
 *
 * @param {string | undefined} text
 * @returns {any}
 */
function parsedOrNothing(text) {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

module.exports = { parsedOrNothing };
