'use strict';

const { inspect } = require('node:util');
const { lazy } = require('../core/lazy.js');
const { version } = require('../core/version.js');
const { channelNames } = require('./channel.js');
const check = require('./checks.js');
const { defined } = require('./defined.js');

const inspecting = lazy(() => require('../core/inspection.js'));
const redis = lazy(() => require('./redis.js'));

const MIB = 1024 * 1024;

/** What a log in memory keeps. The first three are for each channel, and do not concern runs. */
const MEMORY_LOG = Object.freeze({
  maxEvents: 1000,
  maxBytes: 8 * MIB,
  maxAge: 300_000,
  totalBytes: 256 * MIB,
});

/** What a log in Redis is beside that. */
const REDIS_LOG = Object.freeze({ whenDown: 'fail', bridge: Object.freeze([]) });

const WHEN_DOWN = ['fail', 'local'];

/** Where a log has what the core is told of it, secrets too: for all copies of this module that a bundler makes. */
const NATIVE = Symbol.for(`perennial-sse.log.${version}`);

/** Where events and runs are kept: what it is made with, and not what it holds. */
class Log {
  /**
   * @param {'memory' | 'redis'} kind
   * @param {Record<string, unknown>} options without secrets
   * @param {Record<string, unknown>} native
   */
  constructor(kind, options, native) {
    this.kind = kind;
    this.options = Object.freeze(options);
    Object.defineProperty(this, NATIVE, { value: native });
    Object.freeze(this);
  }

  /** @param {Parameters<import('../core/inspection.js').Inspect>} how */
  [inspect.custom](...how) {
    const { kind, options } = this;
    return inspecting().inspection(this, () => ({ kind, options }), how);
  }
}

/** @param {Record<string, any>} options */
const bounds = (options) => ({
  maxEvents: check.whole(options.maxEvents, 'maxEvents', { least: 1 }),
  maxBytes: check.whole(options.maxBytes, 'maxBytes', { least: 1, unit: 'bytes' }),
  maxAge: check.milliseconds(options.maxAge, 'maxAge', { above: 0 }),
  totalBytes: check.whole(options.totalBytes, 'totalBytes', { least: 1, unit: 'bytes' }),
});

/**
 * See `memoryLog` in index.d.ts.
 *
 * @param {unknown} given
 */
function memoryLog(given) {
  const known = Object.keys(MEMORY_LOG);
  const options = bounds({ ...MEMORY_LOG, ...defined(check.group(given, '', known)) });
  return new Log('memory', options, options);
}

/**
 * See `redisLog` in index.d.ts.
 *
 * @param {unknown} given
 */
function redisLog(given) {
  const { OPTIONS, normalizeRedis } = redis();
  const own = [...Object.keys(MEMORY_LOG), ...Object.keys(REDIS_LOG)];
  const options = {
    ...MEMORY_LOG,
    ...REDIS_LOG,
    ...defined(check.group(given, '', [...OPTIONS, ...own])),
  };
  const { native, shown } = normalizeRedis(options);
  check.oneOf(options.whenDown, 'whenDown', WHEN_DOWN);
  const said = {
    ...bounds(options),
    whenDown: options.whenDown,
    bridge: channelNames(options.bridge, 'bridge'),
  };
  return new Log('redis', { ...shown, ...said }, { ...said, redis: native });
}

/**
 * @param {unknown} log the option of a relay or a hub
 * @returns {Record<string, any>} what the core is told of it
 */
function normalizeLog(log = memoryLog(undefined)) {
  const native = /** @type {any} */ (log)?.[NATIVE];
  if (native === undefined) {
    throw check.wrong('log', 'what memoryLog() or redisLog() returns', log);
  }
  return native;
}

module.exports = { MEMORY_LOG, REDIS_LOG, memoryLog, normalizeLog, redisLog };
