'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { wellFormed } = require('../core/http-values.js');
const check = require('./checks.js');
const { namedRetry } = require('./retry-presets.js');

const JITTERS = ['none', 'full', 'equal', 'decorrelated'];
const EVENT_STREAM = 'text/event-stream';
/** What can stand in `Content-Type`. Servers write more there than media types. */
const VISIBLE = /^[\t\x20-\x7e]+$/;
/** It would be taken for what it says, and match nothing. */
const WILDCARD = /\/\s*\*/;

/**
 * @typedef {{ kind: string, value?: number }} Jitter
 * @typedef {{ event?: string, data?: string }} Pattern
 *
 * @typedef {object} RetryDefaults
 * @property {number | null} attempts
 * @property {number} baseDelay
 * @property {number} factor
 * @property {number} maxDelay
 * @property {number} minDelay
 * @property {string | { addRatio: number }} jitter
 * @property {number | null} elapsed
 * @property {number} resetAfter
 * @property {number | null} recoverAfter
 * @property {{ always: readonly number[], unsafe: readonly number[] }} statuses the second only
 *   where a request may be repeated on which the server may have acted
 * @property {boolean} unsafe
 *
 * @typedef {object} Retry as the core is told it
 * @property {{ base: number, factor: number, min: number, max: number, jitter: Jitter }} backoff
 * @property {number | null} attempts
 * @property {number | null} elapsed
 * @property {number} resetAfter
 * @property {number | null} recoverAfter
 * @property {readonly number[]} statuses
 * @property {boolean} unsafe
 *
 * @typedef {object} TimeoutDefaults
 * @property {number | null} connect
 * @property {number | null} headers
 * @property {number | null} idle
 * @property {{ ms: number, ignore: readonly string[] } | null} event
 * @property {number | null} total
 */

/**
 * @template {object} T
 * @param {T} defaults
 * @param {Record<string, unknown>} given
 * @returns {{ [K in keyof T]: any }} what was given, and the default where it is `undefined`
 */
function withDefaults(defaults, given) {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}

/** What `retry: false` stands for. */
const NEVER = { attempts: 0, elapsed: null, recoverAfter: null, statuses: [], unsafe: false };

/**
 * @param {unknown} value
 * @param {RetryDefaults} defaults
 * @returns {Retry}
 */
function normalizeRetry(value, defaults) {
  if (value === false) return normalizeRetry(NEVER, defaults);
  const given = check.group(namedRetry(value), 'retry', Object.keys(defaults));
  const retry = withDefaults(defaults, given);
  const maxDelay = check.milliseconds(retry.maxDelay, 'retry.maxDelay');
  const minDelay = check.milliseconds(retry.minDelay, 'retry.minDelay');
  if (given.minDelay !== undefined && minDelay > maxDelay) {
    throw new SSEOptionError(
      `retry.minDelay must be at most retry.maxDelay (${maxDelay}), got ${minDelay}`,
    );
  }
  const unsafe = check.flag(retry.unsafe, 'retry.unsafe');
  const { statuses = usualStatuses(defaults, unsafe) } = given;
  return {
    backoff: {
      base: check.milliseconds(retry.baseDelay, 'retry.baseDelay'),
      factor: check.number(retry.factor, 'retry.factor', { least: 1 }),
      max: maxDelay,
      // A lower maximum alone lowers the default floor with it.
      min: Math.min(minDelay, maxDelay),
      jitter: normalizeJitter(retry.jitter),
    },
    attempts:
      retry.attempts === null
        ? null
        : check.whole(retry.attempts, 'retry.attempts', {
            least: 0,
            most: 0xffff_ffff,
            nullable: true,
          }),
    elapsed: check.deadline(retry.elapsed, 'retry.elapsed'),
    resetAfter: check.milliseconds(retry.resetAfter, 'retry.resetAfter'),
    recoverAfter: check.deadline(retry.recoverAfter, 'retry.recoverAfter'),
    statuses: check.list(statuses, 'retry.statuses').map((status, index) => {
      return check.whole(status, `retry.statuses[${index}]`, { least: 100, most: 599 });
    }),
    unsafe,
  };
}

/**
 * @param {RetryDefaults} defaults
 * @param {boolean} unsafe
 */
function usualStatuses({ statuses }, unsafe) {
  return unsafe ? [...statuses.always, ...statuses.unsafe] : statuses.always;
}

/**
 * @param {unknown} value
 * @returns {Jitter}
 */
