'use strict';

/** See `virtualStore` in testing.d.ts. */
class VirtualStore {
  kind = 'memory';
  options = Object.freeze({ name: null, maxEntries: 0, maxBytes: 0 });
  #clock;
  /** @type {Map<string, { value: string, ends: number }>} */
  #values = new Map();

  /** @param {import('../clock.js').Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** @param {string} key */
  async get(key) {
    return this.#find(key);
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async set(key, value, ttl) {
    this.#put(key, value, ttl);
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async setIfAbsent(key, value, ttl) {
    if (this.#find(key) !== undefined) return false;
    this.#put(key, value, ttl);
    return true;
  }

  /** @param {string} key */
  async take(key) {
    const value = this.#find(key);
    this.#values.delete(key);
    return value;
  }

  /**
   * @param {string} key
   * @param {string} old
   * @param {string} value
   * @param {number | null} [ttl]
   */
  async replace(key, old, value, ttl) {
    if (this.#find(key) !== old) return false;
    this.#put(key, value, ttl);
    return true;
  }

  /** @param {string} key */
  async remove(key) {
    const had = this.#find(key) !== undefined;
    this.#values.delete(key);
    return had;
  }

  /** @param {string} key */
  #find(key) {
    const found = this.#values.get(key);
    return found !== undefined && found.ends > this.#clock.now() ? found.value : undefined;
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {number | null} [ttl]
   */
  #put(key, value, ttl) {
    const ends = this.#clock.now() + (ttl ?? Number.POSITIVE_INFINITY);
    this.#values.set(key, { value, ends });
  }
}

/**
 * See `virtualStore` in testing.d.ts.
 *
 * @param {import('../clock.js').Clock} clock
 */
const virtualStore = (clock) => new VirtualStore(clock);

module.exports = { virtualStore };
