'use strict';

const { createHash, randomBytes } = require('node:crypto');
const { SSEAuthError, SSEStateError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');

const inMemory = lazy(() => require('./store.js'));
const inRedis = lazy(() => require('./redis-store.js'));

/**
 * @typedef {import('../../index.js').Store} Store
 * @typedef {ReturnType<typeof import('../options/ticket.js').normalizeTicket>} NormalizedTicket
 *
 * @typedef {object} Kept what the store knows of a ticket
 * @property {string | null} user
 * @property {string[]} channels
 * @property {unknown} data
 * @property {number} issued in milliseconds since 1970
 * @property {number} expires in milliseconds since 1970
 * @property {number} turn how often it was used
 * @property {string | null} client whom it opened last, once that is known
 */

/** How long a ticket is, in bytes. */
const LENGTH = 24;

/** Of so many who show one ticket at the same moment, each has a turn; more come back. */
const TRIES = 8;

/**
 * Tickets of a hub: each opens one session, in which the newest connection takes the place of the one before. The store
 * keeps them under a hash, so that who reads it cannot use them.
 */
class Tickets {
  #hub;
  #disconnect;
  #store;

  /**
   * @param {string} hub its name: another hub on the same store has other tickets
   * @param {(client: string) => unknown} disconnect closes a client, in whichever process it is
   * @param {Store} store
   */
  constructor(hub, disconnect, store) {
    this.#hub = hub;
    this.#disconnect = disconnect;
    this.#store = store;
  }

  /** @param {NormalizedTicket} asked */
  async issue({ user, channels, data, ttl, expires }) {
    const ticket = randomBytes(LENGTH).toString('base64url');
    const now = Date.now();
    /** @type {Kept} */
    const kept = {
      user,
      channels,
      data,
      issued: now,
      expires: now + expires,
      turn: 0,
      client: null,
    };
    const first = Math.min(ttl, expires);
    if (first > 0) await this.#store.set(this.#key(ticket), JSON.stringify(kept), first);
    return ticket;
  }

  /**
   * Opens the session of a ticket, whose client of before is closed.
   *
   * @param {string} ticket
   * @returns {Promise<Session>}
   */
  async open(ticket) {
    const key = this.#key(ticket);
    for (let tries = 0; tries < TRIES; tries++) {
      const old = ticket === '' ? undefined : await this.#store.get(key);
      const kept = old === undefined ? undefined : keptOf(old);
      const left = kept === undefined ? 0 : kept.expires - Date.now();
      if (old === undefined || kept === undefined || left <= 0) throw unknown();
      const next = { ...kept, turn: kept.turn + 1, client: null };
      const text = JSON.stringify(next);
      if (await this.#store.replace(key, old, text, left)) {
        if (kept.client !== null) await this.#disconnect(kept.client);
        return new Session(next, (client) => {
          const named = JSON.stringify({ ...next, client });
          return this.#store.replace(key, text, named, next.expires - Date.now());
        });
      }
    }
    throw new SSEStateError('too many clients show the same ticket at the same time', {
      code: 'ERR_SSE_OVERLOAD',
    });
  }

  /** @param {string} ticket */
  #key(ticket) {
    return `ticket:${hash(this.#hub, ticket)}`;
  }
}

/** @param {readonly string[]} parts */
const hash = (...parts) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/**
 * The tickets of a hub, in its store; where it has none, where its log is.
 *
 * @param {ReturnType<typeof import('../options/hub.js').normalizeHub>} hub
 * @param {{ disconnect: (target: { client: string }) => unknown }} verbs
 */
function ticketsOf({ native: { name, log }, store }, verbs) {
  const disconnect = (/** @type {string} */ client) => verbs.disconnect({ client });
  return new Tickets(name, disconnect, store ?? storeBeside(log.redis, name));
}

/**
 * @param {import('../options/redis.js').Redis | undefined} redis
 * @param {string} hub
 * @returns {Store}
 */
function storeBeside(redis, hub) {
  if (redis !== undefined) return inRedis().redisStoreAt(redis);
  // Threads of a process share a hub, and so its tickets.
  return inMemory().memoryStore({ name: `tickets of the hub ${hash(hub)}` });
}

/** What a ticket opened. */
class Session {
  #kept;
  #name;

  /**
   * @param {Kept} kept
   * @param {(client: string) => Promise<boolean>} name tells the store whom it has opened
   */
  constructor(kept, name) {
    this.#kept = kept;
    this.#name = name;
  }

  /** What `connect` would have been told. */
  get options() {
    const { user, channels, data, issued, expires } = this.#kept;
    const left = Math.max(1, expires - Date.now());
    return { user, channels: [...channels], data, issuedAt: issued, expires: left };
  }

  /**
   * Makes a client the one that the next will take the place of.
   *
   * @param {{ id: string, close: () => void }} client
   */
  async holdBy(client) {
    let isHeld = false;
    try {
      isHeld = await this.#name(client.id);
    } finally {
      // Another has taken the session over before it was known whom to close for that; or nobody will know.
      if (!isHeld) client.close();
    }
  }
}

/**
 * @param {string} text
 * @returns {Kept | undefined}
 */
function keptOf(text) {
  try {
    const kept = JSON.parse(text);
    return Number.isFinite(kept?.expires) && Array.isArray(kept.channels) ? kept : undefined;
  } catch {
    return undefined;
  }
}

const unknown = () =>
  new SSEAuthError('the ticket opens nothing: it is unknown, was not used in time, or is over', {
    code: 'ERR_SSE_UNAUTHORIZED',
    status: 401,
    retryable: false,
  });

module.exports = { ticketsOf };
