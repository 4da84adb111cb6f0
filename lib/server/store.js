'use strict';

const { SSEOptionError, SSEStateError } = require('../core/errors.js');
const { NativeStore } = require('../core/native.js');
const {
  entryOf,
  normalizeKey,
  normalizeMemoryStore,
  normalizeValue,
} = require('../options/store.js');

/** See `Store` in index.d.ts. */
class MemoryStore {
  #native;

  /** @param {unknown} given */
  constructor(given) {
    const asked = normalizeMemoryStore(given);
    this.#native = openStore(asked);
    this.kind = 'memory';
    this.options = Object.freeze(asked);
    Object.freeze(this);
  }

  /** @param {string} key */
  async get(key) {
    return this.#native.get(normalizeKey(key)) ?? undefined;
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async set(key, value, ttl) {
    const asked = entryOf(key, value, ttl);
    roomy(() => this.#native.set(asked.key, asked.value, asked.ttl));
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async setIfAbsent(key, value, ttl) {
    const asked = entryOf(key, value, ttl);
    return roomy(() => this.#native.setIfAbsent(asked.key, asked.value, asked.ttl));
  }

  /** @param {string} key */
  async take(key) {
    return this.#native.take(normalizeKey(key)) ?? undefined;
  }

  /**
   * @param {string} key
   * @param {string} old
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async replace(key, old, value, ttl) {
    const asked = entryOf(key, value, ttl);
    const expected = normalizeValue(old, 'old');
    return roomy(() => this.#native.replace(asked.key, expected, asked.value, asked.ttl));
  }

  /** @param {string} key */
  async remove(key) {
    return this.#native.remove(normalizeKey(key));
  }
}

/** @param {object} options */
function openStore(options) {
  try {
    return new NativeStore(JSON.stringify(options));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
  }
}

/**
 * Puts something into the store, if there is room.
 *
 * @template T
 * @param {() => T} put
 */
function roomy(put) {
  try {
    return put();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SSEStateError(message, { code: 'ERR_SSE_STORE', cause });
  }
}

/**
 * See `memoryStore` in index.d.ts.
 *
 * @param {unknown} [options]
 */
function memoryStore(options) {
  return new MemoryStore(options);
}

module.exports = { memoryStore };
