'use strict';

const { dispatcher } = require('./dispatcher.js');

/**
 * What outlives a handle that is collected: it must stop counting then.
 *
 * @typedef {{ counts: boolean, number: number }} Token
 */
const collected = new FinalizationRegistry((/** @type {Token} */ token) => {
  dispatcher.forget(token.number);
  settle(token, false);
});

/**
 * @param {Token} token
 * @param {boolean} counts
 */
function settle(token, counts) {
  if (token.counts === counts) return;
  token.counts = counts;
  if (counts) dispatcher.ref();
  else dispatcher.unref();
}

/**
 * For how long a handle gets its records, whether it may be collected meanwhile, and whether it
 * counts for the process's life. It begins weakly held, and counting.
 */
class Registration {
  #weak;
  /** @type {Token} */
  #token;
  #over = false;

  /**
   * @param {import('./batch.js').Receiver} handle
   * @param {number} number
   */
  constructor(handle, number) {
    this.#weak = new WeakRef(handle);
    this.#token = { counts: false, number };
    collected.register(handle, this.#token, this.#token);
    this.release();
    settle(this.#token, true);
  }

  get number() {
    return this.#token.number;
  }

  /** @param {import('./batch.js').Receiver} handle the same */
  hold(handle) {
    if (!this.#over) dispatcher.deliver(this.#token.number, handle);
  }

  release() {
    if (!this.#over) dispatcher.deliver(this.#token.number, this.#weak);
  }

  /** @param {boolean} counts whether it keeps the process alive */
  count(counts) {
    if (!this.#over) settle(this.#token, counts);
  }

  end() {
    this.#over = true;
    collected.unregister(this.#token);
    settle(this.#token, false);
    dispatcher.forget(this.#token.number);
  }
}

module.exports = { Registration };
