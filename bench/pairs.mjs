// Two builds of the product side by side: what pairs of measurements tell of their ratio.

import { COMPARED, MEASURES } from './measures.mjs';
import { spread } from './results.mjs';

/** How fast this build must be beside the other one: in each measure, and in the mean of all. */
export const LEAST = { measure: 0.95, mean: 0.98 };

/** How sure the interval is to hold the true median. */
const SURE = 0.95;

/**
 * @typedef {object} Compared one measure of a row
 * @property {string} title of the row
 * @property {string} measure
 * @property {number} own median of this build
 * @property {number} other and of the other one
 * @property {number} ratio the median of all pairs: 1 is as fast as the other build, more is faster
 * @property {[number, number]} interval in which the true median lies, as far as these pairs can tell
 * @property {boolean} met
 */

/**
 * @param {import('./rows.mjs').Row} row
 * @param {{ own: Record<string, any>, other: Record<string, any> }[]} pairs each measured at one time
 * @returns {Compared[]}
 */
export function comparePairs({ name, title, work }, pairs) {
  const [{ own }] = pairs;
  for (const { checksum } of pairs.flatMap((pair) => [pair.own, pair.other])) {
    if (checksum !== own.checksum) {
      throw new Error(`${name}: one received ${own.checksum}, another ${checksum}`);
    }
  }
  return COMPARED[work].map((measure) => {
    const more = MEASURES[measure][2] === 'more';
    const of = (build) => spread(pairs.map((pair) => pair[build][measure])).median;
    const ratios = pairs.map((pair) => {
      const ratio = pair.own[measure] / pair.other[measure];
      return more ? ratio : 1 / ratio;
    });
    const ratio = spread(ratios).median;
    const met = ratio >= LEAST.measure;
    return {
      title,
      measure,
      own: of('own'),
      other: of('other'),
      ratio,
      interval: interval(ratios),
      met,
    };
  });
}

/**
 * How many of the measures are too slow, the geometric mean of all ratios, and whether both are as
 * they should be.
 *
 * @param {Compared[]} compared
 */
export function verdictOn(compared) {
  const slow = compared.filter(({ met }) => !met).length;
  const logarithms = compared.map(({ ratio }) => Math.log(ratio));
  const mean = Math.exp(logarithms.reduce((sum, one) => sum + one, 0) / logarithms.length);
  return { slow, mean, met: slow === 0 && mean >= LEAST.mean };
}

/**
 * By the test of signs: each value is as likely above the true median as below it, however they are
 * spread. Cuts as many from either end as chance allows.
 */
function interval(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (1 - SURE) / 2;
  let cut = 0;
  // The chance that as few values as `cut`, or fewer, lie on one side.
  let ways = 1;
  let chance = 0.5 ** sorted.length;
  while (chance <= half) {
    cut++;
    ways *= (sorted.length - cut + 1) / cut;
    chance += ways * 0.5 ** sorted.length;
  }
  const outside = Math.max(0, cut - 1);
  return [sorted[outside], sorted[sorted.length - 1 - outside]];
}
