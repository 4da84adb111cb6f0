'use strict';

const check = require('./checks.js');
const { defined } = require('./defined.js');

const MIB = 1024 * 1024;

/** What a log in memory keeps. The first three are for each channel, and do not concern runs. */
const MEMORY_LOG = Object.freeze({
  maxEvents: 1000,
  maxBytes: 8 * MIB,
  maxAge: 300_000,
  totalBytes: 256 * MIB,
});

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
 * @param {unknown} log the option of a relay or a hub
 * @returns what the core is told of it
 */
function normalizeLog(log = memoryLog(undefined)) {
  if (!(log instanceof Kept)) throw check.wrong('log', 'what memoryLog() returns', log);
  return log.options;
}

module.exports = { MEMORY_LOG, memoryLog, normalizeLog };
