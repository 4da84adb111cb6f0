'use strict';

const { RunReader } = require('./run-reader.js');

/**
 * What a reader brings, one item at a time: for a loop, or a body that is pulled.
 *
 * @template Item
 */
class RunIteration {
  #reader;
  /** @type {Item[]} */
  #items = [];
  /** @type {{ resolve: (item: Item | undefined) => void } | undefined} */
  #waiting;
  /** @type {import('./run-reader.js').RunEnd | undefined} */
  #end;
  #closed = false;

  /** @param {import('../../binding.js').NativeReader} native */
  constructor(native) {
    this.#reader = new RunReader(native, {
      item: (item) => this.#item(item),
      end: (end) => {
        this.#end = end;
        this.#settle(undefined);
      },
    });
  }

  /** How the run ended, once everything before is taken. */
  get end() {
    return this.#end;
  }

  /** @returns {Promise<Item | undefined>} nothing at the end, or once it is closed */
  next() {
    const item = this.#items.shift();
    if (item !== undefined || this.#end !== undefined || this.#closed) {
      return Promise.resolve(item);
    }
    return new Promise((resolve) => {
      this.#waiting = { resolve };
      this.#reader.once();
    });
  }

  close() {
    this.#closed = true;
    this.#items = [];
    this.#reader.close();
    this.#settle(undefined);
  }

  /** @param {Item} item */
  #item(item) {
    if (this.#waiting === undefined) this.#items.push(item);
    else this.#settle(item);
  }

  /** @param {Item | undefined} item */
  #settle(item) {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(item);
  }
}

module.exports = { RunIteration };
