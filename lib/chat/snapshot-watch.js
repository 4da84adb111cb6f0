'use strict';

const { callListeners } = require('../stream/watched-emitter.js');

/**
 * @typedef {import('../../index.js').ChatAnswer} ChatAnswer
 * @typedef {{ revision: number, answer: ChatAnswer }} Reading
 */

/** Tells a listener, every now and then, how far an answer has come. */
class SnapshotWatch {
  #target;
  #listener;
  #read;
  /** The newest that was told. */
  #revision = 0;

  /**
   * @param {import('node:events').EventEmitter} target what the listener is called on
   * @param {(answer: ChatAnswer) => void} listener
   * @param {() => Reading} read
   */
  constructor(target, listener, read) {
    this.#target = target;
    this.#listener = listener;
    this.#read = read;
  }

  /**
   * @param {number} every milliseconds
   * @param {(delay: number, callback: () => void) => void} alarm
   */
  start(every, alarm) {
    alarm(every, () => {
      const { revision, answer } = this.#read();
      if (revision > this.#revision) {
        this.#revision = revision;
        this.tell(answer);
      }
      this.start(every, alarm);
    });
  }

  /** @param {ChatAnswer} answer */
  tell(answer) {
    callListeners(this.#target, undefined, [this.#listener], answer);
  }
}

module.exports = { SnapshotWatch };
