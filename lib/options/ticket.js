'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { channelNames, userName } = require('./channel.js');
const check = require('./checks.js');
const { defined } = require('./defined.js');
const { moment } = require('./moment.js');

/** How long a ticket waits for its first use, and how long what it opens lasts; in milliseconds. */
const TICKET = Object.freeze({ ttl: 30_000, expires: 86_400_000 });

const OPTIONS = [...Object.keys(TICKET), 'user', 'channels', 'data'];

/** What else `connect` is told of a client; with a ticket, that is the ticket's. */
const OF_TICKET = ['user', 'channels', 'data', 'expires', 'issuedAt'];

/** No ticket is longer: what clients say is not hashed at any length. */
const LONGEST = 64;

/** @param {unknown} given */
function normalizeTicket(given) {
  const options = { ...TICKET, ...defined(check.group(given, '', OPTIONS)) };
  const { user, channels = [], data, ttl, expires } = /** @type {Record<string, any>} */ (options);
  if (expires === null) {
    throw check.wrong('expires', 'a Date or milliseconds: a ticket does not last for ever', null);
  }
  return {
    user: user === undefined || user === null ? null : userName(user, 'user'),
    channels: channelNames(channels, 'channels'),
    data: copyOf(data),
    ttl: check.milliseconds(ttl, 'ttl', { above: 0 }),
    expires: /** @type {number} */ (moment(expires, 'expires')),
  };
}

/**
 * What is kept in a store is text.
 *
 * @param {unknown} data
 */
function copyOf(data) {
  if (data === undefined) return undefined;
  try {
    const json = JSON.stringify(data);
    if (json !== undefined) return JSON.parse(json);
  } catch (cause) {
    throw new SSEOptionError('data of a ticket must be what JSON can say', { cause });
  }
  throw check.wrong('data', 'what JSON can say', data);
}

/**
 * The ticket that a client shows. What is there and no ticket comes from a request without one: that is refused, and
 * does not let a client in whom nobody has named.
 *
 * @param {Record<string, any>} options of `connect`
 * @returns {string | undefined} empty for one that opens nothing
 */
function shownTicket(options) {
  if (!('ticket' in options)) return undefined;
  const also = OF_TICKET.find((member) => options[member] !== undefined);
  if (also !== undefined) {
    throw new SSEOptionError(`leave "${also}" out: the ticket says who the client is`);
  }
  const { ticket } = options;
  return typeof ticket === 'string' && ticket.length <= LONGEST ? ticket : '';
}

module.exports = { OPTIONS, TICKET, normalizeTicket, shownTicket };
