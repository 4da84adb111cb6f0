'use strict';

const { RETRY_PRESETS } = require('./retry-presets.js');

const SECOND = 1000;
const MIB = 1024 * 1024;

/**
 * @typedef {import('./groups.js').RetryDefaults} RetryDefaults
 * @typedef {import('./groups.js').TimeoutDefaults} TimeoutDefaults
 *
 * @typedef {object} Difference where a kind of stream differs from the defaults
 * @property {Partial<RetryDefaults>} retry
 * @property {Partial<TimeoutDefaults>} timeouts
 *
 * @typedef {object} Kind
 * @property {Difference} safe for GET and HEAD
 * @property {Difference} unsafe for other methods
 */

/** Defaults of the groups; those of options that stand alone are in settings.js. */
const DEFAULTS = Object.freeze({
  /** @type {RetryDefaults} */
  retry: {
    attempts: null,
    baseDelay: 1 * SECOND,
    factor: 2,
    maxDelay: 30 * SECOND,
    // A floor of its own: neither jitter nor a server may turn reconnecting into a hot loop.
    minDelay: 100,
    jitter: 'equal',
    elapsed: null,
    resetAfter: 60 * SECOND,
    recoverAfter: null,
    statuses: { always: [408, 409, 425, 429, 500, 502, 503, 504], unsafe: [] },
    unsafe: false,
  },
  // A server must neither spin a client with `retry: 0` nor put it to sleep for ever.
  retryRange: { min: 100, max: 3600 * SECOND },
  /** @type {TimeoutDefaults} */
  timeouts: {
    connect: 10 * SECOND,
    headers: 30 * SECOND,
    idle: 300 * SECOND,
    event: null,
    total: null,
  },
  // More than any model writes, less than a process notices; the official client of OpenAI has the
  // same bound for arguments.
  limits: { content: 64 * MIB, arguments: 16 * MIB },
});

/**
 * How long a `Retry-After` is obeyed at the most. A subscription can wait long; for a request a person
 * waits, and the official client of OpenAI has the same bound.
 */
const RETRY_AFTER = { safe: 3600 * SECOND, unsafe: 60 * SECOND };

/**
 * Where a method other than GET and HEAD differs: repeating may cost, and a first byte is late. After
 * a 5xx the origin may have acted: gateways answer so when they have passed the request on.
 */
const UNSAFE = {
  retry: { attempts: 2, statuses: { always: [408, 425, 429], unsafe: [500, 502, 503, 504] } },
  timeouts: { headers: 300 * SECOND },
};

/** @type {Kind} */
const SUBSCRIPTION = { safe: { retry: {}, timeouts: {} }, unsafe: UNSAFE };

const NO_STATUSES = { always: [], unsafe: [] };

/** @type {Kind} */
const EVENT_SOURCE = {
  safe: {
    retry: { ...RETRY_PRESETS.browser, statuses: NO_STATUSES },
    timeouts: {},
  },
  unsafe: UNSAFE,
};

/** What the official clients of providers try again, and Server-Sent Events besides. */
const PASSING = {
  always: [408, 409, 425, 429],
  unsafe: Array.from({ length: 100 }, (_, index) => 500 + index),
};

/** A person waits for an answer, and asking again costs less than having none. */
const ASKED = {
  retry: { ...RETRY_PRESETS.api, statuses: PASSING, unsafe: true },
  // Providers send pings, and comments, for as long as a model thinks or is queued for.
  timeouts: { headers: 300 * SECOND, event: { ms: 600 * SECOND, ignore: ['ping'] } },
};

/** @type {Kind} */
const ANSWER = { safe: ASKED, unsafe: ASKED };

module.exports = { ANSWER, DEFAULTS, EVENT_SOURCE, RETRY_AFTER, SUBSCRIPTION };
