'use strict';

const { SSEOptionError } = require('../core/errors.js');
const check = require('./checks.js');
const { normalizeCors } = require('./cors.js');
const { defined } = require('./defined.js');
const { identifier } = require('./identifier.js');
const { normalizeLog } = require('./log.js');
const { normalizeStore } = require('./store.js');

/** What a hub is when the caller does not say. Times in milliseconds; `null` for no limit. */
const HUB = Object.freeze({
  name: 'default',
  heartbeat: 15_000,
  retryDelay: Object.freeze([2000, 4000]),
  lag: 'disconnect',
  maxClients: null,
  maxPerUser: null,
  maxConnectionAge: null,
  writeTimeout: 10_000,
});

/** How far a client may be behind; `null` as far as the log reaches. */
const MAX_LAG = Object.freeze({ events: null, bytes: null, age: null });

/** What the events are called that a hub sends by itself. */
const EVENTS = Object.freeze({ connected: 'connected', gap: 'gap', shutdown: 'shutdown' });

/** How a hub is closed, in milliseconds. */
const CLOSE = Object.freeze({ spread: 5000, deadline: 10_000 });

const LAGS = ['disconnect', 'skip', 'latest'];
const OPTIONS = [...Object.keys(HUB), 'log', 'store', 'maxLag', 'events', 'cors', 'admit'];

/** It would end the line that it stands in, and with it the event. */
const LINE_BREAK = /[\r\n\0]/;

/**
 * @param {unknown} given
 * @returns what the core is told, which survives JSON and is equal for equal options, and what stays here
 */
function normalizeHub(given) {
  /** @type {Record<string, any>} */
  const options = { ...HUB, ...defined(check.group(given, '', OPTIONS)) };
  check.oneOf(options.lag, 'lag', LAGS);
  const { admit } = options;
  if (admit !== undefined && typeof admit !== 'function') {
    throw check.wrong('admit', 'a function that says whether a client may have a channel', admit);
  }
  return {
    native: {
      name: identifier(options.name, 'name'),
      log: normalizeLog(options.log),
      heartbeat: check.deadline(options.heartbeat, 'heartbeat'),
      retryDelay: retryDelay(options.retryDelay),
      lag: /** @type {string} */ (options.lag),
      maxLag: maxLag(options.maxLag),
      maxClients: most(options.maxClients, 'maxClients'),
      maxPerUser: most(options.maxPerUser, 'maxPerUser'),
      maxConnectionAge: check.deadline(options.maxConnectionAge, 'maxConnectionAge'),
      writeTimeout: check.deadline(options.writeTimeout, 'writeTimeout'),
      events: eventNames(options.events),
    },
    cors: normalizeCors(options.cors),
    admit: /** @type {Function | undefined} */ (admit),
    store: normalizeStore(options.store),
  };
}

/** @param {unknown} value */
function retryDelay(value) {
  if (!Array.isArray(value) || value.length !== 2) {
    throw check.wrong('retryDelay', 'two numbers of milliseconds, [least, most]', value);
  }
  const [least, longest] = value.map((delay, index) =>
    check.milliseconds(delay, `retryDelay[${index}]`),
  );
  if (least > longest) {
    throw new SSEOptionError(
      `retryDelay[0] must be at most retryDelay[1] (${longest}), got ${least}`,
    );
  }
  return [least, longest];
}

/** @param {unknown} value */
function maxLag(value) {
  const { events, bytes, age } = {
    ...MAX_LAG,
    ...defined(check.group(value, 'maxLag', Object.keys(MAX_LAG))),
  };
  return {
    events: most(events, 'maxLag.events'),
    bytes: most(bytes, 'maxLag.bytes', 'bytes'),
    age: check.deadline(age, 'maxLag.age'),
  };
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {string} [unit]
 */
function most(value, name, unit = '') {
  return value === null ? null : check.whole(value, name, { least: 1, unit, nullable: true });
}

/** @param {unknown} value */
function eventNames(value) {
  const names = { ...EVENTS, ...defined(check.group(value, 'events', Object.keys(EVENTS))) };
  const seen = new Set();
  for (const [kind, name] of Object.entries(names)) {
    identifier(name, `events.${kind}`);
    if (LINE_BREAK.test(name)) {
      throw new SSEOptionError(`events.${kind} must not contain CR, LF or NUL`);
    }
    if (seen.has(name)) throw new SSEOptionError(`events.${kind} is the name of another event`);
    seen.add(name);
  }
  return names;
}

/** @param {unknown} given */
function normalizeClose(given) {
  const { spread, deadline } = {
    ...CLOSE,
    ...defined(check.group(given, '', Object.keys(CLOSE))),
  };
  return {
    spread: check.milliseconds(spread, 'spread'),
    deadline: check.milliseconds(deadline, 'deadline'),
  };
}

module.exports = { CLOSE, EVENTS, HUB, LINE_BREAK, MAX_LAG, normalizeClose, normalizeHub };