function normalizeJitter(value) {
  if (typeof value === 'string' && JITTERS.includes(value)) return { kind: value };
  const expected = `one of "${JITTERS.join('", "')}", or { ratio }, { add } or { addRatio }`;
  if (typeof value !== 'object') throw check.wrong('retry.jitter', expected, value);
  const { ratio, add, addRatio } = check.group(value, 'retry.jitter', ['ratio', 'add', 'addRatio']);
  if ([ratio, add, addRatio].filter((member) => member !== undefined).length !== 1) {
    throw check.wrong('retry.jitter', expected, value);
  }
  if (addRatio !== undefined) {
    const share = check.number(addRatio, 'retry.jitter.addRatio', { least: 0, most: 1 });
    return { kind: 'addratio', value: share };
  }
  if (add !== undefined) {
    return { kind: 'add', value: check.milliseconds(add, 'retry.jitter.add') };
  }
  return { kind: 'ratio', value: check.number(ratio, 'retry.jitter.ratio', { least: 0, most: 1 }) };
}

/**
 * @param {unknown} value
 * @param {{ min: number, max: number }} defaults
 */
function normalizeRetryRange(value, defaults) {
  const range = withDefaults(defaults, check.group(value, 'retryRange', Object.keys(defaults)));
  const min = check.milliseconds(range.min, 'retryRange.min');
  const max = check.milliseconds(range.max, 'retryRange.max');
  if (min > max) {
    throw new SSEOptionError(`retryRange.min must be at most retryRange.max (${max}), got ${min}`);
  }
  return { min, max };
}

/**
 * @param {unknown} value
 * @param {TimeoutDefaults} defaults
 */
function normalizeTimeouts(value, defaults) {
  const timeouts = withDefaults(defaults, check.group(value, 'timeouts', Object.keys(defaults)));
  const { ms, ignore = defaults.event?.ignore ?? [] } =
    timeouts.event === null
      ? { ms: null }
      : check.group(timeouts.event, 'timeouts.event', ['ms', 'ignore']);
  return {
    connect: check.deadline(timeouts.connect, 'timeouts.connect'),
    headers: check.deadline(timeouts.headers, 'timeouts.headers'),
    idle: check.deadline(timeouts.idle, 'timeouts.idle'),
    event: check.deadline(ms, 'timeouts.event.ms'),
    eventIgnore: check.list(ignore, 'timeouts.event.ignore').map((name, index) => {
      return wellFormed(check.text(name, `timeouts.event.ignore[${index}]`));
    }),
    total: check.deadline(timeouts.total, 'timeouts.total'),
  };
}

/**
 * @param {unknown} value
 * @returns {Pattern[]}
 */
function normalizeTerminal(value) {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [normalizePattern(value, 'terminal')];
  if (value.length === 0) {
    throw new SSEOptionError('terminal must not be an empty array; leave it out for none');
  }
  return value.map((pattern, index) => normalizePattern(pattern, `terminal[${index}]`));
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {Pattern}
 */
function normalizePattern(value, name) {
  if (typeof value === 'string') return { data: wellFormed(value) };
  if (typeof value !== 'object' || value === null) {
    throw check.wrong(name, 'the data of an event or { event, data }', value);
  }
  const { event, data } = check.group(value, name, ['event', 'data']);
  if (event === undefined && data === undefined) {
    throw new SSEOptionError(`${name} must have an event, a data or both`);
  }
  /** @type {Pattern} */
  const pattern = {};
  if (event !== undefined) pattern.event = wellFormed(check.text(event, `${name}.event`));
  if (data !== undefined) pattern.data = wellFormed(check.text(data, `${name}.data`));
  return pattern;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {string[]} these and the one that every stream may have
 */
function normalizeAccept(value, name) {
  const types = check.list(value, name).map((type, index) => {
    const at = `${name}[${index}]`;
    const wanted = check.text(type, at).trim().toLowerCase();
    if (VISIBLE.test(wanted) && !WILDCARD.test(wanted)) return wanted;
    throw check.wrong(at, 'a media type without wildcards', type);
  });
  return [...new Set([EVENT_STREAM, ...types])];
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {{ events: number, bytes: number }} defaults
 */
function normalizeMailbox(value, name, defaults) {
  const mailbox = withDefaults(defaults, check.group(value, name, Object.keys(defaults)));
  const most = 0xffff_ffff;
  return {
    events: check.whole(mailbox.events, `${name}.events`, { least: 1, most }),
    bytes: check.whole(mailbox.bytes, `${name}.bytes`, { least: 1, most, unit: 'bytes' }),
  };
}

module.exports = {
  normalizeAccept,
  normalizeMailbox,
  normalizeRetry,
  normalizeRetryRange,
  normalizeTerminal,
  normalizeTimeouts,
};
