'use strict';

/** Options of `memoryStore` that are wrong, and what the message names. */
const STORE = [
  [7, 'options'],
  [null, 'options'],
  [[], 'options'],
  [{ ttl: 1000 }, 'ttl'],
  [{ name: '' }, 'name'],
  [{ name: 7 }, 'name'],
  [{ name: null }, 'name'],
  [{ name: '\ud800' }, 'name'],
  [{ name: 'x'.repeat(1025) }, 'name'],
  [{ maxEntries: 0 }, 'maxEntries'],
  [{ maxEntries: 1.5 }, 'maxEntries'],
  [{ maxEntries: '10' }, 'maxEntries'],
  [{ maxBytes: -1 }, 'maxBytes'],
  [{ maxBytes: null }, 'maxBytes'],
  [{ maxBytes: Number.POSITIVE_INFINITY }, 'maxBytes'],
];

/** Keys that are none. */
const KEYS = [undefined, null, 7, Symbol('key'), '', '\udc00', 'x'.repeat(1025), 'é'.repeat(513)];

/** Values that are none. */
const VALUES = [undefined, null, 7, {}, Buffer.from('x'), 'a\ud800', 'x'.repeat(2 ** 20 + 1)];

/** Times to live that are none. */
const LIFETIMES = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1000', new Date(0), {}];

module.exports = { KEYS, LIFETIMES, STORE, VALUES };
