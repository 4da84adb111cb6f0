'use strict';

const check = require('./checks.js');
const { defined } = require('./defined.js');
const { identifier } = require('./identifier.js');
const { normalizeLog } = require('./log.js');

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

const OPTIONS = [...Object.keys(RELAY), 'log'];
const RUN_OPTIONS = ['owner', 'onLost'];
/** As those of lib/server/outputs.js. */
const FORMATS = ['events', 'ai-sdk'];

const READ_OPTIONS = ['replay', 'heartbeat', 'notices', 'format'];

/**
 * @param {unknown} given
 * @returns what the core is told; survives JSON, and is equal for equal options
 */
function normalizeRelay(given) {
  /** @type {Record<string, any>} */
  const options = { ...RELAY, ...defined(check.group(given, '', OPTIONS)) };
  check.oneOf(options.durability, 'durability', ['pipelined', 'durable']);
  return {
    native: {
      name: identifier(options.name, 'name'),
      retention: check.milliseconds(options.retention, 'retention', { above: 0 }),
      lease: check.milliseconds(options.lease, 'lease', { least: 500 }),
      idle: check.deadline(options.idle, 'idle'),
      maxBytes: check.whole(options.maxBytes, 'maxBytes', { least: 1, unit: 'bytes' }),
      onDisconnect: onDisconnect(options.onDisconnect),
      durability: options.durability,
      log: normalizeLog(options.log),
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
  check.oneOf(onLost, 'onLost', ['fail', 'restart']);
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
 * @param {unknown} given
 * @param {number | null} heartbeat of the relay
 */
function normalizeRead(given, heartbeat) {
  const options = check.group(given, '', READ_OPTIONS);
  const { format = 'events', notices = false } = options;
  check.oneOf(format, 'format', FORMATS);
  // The AI SDK keeps no cursor.
  const { replay = format === 'events' ? 'cursor' : 'start' } = options;
  check.oneOf(replay, 'replay', ['cursor', 'start']);
  return {
    format,
    fromStart: replay === 'start',
    notices: check.flag(notices, 'notices'),
    heartbeat:
      options.heartbeat === undefined ? heartbeat : check.deadline(options.heartbeat, 'heartbeat'),
  };
}

module.exports = {
  RELAY,
  normalizeLookup,
  normalizeRead,
  normalizeRelay,
  normalizeRun,
};
