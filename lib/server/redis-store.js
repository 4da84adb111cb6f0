'use strict';

const { dispatcher } = require('../core/dispatcher.js');
const { SSEOptionError, SSEStateError } = require('../core/errors.js');
const { OVER } = require('../core/stream-kind.js');
const { normalizeRedisStore } = require('../options/redis.js');
const { entryOf, normalizeKey, normalizeValue } = require('../options/store.js');
const { Questions } = require('./questions.js');

/** Of a store that is not used any more nothing is received. */
/** @type {FinalizationRegistry<number>} */
const forgotten = new FinalizationRegistry((number) => dispatcher.forget(number));

/** See `redisStore` in index.d.ts. */
class RedisStore {
  #questions;

  /** @param {ReturnType<typeof normalizeRedisStore>} given */
  constructor({ native: asked, shown }) {
    const native = openStore(asked);
    const questions = new Questions(native, unavailable);
    this.#questions = questions;
    this.kind = 'redis';
    this.options = Object.freeze(shown);
    Object.freeze(this);
    // While a question is open its promise has the store; what is left of the store is not the receiver's to keep.
    dispatcher.deliver(native.id, {
      kind: OVER,
      stream: undefined,
      lastEventId: '',
      notice: (json) => questions.reply(JSON.parse(json)),
    });
    forgotten.register(this, native.id);
  }

  /** @param {string} key */
  async get(key) {
    return (await this.#ask({ ask: 'get', key: normalizeKey(key) })) ?? undefined;
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async set(key, value, ttl) {
    await this.#ask({ ask: 'set', ...entryOf(key, value, ttl) });
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async setIfAbsent(key, value, ttl) {
    return this.#ask({ ask: 'setIfAbsent', ...entryOf(key, value, ttl) });
  }

  /** @param {string} key */
  async take(key) {
    return (await this.#ask({ ask: 'take', key: normalizeKey(key) })) ?? undefined;
  }

  /**
   * @param {string} key
   * @param {string} old
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async replace(key, old, value, ttl) {
    const entry = entryOf(key, value, ttl);
    return this.#ask({ ask: 'replace', ...entry, old: normalizeValue(old, 'old') });
  }

  /** @param {string} key */
  async remove(key) {
    return this.#ask({ ask: 'remove', key: normalizeKey(key) });
  }

  /** @param {{ ask: string, [detail: string]: any }} question */
  async #ask(question) {
    const { value } = await this.#questions.ask(question);
    return value;
  }
}

/** @param {string} message */
const unavailable = (message) => new SSEStateError(message, { code: 'ERR_SSE_STORE' });

/** @param {object} options */
function openStore(options) {
  try {
    return dispatcher.redisStore(options);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
  }
}

/**
 * See `redisStore` in index.d.ts.
 *
 * @param {unknown} options
 */
const redisStore = (options) => new RedisStore(normalizeRedisStore(options));

/**
 * A store where a log is.
 *
 * @param {import('../options/redis.js').Redis} redis what the core is told of the log
 */
const redisStoreAt = (redis) => new RedisStore({ native: redis, shown: {} });

module.exports = { redisStore, redisStoreAt };
