'use strict';

const { isHidden } = require('../browser/page.js');

/** Hidden pages have no frames; what they show is renewed this often, in milliseconds. */
const HIDDEN = 250;

/** Rendering takes at most one part in so many of the time, so that the page has the others for its user. */
const PARTS = 5;

/** However long rendering takes, what is shown is renewed this often, in milliseconds. */
const SLOWEST = 100;

const scope = /** @type {any} */ (globalThis);

/** @typedef {'frame' | number | false} Throttle once a frame, after so many milliseconds, or at once */

/** Gathers changes, and tells of them at most once a frame, or more seldom where rendering takes long. */
class Flushing {
  #flush;
  #pending = false;
  /** @type {any} */
  #timer;
  /** @type {any} */
  #frame;
  /** Before this time no frame renders again. */
  #rested = 0;

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
    if (frames && !isHidden()) this.#ask();
    // A page that is hidden before its frame comes has none.
    this.#timer = setTimeout(() => this.now(), typeof throttle === 'number' ? throttle : HIDDEN);
  }

  now() {
    this.cancel();
    const begun = performance.now();
    this.#flush();
    // React renders in a microtask, which it has asked for by now.
    queueMicrotask(() => {
      const took = performance.now() - begun;
      this.#rested = begun + Math.min(took * PARTS, SLOWEST);
    });
  }

  #ask() {
    this.#frame = scope.requestAnimationFrame(() => {
      if (performance.now() < this.#rested) this.#ask();
      else this.now();
    });
  }

  cancel() {
    this.#pending = false;
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) scope.cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }
}

module.exports = { Flushing };
