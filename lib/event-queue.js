'use strict';

/**
 * A first-in, first-out queue that takes from its front without moving the rest.
 *
 * @template T
 */
class EventQueue {
  /** @type {T[]} */
  #items = [];
  #front = 0;

  get size() {
    return this.#items.length - this.#front;
  }

  /** @param {T} item */
  push(item) {
    this.#items.push(item);
  }

  /** @returns {T | undefined} */
  shift() {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#front++];
    if (this.#front === this.#items.length) this.clear();
    return item;
  }

  clear() {
    this.#items = [];
    this.#front = 0;
  }
}

module.exports = { EventQueue };
