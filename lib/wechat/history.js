'use strict';

const { parsedOrNothing } = require('./json.js');

/**
 * @typedef {import('../../index.js').ChatMessage} ChatMessage
 * @typedef {{ messages: number, bytes: number }} Bound
 */

/**
 * The newest messages within a bound; always the last one, and none of the assistant's at the beginning.
 *
 * @param {readonly ChatMessage[]} messages
 * @param {Bound} bound
 * @returns {ChatMessage[]}
 */
function bounded(messages, bound) {
  let bytes = 0;
  let from = messages.length;
  while (from > 0 && messages.length - from < bound.messages) {
    bytes += sizeOf(messages[from - 1]);
    if (bytes > bound.bytes && from < messages.length) break;
    from -= 1;
  }
  while (from < messages.length - 1 && messages[from]?.role === 'assistant') from += 1;
  return messages.slice(from);
}

/** @param {ChatMessage | undefined} message */
const sizeOf = (message) => Buffer.byteLength(JSON.stringify(message));

/** The history of conversations in a store. */
class Histories {
  #store;
  #prefix;
  #bound;
  #lifetime;

  /**
   * @param {import('../../index.js').Store} store
   * @param {string} prefix
   * @param {Bound} bound
   * @param {number} lifetime
   */
  constructor(store, prefix, bound, lifetime) {
    this.#store = store;
    this.#prefix = prefix;
    this.#bound = bound;
    this.#lifetime = lifetime;
  }

  /**
   * @param {string} key
   * @returns {Promise<ChatMessage[]>}
   */
  async read(key) {
    return parsed(await this.#store.get(this.#prefix + key));
  }

  /**
   * @param {string} key
   * @param {ChatMessage} message
   * @returns {Promise<ChatMessage[]>} what there is then
   */
  async append(key, message) {
    const name = this.#prefix + key;
    for (;;) {
      const old = await this.#store.get(name);
      const messages = bounded([...parsed(old), message], this.#bound);
      const value = JSON.stringify(messages);
      const done =
        old === undefined
          ? await this.#store.setIfAbsent(name, value, this.#lifetime)
          : await this.#store.replace(name, old, value, this.#lifetime);
      if (done) return messages;
    }
  }

  /** @param {string} key */
  async clear(key) {
    await this.#store.remove(this.#prefix + key);
  }
}

/**
 * @param {string | undefined} text
 * @returns {ChatMessage[]}
 */
function parsed(text) {
  const found = parsedOrNothing(text);
  return Array.isArray(found) ? found : [];
}

module.exports = { Histories, bounded };
