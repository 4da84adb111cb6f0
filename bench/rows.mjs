// What is measured, against whom, and what Perennial promises at least.

/** Clients by their file in clients/. */
export const CLIENTS = {
  perennial: 'perennial-sse',
  'perennial-iterator': 'perennial-sse, iterator',
  'undici-request': 'undici.request + parser',
  fetch: 'fetch + parser',
  eventsource: 'eventsource',
  'eventsource-client': 'eventsource-client',
  'eventsource-client-iterator': 'eventsource-client, iterator',
  'undici-eventsource': "undici's EventSource",
};

/** Measures by their name in works.mjs: title and unit. */
export const MEASURES = {
  jsThread: ['JS thread', 'µs'],
  jsCpu: ['JS thread on a CPU', 'µs'],
  cpu: ['total CPU', 'µs'],
  rate: ['per second', ''],
  loopDelay: ['loop delay p99', 'ms'],
  memory: ['RSS per stream', 'KB'],
  p50: ['latency p50', 'µs'],
  p99: ['latency p99', 'µs'],
  kept: ['RSS kept / their bytes', ''],
  heap: ['heap kept / their bytes', ''],
};

/**
 * @typedef {object} Floor a bound on a measure, or with `against` on its ratio to that client's
 * @property {keyof typeof MEASURES} measure
 * @property {string} [against]
 * @property {number} [most]
 * @property {number} [least]
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} title
 * @property {string} work one of works.mjs
 * @property {string} [host]
 * @property {string} query what the server is asked for
 * @property {string} [checkQuery] and what for the checksum, unless the same
 * @property {number} [streams]
 * @property {string[]} clients Perennial first
 * @property {Floor[]} floors
 */

const REQUEST = 'undici-request';
const ITERATOR = 'eventsource-client-iterator';

/** @type {Row[]} */
export const ROWS = [
  {
    name: 'plain',
    title: 'events of 300 B, full speed, emitter',
    work: 'flood',
    query: 'text=plain',
    clients: [
      'perennial',
      REQUEST,
      'fetch',
      'eventsource',
      'eventsource-client',
      'undici-eventsource',
    ],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 0.5 },
      { measure: 'cpu', against: REQUEST, most: 0.95 },
      { measure: 'rate', against: REQUEST, least: 1.25 },
    ],
  },
  {
    name: 'plain-iterator',
    title: 'the same, iterator',
    work: 'flood',
    query: 'text=plain',
    clients: ['perennial-iterator', ITERATOR],
    floors: [
      { measure: 'jsThread', against: ITERATOR, most: 0.45 },
      { measure: 'rate', against: ITERATOR, least: 1.8 },
    ],
  },
  {
    name: 'short',
    title: 'events of 11 B with ids, emitter',
    work: 'flood',
    query: 'text=short',
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 0.4 },
      { measure: 'rate', against: REQUEST, least: 1.25 },
    ],
  },
  {
    name: 'short-iterator',
    title: 'the same, iterator',
    work: 'flood',
    query: 'text=short',
    clients: ['perennial-iterator', ITERATOR],
    floors: [{ measure: 'rate', against: ITERATOR, least: 1.6 }],
  },
  {
    name: 'chinese',
    title: '300 B with Chinese text, emitter',
    work: 'flood',
    query: 'text=chinese',
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 0.75 },
      { measure: 'cpu', against: REQUEST, most: 1 },
      { measure: 'rate', against: REQUEST, least: 1.1 },
    ],
  },
  {
    name: 'many',
    title: '1,000 streams × 20 events/s, a chunk each',
    work: 'many',
    query: 'text=plain&gap=50000',
    checkQuery: 'text=plain&each',
    streams: 1000,
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 1 / 3 },
      { measure: 'cpu', against: REQUEST, most: 0.85 },
      { measure: 'loopDelay', against: REQUEST, most: 0.6 },
    ],
  },
  {
    name: 'open',
    title: '4,000 streams opened by host name',
    work: 'opening',
    host: 'localhost',
    query: 'text=short&gap=3600000000',
    checkQuery: 'text=short',
    streams: 4000,
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 1 / 3 },
      { measure: 'memory', most: 24 },
    ],
  },
  {
    name: 'lone',
    title: 'lone events, one stream',
    work: 'lone',
    query: 'text=short&gap=3700&stamp',
    checkQuery: 'text=short',
    clients: ['perennial', 'fetch'],
    floors: [
      { measure: 'p50', against: 'fetch', most: 1 },
      { measure: 'p99', against: 'fetch', most: 1 },
    ],
  },
  {
    name: 'keep',
    title: 'keep 1 event in 1,000 of 1M',
    work: 'keep',
    query: 'text=plain',
    clients: ['perennial'],
    floors: [
      { measure: 'kept', most: 4 },
      { measure: 'heap', most: 4 },
    ],
  },
];
