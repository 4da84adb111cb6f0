'use strict';

// So many in a time: pure, the time is an argument.

/** The last times of something that may happen only so often. */
class RateLimit {
  #most;
  #window;
  /** @type {number[]} */
  #taken = [];

  /**
   * @param {number} most
   * @param {number} window in milliseconds
   */
  constructor(most, window) {
    this.#most = most;
    this.#window = window;
  }

  /**
   * Takes the next free time, now or later.
   *
   * @param {number} now
   * @returns {number} milliseconds to wait for it
   */
  take(now) {
    const before = this.#taken.at(-this.#most);
    const at = Math.max(
      now,
      this.#taken.at(-1) ?? now,
      (before ?? now - this.#window) + this.#window,
    );
    this.#taken.push(at);
    if (this.#taken.length > this.#most) this.#taken.shift();
    return at - now;
  }
}

module.exports = { RateLimit };
