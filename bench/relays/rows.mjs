// What relays are put through, against whom, and what Perennial's promises at least.

import { INSTANCE_ROWS, INSTANCES } from '../instances/rows.mjs';

const RESUMABLE = 'relay-resumable-stream';

/** Relays by their file in this folder. */
export const RELAYS = {
  'relay-perennial': 'perennial-sse, relay',
  [RESUMABLE]: 'resumable-stream',
  'relay-none': 'fetch, no relay',
  ...INSTANCES,
};

/** @type {import('../rows.mjs').Row[]} */
export const RELAY_ROWS = [
  {
    name: 'relay',
    title: '40 answers × 50 tokens/s relayed, a reader each that joins half-way',
    work: 'relaying',
    child: 'relays/child.mjs',
    query: 'text=chat&gap=20000',
    streams: 40,
    joins: true,
    extra: true,
    clients: ['relay-perennial', RESUMABLE, 'relay-none'],
    floors: [
      { measure: 'jsThread', against: RESUMABLE, most: 0.4 },
      { measure: 'cpu', against: RESUMABLE, most: 0.6 },
      { measure: 'jsThread', against: 'relay-none' },
    ],
  },
  {
    name: 'relay-many',
    title: '1,000 answers × 10 tokens/s relayed',
    work: 'relaying',
    child: 'relays/child.mjs',
    query: 'text=chat&gap=100000',
    streams: 1000,
    extra: true,
    clients: ['relay-perennial', 'relay-none'],
    floors: [
      { measure: 'loopDelay', most: 5 },
      { measure: 'jsThread', against: 'relay-none' },
    ],
  },
  ...INSTANCE_ROWS,
];
