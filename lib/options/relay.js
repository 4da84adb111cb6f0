'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { wellFormed } = require('../core/http-values.js');
const check = require('./checks.js');

const MIB = 1024 * 1024;

/** What a relay is when the caller does not say. Times in milliseconds, sizes in bytes. */
const RELAY = Object.freeze({
  name: 'default',
  retention: 600_000,
  lease: 15_000,
  idle: 120_000,
  heartbeat: 15_000,
  maxBytes: 8 * MIB,
  durability: 'pipelined',
  onDisconnect: 'continue',
});

/** What a log in memory keeps. The first three are for each channel, and do not concern runs. */
const MEMORY_LOG = Object.freeze({
  maxEvents: 1000,
  maxBytes: 8 * MIB,
  maxAge: 300_000,
  totalBytes: 256 * MIB,
});

const OPTIONS = [...Object.keys(RELAY), 'log'];
const RUN_OPTIONS = ['owner', 'onLost'];
const READ_OPTIONS = ['replay', 'heartbeat', 'notices'];

/** The longest name of a run or an owner, in UTF-8. A key of Redis may be longer, a log line should not. */
const LONGEST_ID = 1024;

/** A log in memory, or a store: what they are made with, and not what they hold. */
class Kept {
  /**
   * @param {'memory'} kind
   * @param {Record<string, number>} options
   */
  constructor(kind, options) {
    this.kind = kind;
    this.options = Object.freeze(options);
    Object.freeze(this);
  }
}

/** @param {unknown} given */
function memoryLog(given) {
  const options = { ...MEMORY_LOG, ...defined(check.group(given, '', Object.keys(MEMORY_LOG))) };
  return new Kept('memory', {
    maxEvents: check.whole(options.maxEvents, 'maxEvents', { least: 1 }),
    maxBytes: check.whole(options.maxBytes, 'maxBytes', { least: 1, unit: 'bytes' }),
    maxAge: check.milliseconds(options.maxAge, 'maxAge', { above: 0 }),
    totalBytes: check.whole(options.totalBytes, 'totalBytes', { least: 1, unit: 'bytes' }),
  });
}

/**
 * @param {unknown} given
 * @returns what the core is told; survives JSON, and is equal for equal options
 */
function normalizeRelay(given) {
  /** @type {Record<string, any>} */
  const options = { ...RELAY, ...defined(check.group(given, '', OPTIONS)) };
  const { log = memoryLog(undefined) } = options;
  if (!(log instanceof Kept)) throw check.wrong('log', 'what memoryLog() returns', log);
  oneOf(options.durability, 'durability', ['pipelined', 'durable']);
  return {
    native: {
      name: identifier(options.name, 'name'),
      retention: check.milliseconds(options.retention, 'retention', { above: 0 }),
      lease: check.milliseconds(options.lease, 'lease', { least: 1000 }),
      idle: check.deadline(options.idle, 'idle'),
      maxBytes: check.whole(options.maxBytes, 'maxBytes', { least: 1, unit: 'bytes' }),
      onDisconnect: onDisconnect(options.onDisconnect),
      log: log.options,
    },
    heartbeat: check.deadline(options.heartbeat, 'heartbeat'),
  };
}

/** @param {unknown} value */
function onDisconnect(value) {
  if (value === 'continue' || value === 'abort') return value;
  if (typeof value === 'object' && value !== null) {
    const { grace } = check.group(value, 'onDisconnect', ['grace']);
    return { grace: check.milliseconds(grace, 'onDisconnect.grace', { least: 0 }) };
  }
  throw check.wrong('onDisconnect', "'continue', 'abort' or { grace: milliseconds }", value);
}

/**
 * @param {unknown} id
 * @param {unknown} given
 */
function normalizeRun(id, given) {
  const { owner, onLost = 'fail' } = check.group(given, '', RUN_OPTIONS);
  oneOf(onLost, 'onLost', ['fail', 'restart']);
  return { ...normalizeId(id, owner), restart: onLost === 'restart' };
}

/**
 * @param {unknown} id
 * @param {unknown} given
 */
function normalizeLookup(id, given) {
  const { owner } = check.group(given, '', ['owner']);
  return normalizeId(id, owner);
}

/**
 * @param {unknown} id
 * @param {unknown} owner
 */
function normalizeId(id, owner) {
  return {
    id: identifier(id, 'id'),
    owner: owner === undefined ? null : identifier(owner, 'owner'),
  };
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function identifier(value, name) {
  const text = check.text(value, name);
  if (text === '') throw new SSEOptionError(`${name} must not be empty`);
  if (wellFormed(text) !== text) throw new SSEOptionError(`${name} must be well-formed text`);
  if (Buffer.byteLength(text) > LONGEST_ID) {
    throw new SSEOptionError(`${name} must be at most ${LONGEST_ID} bytes long; hash a longer one`);
  }
  return text;
}

/**
 * @param {unknown} given
 * @param {number | null} heartbeat of the relay
 */
function normalizeRead(given, heartbeat) {
  const options = check.group(given, '', READ_OPTIONS);
  const { replay = 'cursor', notices = false } = options;
  oneOf(replay, 'replay', ['cursor', 'start']);
  return {
    fromStart: replay === 'start',
    notices: check.flag(notices, 'notices'),
    heartbeat:
      options.heartbeat === undefined ? heartbeat : check.deadline(options.heartbeat, 'heartbeat'),
  };
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {readonly string[]} words
 */
function oneOf(value, name, words) {
  if (!words.includes(/** @type {string} */ (value))) {
    throw check.wrong(name, words.map((word) => `'${word}'`).join(' or '), value);
  }
}

/** @param {Record<string, unknown>} given */
const defined = (given) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

module.exports = {
  MEMORY_LOG,
  RELAY,
  memoryLog,
  normalizeLookup,
  normalizeRead,
  normalizeRelay,
  normalizeRun,
};
