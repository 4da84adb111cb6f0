'use strict';

// How many messages a conversation may get: pure, the time is an argument.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What WeCom allows in a time, and how much of it frames that are not the last one leave to others. */
const LIMITS = [
  { window: MINUTE, most: 30, reserve: 5 },
  { window: HOUR, most: 1000, reserve: 50 },
];

/** The messages of one conversation of the last hour. */
class PushBudget {
  /** @type {number[]} */
  #sent = [];
  #began;

  /** @param {number} now */
  constructor(now) {
    this.#began = now;
  }

  /**
   * Takes a place for a frame that others could do without.
   *
   * @param {number} now
   */
  takeFrame(now) {
    return this.#take(now, true);
  }

  /**
   * Takes a place for what must be sent.
   *
   * @param {number} now
   */
  takeFinal(now) {
    return this.#take(now, false);
  }

  /**
   * When there will be a place for what must be sent, in milliseconds since 1970.
   *
   * @param {number} now
   */
  nextFinal(now) {
    return Math.max(
      ...LIMITS.map(({ window, most }) => {
        const within = this.#within(now, window);
        return within.length < most ? now : (within.at(-most) ?? now) + window;
      }),
    );
  }

  /**
   * Whether it has nothing to remember; not while an answer may hold it that sends its first frame later.
   *
   * @param {number} now
   */
  isIdle(now) {
    return now - this.#began >= HOUR && this.#within(now, HOUR).length === 0;
  }

  /**
   * @param {number} now
   * @param {boolean} spares
   */
  #take(now, spares) {
    const fits = LIMITS.every(
      ({ window, most, reserve }) =>
        this.#within(now, window).length < (spares ? most - reserve : most),
    );
    if (!fits) return false;
    this.#sent = this.#within(now, HOUR);
    this.#sent.push(now);
    return true;
  }

  /**
   * @param {number} now
   * @param {number} window
   */
  #within(now, window) {
    return this.#sent.filter((at) => at > now - window);
  }
}

module.exports = { PushBudget };
