// What relays over several processes are put through, against whom, and what Perennial's promises at least.

const RESUMABLE = 'instances-resumable-stream';
const STREAMS = 'instances-streams';
const NONE = 'instances-none';

/** Relays by their file in this folder. */
export const INSTANCES = {
  'instances-perennial': 'perennial-sse, relay on Redis',
  [RESUMABLE]: 'resumable-stream, two instances',
  [STREAMS]: 'XADD and XRANGE',
  [NONE]: 'fetch, no relay, two instances',
};

/** @type {import('../rows.mjs').Row[]} */
export const INSTANCE_ROWS = [
  {
    name: 'instances',
    title: '40 answers × 50 tokens/s at one instance, a reader each that resumes at another',
    work: 'relaying',
    child: 'instances/child.mjs',
    query: 'text=chat&gap=20000',
    streams: 40,
    joins: true,
    extra: true,
    clients: ['instances-perennial', RESUMABLE, STREAMS, NONE],
    floors: [
      { measure: 'jsThread', against: RESUMABLE, most: 0.4 },
      { measure: 'jsThread', against: NONE },
      { measure: 'cpu', against: RESUMABLE, most: 0.7 },
      { measure: 'redisCpu', against: STREAMS, most: 1 },
      { measure: 'redisReads', most: 1 },
      { measure: 'resume', against: RESUMABLE, most: 0.5 },
      { measure: 'lost', most: 0 },
    ],
  },
  {
    name: 'instances-many',
    title: '1,000 answers × 10 tokens/s on one Redis',
    work: 'relaying',
    child: 'instances/child.mjs',
    query: 'text=chat&gap=100000',
    streams: 1000,
    extra: true,
    clients: ['instances-perennial', NONE],
    floors: [
      { measure: 'loopDelay', most: 5 },
      { measure: 'lost', most: 0 },
      { measure: 'jsThread', against: NONE },
    ],
  },
];
