'use strict';

/** Options of `createHub` that are wrong, and what the message names. */
const HUB = [
  [7, 'options'],
  [[], 'options'],
  [{ ttl: 1 }, 'ttl'],
  [{ name: '' }, 'name'],
  [{ name: 1 }, 'name'],
  [{ name: '\ud800' }, 'name'],
  [{ log: {} }, 'log'],
  [{ log: 'redis' }, 'log'],
  [{ heartbeat: 0 }, 'heartbeat'],
  [{ heartbeat: '15s' }, 'heartbeat'],
  [{ retryDelay: 2000 }, 'retryDelay'],
  [{ retryDelay: [2000] }, 'retryDelay'],
  [{ retryDelay: [2000, -1] }, 'retryDelay[1]'],
  [{ retryDelay: ['a', 1] }, 'retryDelay[0]'],
  [{ retryDelay: [4000, 2000] }, 'retryDelay[0]'],
  [{ lag: 'drop' }, 'lag'],
  [{ maxLag: 100 }, 'maxLag'],
  [{ maxLag: { events: 0 } }, 'maxLag.events'],
  [{ maxLag: { bytes: 1.5 } }, 'maxLag.bytes'],
  [{ maxLag: { age: -1 } }, 'maxLag.age'],
  [{ maxLag: { count: 1 } }, 'maxLag.count'],
  [{ maxClients: 0 }, 'maxClients'],
  [{ maxPerUser: Number.NaN }, 'maxPerUser'],
  [{ maxConnectionAge: 0 }, 'maxConnectionAge'],
  [{ writeTimeout: Number.POSITIVE_INFINITY }, 'writeTimeout'],
  [{ events: 'connected' }, 'events'],
  [{ events: { hello: 'x' } }, 'events.hello'],
  [{ events: { connected: '' } }, 'events.connected'],
  [{ events: { gap: 'a\nb' } }, 'events.gap'],
  [{ events: { gap: 'a\0b' } }, 'events.gap'],
  [{ events: { shutdown: 'gap' } }, 'events.shutdown'],
  [{ store: {} }, 'store'],
  [{ admit: true }, 'admit'],
  [{ cors: true }, 'cors'],
  [{ cors: {} }, 'cors.origin'],
  [{ cors: { origin: [] } }, 'cors.origin'],
  [{ cors: { origin: true } }, 'cors.origin'],
  [{ cors: { origin: 'example.com' } }, 'cors.origin'],
  [{ cors: { origin: 'https://example.com/' } }, 'cors.origin'],
  [{ cors: { origin: 'https://a.example, https://b.example' } }, 'cors.origin'],
  [{ cors: { origin: ['https://a.example', '*'] } }, 'cors.origin[1]'],
  [{ cors: { origin: '*', credentials: true } }, 'cors.origin'],
  [{ cors: { origin: 'https://a.example', credentials: 1 } }, 'cors.credentials'],
  [{ cors: { origin: '*', headers: 'authorization' } }, 'cors.headers'],
  [{ cors: { origin: '*', headers: ['x-one', 'x two'] } }, 'cors.headers[1]'],
  [{ cors: { origin: '*', maxAge: -1 } }, 'cors.maxAge'],
  [{ cors: { origin: '*', methods: [] } }, 'cors.methods'],
];

const date = new Date(Number.NaN);

/** Options of `connect` and `response`. */
const CLIENT = [
  [7, 'options'],
  [{ id: 'a' }, 'id'],
  [{ user: 7 }, 'user'],
  [{ user: '' }, 'user'],
  [{ user: 'a\nb' }, 'user'],
  [{ user: 'x'.repeat(257) }, 'user'],
  [{ channels: 'news' }, 'channels'],
  [{ channels: [''] }, 'channels[0]'],
  [{ channels: ['a', 7] }, 'channels[1]'],
  [{ channels: ['*'] }, 'channels[0]'],
  [{ channels: ['user:ann'] }, 'channels[0]'],
  [{ channels: ['a', 'b\0'] }, 'channels[1]'],
  [{ channels: ['\ud800'] }, 'channels[0]'],
  [{ channels: ['世'.repeat(86)] }, 'channels[0]'],
  [{ channels: ['x'.repeat(2048)] }, 'channels[0]'],
  [{ expires: 0 }, 'expires'],
  [{ expires: 'soon' }, 'expires'],
  [{ expires: date }, 'expires'],
  [{ issuedAt: 'today' }, 'issuedAt'],
  [{ issuedAt: date }, 'issuedAt'],
  [{ issuedAt: 1_764_500_000 }, 'issuedAt'],
  [{ lastEventId: 7 }, 'lastEventId'],
];

