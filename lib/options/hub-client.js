'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { channelName, channelNames, userName } = require('./channel.js');
const check = require('./checks.js');
const { moment } = require('./moment.js');
const { shownTicket } = require('./ticket.js');

const CLIENT_OPTIONS = [
  ...['user', 'channels', 'data', 'expires', 'issuedAt', 'lastEventId', 'ticket'],
];
const RESPONSE_OPTIONS = [...CLIENT_OPTIONS, 'onClient'];
const FILTER = ['client', 'user', 'channel'];
const DISCONNECT = [...FILTER, 'retryDelay'];
const REVOKE = ['until'];

/** No moment of this package's life, but what seconds look like where milliseconds are meant: in March 1973. */
const SECONDS = 100_000_000_000;

/**
 * @typedef {object} NormalizedClient
 * @property {string | null} user
 * @property {string[]} channels
 * @property {unknown} data
 * @property {number | null} expires milliseconds from now
 * @property {number | null} issuedAt milliseconds since 1970
 * @property {string | undefined} lastEventId
 * @property {string | undefined} ticket which says the rest; empty for one that opens nothing
 * @property {((client: any) => unknown) | undefined} onClient
 */

/**
 * @param {unknown} given
 * @param {readonly string[]} known
 * @returns {NormalizedClient}
 */
function normalize(given, known) {
  const options = check.group(given, '', known);
  const ticket = shownTicket(options);
  const { user, channels = [], data, expires, issuedAt, lastEventId, onClient } = options;
  if (onClient !== undefined && typeof onClient !== 'function') {
    throw check.wrong('onClient', 'a function', onClient);
  }
  return {
    user: user === undefined || user === null ? null : userName(user, 'user'),
    channels: channelNames(channels, 'channels'),
    data,
    expires: moment(expires, 'expires'),
    issuedAt: normalizeIssuedAt(issuedAt),
    lastEventId: lastEventId === undefined ? undefined : check.text(lastEventId, 'lastEventId'),
    ticket,
    onClient,
  };
}

/** @param {unknown} value */
function normalizeIssuedAt(value) {
  if (value === undefined || value === null) return null;
  const time = value instanceof Date ? value.getTime() : value;
  if (typeof time === 'number' && time >= SECONDS && Number.isFinite(time)) return Math.floor(time);
  throw check.wrong(
    'issuedAt',
    'a valid Date, or milliseconds since 1970 (the iat of a token has seconds)',
    value,
  );
}

/** @param {unknown} given */
const normalizeConnect = (given) => normalize(given, CLIENT_OPTIONS);

/** @param {unknown} given */
const normalizeResponse = (given) => normalize(given, RESPONSE_OPTIONS);

/** @param {Record<string, any>} given */
function filter({ client, user, channel }) {
  return {
    client: client === undefined ? undefined : check.text(client, 'client'),
    user: user === undefined ? undefined : userName(user, 'user'),
    channel: channel === undefined ? undefined : channelName(channel, 'channel'),
  };
}

/** @param {unknown} given */
const normalizeFilter = (given) => filter(check.group(given, '', FILTER));

/** @param {unknown} given */
function normalizeDisconnect(given) {
  const options = check.group(given, '', DISCONNECT);
  const named = FILTER.filter((member) => options[member] !== undefined);
  if (named.length !== 1) {
    throw new SSEOptionError(
      `disconnect needs one of ${FILTER.join(', ')}, got ${named.join(' and ') || 'none'}`,
    );
  }
  return { ...filter(options), ...normalizeRetryDelay(options.retryDelay) };
}

/**
 * @param {unknown} given
 * @returns {number | null} until when, in milliseconds since 1970: other processes are told
 */
function normalizeRevoke(given) {
  const { until } = check.group(given, '', REVOKE);
  const left = moment(until, 'until');
  return left === null ? null : Date.now() + left;
}

/** @param {unknown} given */
function normalizeLeave(given) {
  const { retryDelay } = check.group(given, '', ['retryDelay']);
  return normalizeRetryDelay(retryDelay);
}

/** @param {unknown} value */
function normalizeRetryDelay(value) {
  if (value === undefined) return {};
  return { retryDelay: check.milliseconds(value, 'retryDelay') };
}

module.exports = {
  CLIENT_OPTIONS,
  DISCONNECT,
  FILTER,
  RESPONSE_OPTIONS,
  REVOKE,
  normalizeConnect,
  normalizeDisconnect,
  normalizeFilter,
  normalizeLeave,
  normalizeResponse,
  normalizeRevoke,
};
