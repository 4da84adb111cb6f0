'use strict';

/** As the streams of this package wait: 1 s, doubled up to 30 s, half of it by chance. */
const BASE_MS = 1000;
const MAX_MS = 30_000;

/**
 * How long to wait before the next connection, in milliseconds.
 *
 * @param {number} failures connections in a row that came to nothing, from 1
 * @param {number} chance from 0 up to 1
 */
function reconnectDelay(failures, chance) {
  const delay = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(failures - 1, 16));
  return delay / 2 + (delay / 2) * chance;
}

module.exports = { reconnectDelay };
