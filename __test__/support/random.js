'use strict';

/**
 * A seeded generator (mulberry32): the same seed gives the same faults on every machine.
 *
 * @param {number} seed any integer
 */
function seeded(seed) {
  let state = seed >>> 0;
  /** The next number in [0, 1). */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** An integer between `low` and `high`, both included. */
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    /** One of the items. */
    pick: (items) => items[Math.floor(next() * items.length)],
    /** True with the given probability. */
    chance: (probability) => next() < probability,
    /** That many bytes. */
    bytes: (length) => Buffer.from(Array.from({ length }, () => Math.floor(next() * 256))),
  };
}

module.exports = { seeded };
