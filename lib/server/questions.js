'use strict';

const { dispatcher } = require('../core/dispatcher.js');

/**
 * @typedef {object} Reply
 * @property {number} number of the question
 * @property {any} [value]
 * @property {string} [error] why there is none
 */

/** What is asked of the core, which replies later: each question by a number of its own. */
class Questions {
  #native;
  #failure;
  /** @type {Map<number, { resolve: (reply: Reply) => void, reject: (error: Error) => void }>} */
  #open = new Map();
  #asked = 0;
  /** Why nothing is asked any more, once that is so. */
  /** @type {(() => Error) | undefined} */
  #closed;

  /**
   * @param {{ ask(number: number, question: string): void }} native
   * @param {(message: string) => Error} failure the error of a question to which the core has no reply
   */
  constructor(native, failure) {
    this.#native = native;
    this.#failure = failure;
  }

  /** How many have no reply yet. */
  get open() {
    return this.#open.size;
  }

  /**
   * @param {{ ask: string, [detail: string]: any }} question what is asked, and of what
   * @returns {Promise<Reply>}
   */
  async ask({ ask, ...details }) {
    if (this.#closed !== undefined) throw this.#closed();
    this.#asked = (this.#asked + 1) >>> 0;
    const number = this.#asked;
    this.#native.ask(number, JSON.stringify({ [ask]: details }));
    dispatcher.ref();
    return new Promise((resolve, reject) => this.#open.set(number, { resolve, reject }));
  }

  /** @param {Reply} reply */
  reply(reply) {
    const question = this.#open.get(reply.number);
    if (question === undefined) return;
    this.#open.delete(reply.number);
    dispatcher.unref();
    if (reply.error === undefined) question.resolve(reply);
    else question.reject(this.#failure(reply.error));
  }

  /**
   * No reply comes any more.
   *
   * @param {() => Error} failure
   */
  close(failure) {
    this.#closed = failure;
    for (const { reject } of this.#open.values()) {
      dispatcher.unref();
      reject(failure());
    }
    this.#open.clear();
  }
}

module.exports = { Questions };
