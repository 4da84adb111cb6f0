'use strict';

/**
 * What was put lately, by key. What is too old goes when something new comes, so that no timer keeps the process alive.
 *
 * @template Value
 */
class Recent {
  #clock;
  #lifetime;
  /** @type {Map<string, { value: Value, ends: number }>} */
  #entries = new Map();

  /**
   * @param {import('./clock.js').Clock} clock
   * @param {number} lifetime in milliseconds
   */
  constructor(clock, lifetime) {
    this.#clock = clock;
    this.#lifetime = lifetime;
  }

  /** @param {string} key */
  get(key) {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.ends > this.#clock.now() ? entry.value : undefined;
  }

  /**
   * @param {string} key
   * @param {Value} value
   */
  set(key, value) {
    const now = this.#clock.now();
    for (const [old, { ends }] of this.#entries) {
      if (ends > now) break;
      this.#entries.delete(old);
    }
    this.#entries.delete(key);
    this.#entries.set(key, { value, ends: now + this.#lifetime });
  }

  /** @param {string} key */
  delete(key) {
    this.#entries.delete(key);
  }
}

module.exports = { Recent };
