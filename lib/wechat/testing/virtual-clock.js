'use strict';

/** Turns of the event loop in which what a timer began goes on: promises, stores, a few sockets. */
const TURNS = 12;

/** See `VirtualClock` in testing.d.ts. */
class VirtualClock {
  #now;
  #count = 0;
  /** @type {Map<number, { at: number, callback: () => void }>} */
  #timers = new Map();

  /** @param {number} start milliseconds since 1970 */
  constructor(start) {
    this.#now = start;
    // Handed out as plain functions.
    this.now = this.now.bind(this);
    this.after = this.after.bind(this);
  }

  now() {
    return this.#now;
  }

  /**
   * @param {number} delay
   * @param {() => void} callback
   */
  after(delay, callback) {
    this.#count += 1;
    const number = this.#count;
    this.#timers.set(number, { at: this.#now + Math.max(0, delay), callback });
    return () => {
      this.#timers.delete(number);
    };
  }

  /** @param {number} ms */
  async advance(ms) {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next[1].at > end) break;
      const [number, { at, callback }] = next;
      this.#timers.delete(number);
      this.#now = Math.max(this.#now, at);
      callback();
      await this.settle();
    }
    this.#now = end;
    await this.settle();
  }

  async settle() {
    for (let turn = 0; turn < TURNS; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The timer that is due first, and of several the one that was set first. */
  #next() {
    /** @type {[number, { at: number, callback: () => void }] | undefined} */
    let first;
    for (const timer of this.#timers) {
      if (first === undefined || timer[1].at < first[1].at) first = timer;
    }
    return first;
  }
}

/**
 * See `virtualClock` in testing.d.ts.
 *
 * @param {number | Date} [start]
 */
const virtualClock = (start = 1_767_225_600_000) => new VirtualClock(Number(start));

module.exports = { virtualClock };
