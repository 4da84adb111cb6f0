'use strict';

/** Room for this many is made at once, at the most: a batch hardly has more events. */
const MOST_ROOM = 4096;

/**
 * A first-in, first-out queue that takes from its front without moving the rest.
 *
 * @template T
 */
class EventQueue {
  /** @type {T[]} */
  #items = [];
  #front = 0;
  #back = 0;
  /** How many it had when it was emptied, which is how many it may have again. */
  #usual = 1;

  get size() {
    return this.#back - this.#front;
  }

  get last() {
    return this.#front === this.#back ? undefined : this.#items[this.#back - 1];
  }

  /** @param {T} item */
  push(item) {
    if (this.#back === 0) this.#items = new Array(this.#usual);
    this.#items[this.#back++] = item;
  }

  /** @returns {T | undefined} */
  shift() {
    if (this.#front === this.#back) return undefined;
    const item = this.#items[this.#front++];
    if (this.#front === this.#back) this.clear();
    return item;
  }

  clear() {
    this.#usual = Math.min(this.#back, MOST_ROOM);
    this.#items = [];
    this.#front = 0;
    this.#back = 0;
  }
}

module.exports = { EventQueue };
