'use strict';

const { parsedOrNothing } = require('./json.js');

/** How long an answer waits for its user, in milliseconds. */
const PARKED_MS = 48 * 3_600_000;

/** What waits: the parts that the user has yet to get, none while the answer is on its way. */
/** @typedef {{ message: string, parts: string[] | null }} Parked */

/** Answers that wait until their users ask for them. */
class ParkedAnswers {
  #store;
  #prefix;

  /**
   * @param {import('../../index.js').Store} store
   * @param {string} prefix
   */
  constructor(store, prefix) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /**
   * Puts the parts of an answer, or a place for one that is on its way.
   *
   * @param {string} user
   * @param {string} message the id of the message that is answered
   * @param {string[] | null} parts
   * @param {number} [lifetime] in milliseconds
   */
  async put(user, message, parts, lifetime = PARKED_MS) {
    const name = this.#prefix + user;
    if (parts?.length === 0) await this.#store.remove(name);
    else await this.#store.set(name, JSON.stringify({ message, parts }), lifetime);
  }

  /**
   * @param {string} user
   * @returns {Promise<Parked | undefined>}
   */
  async get(user) {
    return parsedOrNothing(await this.#store.get(this.#prefix + user));
  }

  /**
   * The next part, once for one of several that ask.
   *
   * @param {string} user
   * @returns {Promise<{ part: string, left: number } | undefined>} nothing if none is there, or none yet
   */
  async next(user) {
    const name = this.#prefix + user;
    for (;;) {
      const text = await this.#store.get(name);
      if (text === undefined) return undefined;
      /** @type {Partial<Parked>} */
      const { message, parts } = parsedOrNothing(text) ?? {};
      if (!Array.isArray(parts)) return undefined;
      const [part = '', ...left] = parts;
      if (left.length === 0) {
        if ((await this.#store.take(name)) === text) return { part, left: 0 };
      } else {
        const rest = JSON.stringify({ message, parts: left });
        if (await this.#store.replace(name, text, rest, PARKED_MS)) {
          return { part, left: left.length };
        }
      }
    }
  }
}

module.exports = { ParkedAnswers };
