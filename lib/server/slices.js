'use strict';

const { performance } = require('node:perf_hooks');
const { dispatcher } = require('../core/dispatcher.js');

/** How long such work is done in one turn of the event loop, in milliseconds. */
const LENGTH = 5;

/**
 * Work that thousands of requests bring at once, after an outage: what is more than a slice waits for the next turn
 * of the event loop, in the order in which it came.
 */
class Slices {
  /** What this turn has spent, in milliseconds. */
  #spent = 0;
  #scheduled = false;
  /** @type {((value?: undefined) => void)[]} */
  #waiting = [];

  /**
   * At once, where this turn has room.
   *
   * @template T
   * @param {() => T | Promise<T>} work of which counts what it does before it waits for something
   * @returns {Promise<T>}
   */
  async run(work) {
    if (this.#spent >= LENGTH || this.#waiting.length > 0) {
      await new Promise((resolve) => this.#waiting.push(resolve));
    }
    const begun = performance.now();
    try {
      return work();
    } finally {
      this.#spent += performance.now() - begun;
      this.#schedule();
    }
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    dispatcher.yield(() => {
      this.#scheduled = false;
      this.#spent = 0;
      this.#next();
    });
  }

  async #next() {
    const waiting = this.#waiting;
    let next = 0;
    while (next < waiting.length && this.#spent < LENGTH) {
      waiting[next++]();
      // The work goes on before this does.
      await undefined;
    }
    waiting.splice(0, next);
    if (waiting.length > 0) this.#schedule();
  }
}

module.exports = { slices: new Slices() };
