// What hubs are put through, against whom, and what Perennial's promises at least.

import { JS_THREAD } from '../measures.mjs';

const SHARED = 'hub-shared-buffer';
const BETTER = 'hub-better-sse';
const ONE = 'hub-perennial-channel';
const LISTENER = 'hub-perennial-listener';
const NCHAN = 'hub-nchan';

/** Hubs by their file in this folder. */
export const HUBS = {
  'hub-perennial': 'perennial-sse, hub',
  'hub-perennial-users': 'perennial-sse, a user each',
  'hub-perennial-channel': 'perennial-sse, one channel',
  'hub-perennial-channels': 'perennial-sse, three channels',
  [SHARED]: 'res.write of one Buffer',
  [BETTER]: 'better-sse',
  'hub-fastify-sse': '@fastify/sse',
  'hub-hono': 'hono, streamSSE',
  [LISTENER]: 'perennial-sse, own sockets',
  [NCHAN]: 'nchan, nginx',
};

const ALL = ['hub-perennial', SHARED, BETTER, 'hub-fastify-sse', 'hub-hono'];

/**
 * @typedef {object} HubTask
 * @property {number} clients
 * @property {number} bytes of the data of each event
 * @property {number} [gap] milliseconds between two events
 * @property {number} [stalled] so many clients more, which never read
 * @property {number} [silence] for how many milliseconds they do not read
 */

/** What all rows have in common: server and load have a core each. */
const COMMON = { child: 'hubs/child.mjs', apart: true, extra: true };

/** Sockets of the core against what is operated beside Node instead. */
const LIMIT = { ...COMMON, clients: [LISTENER, NCHAN, BETTER] };

/** @type {import('../rows.mjs').Row[]} */
export const HUB_ROWS = [
  {
    ...COMMON,
    name: 'hub-1000',
    title: 'a hub: 20 events/s of 200 B to 1,000 clients',
    work: 'steady',
    hub: { clients: 1000, bytes: 200, gap: 50 },
    clients: ALL,
    floors: [
      { measure: 'cpu', against: SHARED, most: 1 },
      { measure: JS_THREAD, against: SHARED, most: 0.9 },
      { measure: 'cpu', against: BETTER },
      { measure: JS_THREAD, against: BETTER },
      { measure: 'deliveryP50', against: SHARED },
      { measure: 'deliveryP99', against: SHARED },
    ],
  },
  {
    ...COMMON,
    name: 'hub-saturated',
    title: 'the same at full speed',
    work: 'saturated',
    hub: { clients: 1000, bytes: 200 },
    clients: ALL,
    floors: [
      { measure: 'rate', against: BETTER, least: 1.4 },
      { measure: 'rate', against: SHARED },
      { measure: 'cpu', against: SHARED },
    ],
  },
  {
    ...COMMON,
    name: 'hub-broadcast',
    title: 'a hub: one broadcast to 10,000 clients',
    work: 'broadcasts',
    times: 0.5,
    hub: { clients: 10_000, bytes: 200 },
    clients: ALL,
    floors: [
      { measure: 'stall', most: 20 },
      { measure: 'last', against: SHARED, most: 1.2 },
      { measure: 'stall', against: SHARED },
      { measure: 'last', against: BETTER },
    ],
  },
  {
    ...COMMON,
    name: 'hub-idle',
    title: 'a hub: 5,000 idle clients beside as many',
    work: 'idle',
    times: 0.5,
    hub: { clients: 5000, bytes: 200 },
    clients: ALL,
    floors: [
      { measure: 'memory', against: BETTER, most: 0.6 },
      { measure: 'memory', against: SHARED },
    ],
  },
  {
    ...COMMON,
    name: 'hub-stalled',
    title: 'a hub: 20 events/s of 64 KB to 60 clients, of which 50 never read',
    work: 'stalling',
    times: 0.5,
    hub: { clients: 10, stalled: 50, silence: 8000, bytes: 65_536, gap: 50 },
    clients: ALL,
    floors: [
      { measure: 'growth', most: 8 },
      { measure: 'beside', most: 3 },
      { measure: 'growth', against: SHARED },
      { measure: 'growth', against: BETTER },
    ],
  },
  {
    ...COMMON,
    name: 'hub-channels',
    title: 'a hub: the same events/s in three channels a client',
    work: 'steady',
    hub: { clients: 1000, bytes: 200, gap: 50 },
    clients: ['hub-perennial-channels', ONE],
    floors: [
      { measure: 'cpu', against: ONE, most: 1.3 },
      { measure: JS_THREAD, against: ONE },
    ],
  },
  {
    ...COMMON,
    name: 'hub-users',
    title: 'a hub: the same events/s to a user each',
    work: 'steady',
    hub: { clients: 1000, bytes: 200, gap: 50 },
    clients: ['hub-perennial-users', 'hub-perennial', SHARED, BETTER],
    floors: [
      { measure: 'cpu', against: SHARED },
      { measure: 'cpu', against: BETTER },
      { measure: JS_THREAD, against: SHARED },
    ],
  },
  {
    ...LIMIT,
    name: 'listener-1000',
    title: 'own sockets: 20 events/s of 200 B to 1,000 clients',
    work: 'steady',
    hub: { clients: 1000, bytes: 200, gap: 50 },
    floors: [
      { measure: 'cpu', against: NCHAN, most: 0.9 },
      { measure: 'cpu', against: BETTER, most: 0.45 },
      { measure: JS_THREAD, most: 0.01 },
      { measure: 'deliveryP99', against: NCHAN },
    ],
  },
  {
    ...LIMIT,
    name: 'listener-saturated',
    title: 'the same at full speed',
    work: 'saturated',
    hub: { clients: 1000, bytes: 200 },
    floors: [
      { measure: 'rate', against: NCHAN, least: 1.2 },
      { measure: 'rate', against: BETTER, least: 2.2 },
    ],
  },
  {
    ...LIMIT,
    name: 'listener-broadcast',
    title: 'own sockets: one broadcast to 10,000 clients',
    work: 'broadcasts',
    times: 0.5,
    hub: { clients: 10_000, bytes: 200 },
    floors: [
      { measure: 'last', against: NCHAN, most: 1 },
      { measure: 'stall', most: 2 },
    ],
  },
  {
    ...LIMIT,
    name: 'listener-idle',
    title: 'own sockets: 5,000 idle clients beside as many',
    work: 'idle',
    times: 0.5,
    hub: { clients: 5000, bytes: 200 },
    floors: [{ measure: 'memory', against: NCHAN, most: 1.2 }],
  },
];
