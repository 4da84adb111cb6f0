'use strict';

/**
 * @typedef {object} Backoff exponential backoff with jitter; times in milliseconds
 * @property {number} base
 * @property {number} factor
 * @property {number} min
 * @property {number} max
 * @property {{ kind: string, value?: number }} jitter
 *
 * @typedef {object} Drawing what a wait is drawn from
 * @property {number} attempt which repetition in a row, from 1
 * @property {number | null} previous the last wait that this backoff gave
 * @property {number | null} told the time from the stream's `retry:` field; replaces `base`
 * @property {number} chance in [0, 1)
 */

const { max, min } = Math;

/**
 * The bounds of a wait, as each kind of jitter has them.
 *
 * @type {Record<string, (wait: { grown: number, cap: number, base: number, value: number,
 *   previous: number | null, told: number }) => [low: number, high: number]>}
 */
const RANGES = {
  none: ({ grown, cap }) => [min(grown, cap), min(grown, cap)],
  full: ({ grown, cap }) => [0, min(grown, cap)],
  equal: ({ grown, cap }) => [min(grown, cap) / 2, min(grown, cap)],
  decorrelated: ({ base, cap, previous }) => {
    const high = min(max(previous ?? base, base) * 3, cap);
    // Below the cap `base` is at most a third of `high`; at the cap it must stay so.
    return [min(base, high / 3), high];
  },
  ratio: ({ grown, cap, value }) => {
    const centre = min(grown, cap / (1 + value));
    return [centre * (1 - value), centre * (1 + value)];
  },
  add: ({ grown, cap, value }) => {
    const low = min(grown, max(cap - value, 0));
    return [low, min(low + value, cap)];
  },
  addratio: ({ grown, cap, value, told }) => {
    // Divided and multiplied again, what the server said could come out a little less.
    const low = min(grown, max(cap / (1 + value), told), cap);
    return [low, min(low * (1 + value), cap)];
  },
};

/**
 * The wait before a repetition, always between the least and the greatest one.
 *
 * @param {Backoff} backoff
 * @param {Drawing} drawing
 */
function backoffDelay({ base: own, factor, min: floor, max: most, jitter }, drawing) {
  const { attempt, previous, told, chance } = drawing;
  const { kind, value = 0 } = jitter;
  const longest =
    (told ?? 0) * (kind === 'addratio' ? 1 + value : 1) + (kind === 'add' && told ? value : 0);
  const cap = max(most, longest, floor);
  const base = told ?? own;
  // Zero times infinity is not a number.
  const grown = base === 0 ? 0 : base * factor ** (attempt - 1);
  let [low, high] = RANGES[kind]({ grown, cap, base, value, previous, told: told ?? 0 });
  if (low < floor) {
    // Cut off at the floor, short waits would lose the spread that long ones have.
    high = min(max(high, floor + min(high - low, floor)), cap);
    low = floor;
  }
  return min(max(low + (high - low) * chance, floor), cap);
}

module.exports = { backoffDelay };
