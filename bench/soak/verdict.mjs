// Whether a soak was flat: the second half of its samples against the first.

const MIB = 1 << 20;
/** Until then allocators and pools take what they take once. */
const WARM_UP = 1 / 3;
/** Beyond it the second half holds more, not just other things: the allocator keeps what is free. */
const MOST_RSS = 8 * MIB;
const MOST_HEAP = 2 * MIB;
/** Connections for each stream. */
const SPARE = 1.05;

const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;

function median(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The samples that count, in halves. */
function halves(samples) {
  const counted = samples.slice(Math.floor(samples.length * WARM_UP));
  const middle = Math.ceil(counted.length / 2);
  return [counted.slice(0, middle), counted.slice(middle)];
}

/**
 * Claims, each with whether it holds.
 *
 * @param {object} soak
 * @param {object[]} soak.samples what the process held at the end of each period
 * @param {object} soak.before what it held before the streams, and
 * @param {object} soak.after after them
 * @param {number} soak.streams how many there were
 * @param {number} soak.silent how many delivered nothing at the end
 * @param {string[]} soak.wrongs what must not happen and did
 */
export function judge({ samples, before, after, streams, silent, wrongs }) {
  const [first, second] = halves(samples);
  const grown = (read) => median(second.map(read)) - median(first.map(read));
  const most = (half, name) => Math.max(...half.map((sample) => sample[name]));
  const rss = grown(({ rss }) => rss);
  const heap = grown(({ heap }) => heap);
  // A stream has one connection; a dial that was overtaken by one kept for reuse leaves a spare.
  const room = before.descriptors + Math.ceil(streams * SPARE);
  return [
    {
      claim: `memory: the second half held ${mib(rss)} more, at most ${mib(MOST_RSS)} allowed`,
      holds: rss <= MOST_RSS,
    },
    {
      claim: `JavaScript's heap: ${mib(heap)} more, at most ${mib(MOST_HEAP)} allowed`,
      holds: heap <= MOST_HEAP,
    },
    {
      claim: `descriptors: at most ${most(samples, 'descriptors')} of ${room}, then ${after.descriptors} as the ${before.descriptors} before`,
      holds: most(samples, 'descriptors') <= room && after.descriptors <= before.descriptors,
    },
    {
      claim: `threads: ${most(first, 'threads')}, then ${most(second, 'threads')}, ${after.threads} at the end`,
      holds: most(second, 'threads') <= most(first, 'threads'),
    },
    { claim: `streams: ${streams - silent} of ${streams} still deliver`, holds: silent === 0 },
    {
      claim:
        wrongs.length === 0
          ? 'events: each came once and in order, and no stream ended by itself'
          : `events: ${wrongs.length} times wrong, first ${wrongs.slice(0, 3).join('; ')}`,
      holds: wrongs.length === 0,
    },
  ];
}
