'use strict';

const { PROGRESS } = require('./reconnect/history.js');

/** How many delivered events a replay is compared with. */
const DELIVERED = 1024;

/** How many ids are remembered to tell a replay from what is new. */
const KNOWN = 32;

/**
 * A number for a text that another text hardly has: of long data no copy is kept.
 *
 * @param {string} text
 */
function fingerprint(text) {
  let [one, other] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 2654435761);
    other = Math.imul(other ^ code, 1597334677);
  }
  return (one >>> 0) + (other >>> 0) * 2 ** 32;
}

/** @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent */

/** Drops what a server sends again after a reconnect: same id, name and data, in order. */
class Deduplication {
  /** @type {number[]} */
  #delivered = [];
  /** Where the next event of a replay is; `undefined` right after a reconnect, -1 if there is none. */
  /** @type {number | undefined} */
  #next = -1;

  reconnected() {
    this.#next = undefined;
  }

  /** @param {ServerSentEvent} event */
  repeats({ id, event, data }) {
    const known = fingerprint(JSON.stringify([id, event, data]));
    let place = -1;
    if (this.#next === undefined) {
      if (id !== undefined) place = this.#delivered.lastIndexOf(known);
    } else if (this.#next >= 0 && this.#delivered[this.#next] === known) place = this.#next;
    this.#next = place < 0 ? -1 : place + 1;
    if (place < 0 && this.#delivered.push(known) > DELIVERED) this.#delivered.shift();
    return place >= 0;
  }
}

/** Tells new events from those that a server sends again on each connection. */
class Novelty {
  /** @type {string} */
  #resumed = '';
  /** What events with ids were, oldest first. */
  /** @type {Map<string, number>} */
  #known = new Map();

  /** @param {string} lastEventId after which a connection resumes */
  connected(lastEventId) {
    this.#resumed = lastEventId;
  }

  /**
   * @param {ServerSentEvent} event
   * @returns {number} what it is of `PROGRESS`
   */
  progressOf({ id, event, data }) {
    if (!id) return PROGRESS.event;
    const content = fingerprint(JSON.stringify([event, data]));
    const known = this.#known.get(id);
    if (known !== undefined) {
      this.#known.set(id, content);
      // A server that counts from 1 on each connection sends new events all the same.
      return known === content ? PROGRESS.none : PROGRESS.event;
    }
    this.#known.set(id, content);
    for (const [oldest] of this.#known) {
      if (this.#known.size > KNOWN) this.#known.delete(oldest);
      else break;
    }
    return id === this.#resumed ? PROGRESS.none : PROGRESS.newId;
  }
}

module.exports = { Deduplication, Novelty };
