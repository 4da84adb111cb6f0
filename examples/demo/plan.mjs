// Which fault strikes at which event: by chance, but the same chance for the same seed.

import { FAULTS } from './faults.mjs';

/**
 * Spreads every fault over the events, each in a stretch of its own.
 *
 * @param {number} total how many events there are
 * @param {number} seed
 * @returns {Map<number, string>} the fault that strikes instead of an event, by its number
 */
export function planFaults(total, seed) {
  const random = generator(seed);
  const faults = Object.entries(FAULTS).flatMap(([kind, { times }]) => Array(times).fill(kind));
  shuffle(faults, random);
  const stretch = total / (faults.length + 1);
  return new Map(
    faults.map((kind, index) => [Math.round(stretch * (index + 0.6 + 0.8 * random())), kind]),
  );
}

function shuffle(items, random) {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}

/** Mulberry32: numbers in [0, 1) that a seed determines. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
