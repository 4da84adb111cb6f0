'use strict';

const { isHidden } = require('../browser/page.js');

/** Hidden pages have no frames; what they show is renewed this often, in milliseconds. */
const HIDDEN = 250;

const scope = /** @type {any} */ (globalThis);

/** @typedef {'frame' | number | false} Throttle once a frame, after so many milliseconds, or at once */

/** Gathers changes, and tells of them at most once a frame. */
class Flushing {
  #flush;
  #pending = false;
  /** @type {any} */
  #timer;
  /** @type {any} */
  #frame;

  /** @param {() => void} flush */
  constructor(flush) {
    this.#flush = flush;
  }

  /** @param {Throttle} throttle */
  soon(throttle) {
    if (this.#pending) return;
    if (throttle === false) {
      this.#flush();
      return;
    }
    this.#pending = true;
    const frames = throttle === 'frame' && typeof scope.requestAnimationFrame === 'function';
    if (frames && !isHidden()) this.#frame = scope.requestAnimationFrame(() => this.now());
    // A page that is hidden before its frame comes has none.
    this.#timer = setTimeout(() => this.now(), typeof throttle === 'number' ? throttle : HIDDEN);
  }

  now() {
    this.cancel();
    this.#flush();
  }

  cancel() {
    this.#pending = false;
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) scope.cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }
}

module.exports = { Flushing };