const cycle = {};
cycle.itself = cycle;

/** Events of `publish`, `broadcast` and `toUser`. */
const EVENT = [
  [undefined, 'event'],
  [null, 'event'],
  ['text', 'event'],
  [{}, 'event.data'],
  [{ data: undefined }, 'event.data'],
  [{ data: () => {} }, 'event.data'],
  [{ data: Symbol('s') }, 'event.data'],
  [{ data: 1n }, 'event.data'],
  [{ data: cycle }, 'event.data'],
  [{ data: 'x', id: '1' }, 'event.id'],
  [{ data: 'x', retry: 1 }, 'event.retry'],
  [{ data: 'x', event: 7 }, 'event.event'],
  [{ data: 'x', event: '' }, 'event.event'],
  [{ data: 'x', event: 'a\nb' }, 'event.event'],
  [{ data: 'x', event: 'a\rb' }, 'event.event'],
  [{ data: 'x', event: 'a\0b' }, 'event.event'],
  [{ data: 'x', event: 'x'.repeat(257) }, 'event.event'],
  [{ data: 'x', event: 'connected' }, 'event.event'],
  [{ data: 'x', event: 'gap' }, 'event.event'],
  [{ data: 'x', event: 'shutdown' }, 'event.event'],
];

/** Further ones, which messages to one client have not. */
const PUBLICATION = [
  [{ data: 'x', key: 7 }, 'event.key'],
  [{ data: 'x', key: '' }, 'event.key'],
  [{ data: 'x', dedupeId: '' }, 'event.dedupeId'],
  [{ data: 'x', dedupeId: 'x'.repeat(257) }, 'event.dedupeId'],
];

/** What `disconnect` closes. */
const DISCONNECT = [
  [undefined, 'client, user, channel'],
  [{}, 'client, user, channel'],
  [{ retryDelay: 1 }, 'client, user, channel'],
  [{ user: 'ann', channel: 'news' }, 'user and channel'],
  [{ client: 7 }, 'client'],
  [{ user: '' }, 'user'],
  [{ channel: '*' }, 'channel'],
  [{ client: 'a', retryDelay: -1 }, 'retryDelay'],
  [{ clients: [] }, 'clients'],
];

/** Options of `revoke`. */
const REVOKE = [
  [7, 'options'],
  [{ until: 0 }, 'until'],
  [{ until: 'tomorrow' }, 'until'],
  [{ until: date }, 'until'],
  [{ reason: 'x' }, 'reason'],
];

/** Options of a ticket. */
const TICKET = [
  [7, /^options must be an object/],
  [{ seat: 1 }, /^unknown option "seat"; there are ttl, expires, user/],
  [{ user: '' }, /^user must not be empty/],
  [{ channels: ['*'] }, /^channels\[0\] must not be "\*"/],
  [{ ttl: 0 }, /^ttl must be a number of milliseconds > 0/],
  [{ ttl: null }, /^ttl must be/],
  [{ expires: null }, /^expires must be a Date or milliseconds/],
  [{ expires: date }, /^expires must be a valid Date/],
  [{ data: cycle }, /^data of a ticket must be what JSON can say/],
  [{ data: () => {} }, /^data must be what JSON can say/],
];

module.exports = { CLIENT, DISCONNECT, EVENT, HUB, PUBLICATION, REVOKE, TICKET };
