'use strict';

const { performance } = require('node:perf_hooks');

/**
 * How long records are handed out in one turn of the event loop, in milliseconds: timers, signals
 * and other sockets must not wait longer for a busy stream than they do for a busy fetch.
 */
const LENGTH_MS = 1;
/** A stride that takes less may be followed by one twice as long. */
const BRIEF_MS = LENGTH_MS / 16;
/** How many records are handed out between two looks at the clock, at the most. */
const LONGEST_STRIDE = 64;

/**
 * How long a turn of the event loop has lasted. A look at the clock costs as much as an event: it
 * is taken after each slow record, but seldom while they go fast.
 */
class Turn {
  #ends = 0;
  #looked = 0;
  #stride = 1;
  /** How many records are left of the stride. */
  #left = 1;

  begin() {
    this.#looked = performance.now();
    this.#ends = this.#looked + LENGTH_MS;
    this.restart();
  }

  /** Another receiver takes records from now on, which may be slower. */
  restart() {
    this.#stride = 1;
    this.#left = 1;
  }

  /** How many records may be handed out before `spend` must be told of them. */
  get stride() {
    return this.#left;
  }

  /**
   * @param {number} records that were handed out
   * @returns {boolean} whether the turn has lasted long enough
   */
  spend(records) {
    this.#left -= records;
    if (this.#left > 0) return false;
    const now = performance.now();
    const brief = now - this.#looked < BRIEF_MS;
    this.#stride = brief ? Math.min(2 * this.#stride, LONGEST_STRIDE) : 1;
    this.#left = this.#stride;
    this.#looked = now;
    return now > this.#ends;
  }
}

module.exports = { Turn };
