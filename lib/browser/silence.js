'use strict';

/** A timer that is later than this did not run in time: the page was frozen, or the machine slept. */
const LATE = 1000;

/** How long what waited in the meantime has to arrive, in milliseconds. */
const GRACE = 1000;

/** The longest time that timers can be set to. */
const LONGEST = 2 ** 31 - 1;

/** Tells when nothing has come for so long, not counting the time in which nothing here ran. */
class SilenceClock {
  #limit;
  #silent;
  #since = 0;
  #due = 0;
  /** @type {any} */
  #timer;

  /**
   * @param {number | null} limit in milliseconds, `null` for never
   * @param {() => void} silent
   */
  constructor(limit, silent) {
    this.#limit = limit;
    this.#silent = silent;
  }

  /** Something came; begins to run, too. */
  heard() {
    this.#since = performance.now();
    if (this.#timer === undefined) this.#set(this.#limit);
  }

  /** Looks at once, as after a page has come back: what it missed is not yet read. */
  look() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#look();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {number | null} delay */
  #set(delay) {
    if (delay === null) return;
    this.#due = performance.now() + delay;
    this.#timer = setTimeout(() => this.#look(), Math.min(delay, LONGEST));
  }

  #look() {
    const now = performance.now();
    const left = this.#since + /** @type {number} */ (this.#limit) - now;
    if (left > 0) this.#set(left);
    // A page that comes back tells of it more than once: what waited has still its time to arrive.
    else if (now < this.#due) this.#set(this.#due - now);
    else if (now - this.#due > LATE) this.#set(GRACE);
    else {
      this.#timer = undefined;
      this.#silent();
    }
  }
}

module.exports = { LONGEST, SilenceClock };
