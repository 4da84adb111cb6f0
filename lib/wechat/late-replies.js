'use strict';

const { splitUtf8 } = require('../../index.js');
const { before } = require('./clock.js');
const { passiveDeadline } = require('./deadlines.js');

/** The longest text that is taken in practice, in bytes. */
const LONGEST = 2048;

/** How many messages may answer one of a user. */
const QUOTA = 5;

/** How often it is looked whether an answer that waits is there, in milliseconds. */
const LOOK_MS = 250;

/**
 * The parts of a text that one message each has room for, and a word about the next one.
 *
 * @param {string} text
 * @param {string} more
 */
function partsOf(text, more) {
  if (text === '') return [];
  if (Buffer.byteLength(text) <= LONGEST) return [text];
  return splitUtf8(text, LONGEST - Buffer.byteLength(`\n${more}`));
}

/** What becomes of an answer that is too late, or too long, for the reply to its message. */
class LateReplies {
  #parked;
  #service;
  #clock;
  #texts;

  /**
   * @param {object} options
   * @param {InstanceType<typeof import('./parked-answers.js').ParkedAnswers>} options.parked
   * @param {InstanceType<typeof import('./customer-service.js').CustomerService> | undefined} options.service none where users have to ask
   * @param {import('./clock.js').Clock} options.clock
   * @param {typeof import('./texts.js').TEXTS} options.texts
   */
  constructor({ parked, service, clock, texts }) {
    this.#parked = parked;
    this.#service = service;
    this.#clock = clock;
    this.#texts = texts;
  }

  /** Whether it is sent without being asked for. */
  get pushes() {
    return this.#service !== undefined;
  }

  /**
   * Keeps all parts but the first, which is returned as the reply.
   *
   * @param {import('./turn.js').Turn} turn
   * @param {string[]} parts
   */
  async keepRest({ user, message }, [first = '', ...rest]) {
    await this.#parked.put(user, message, rest);
    return `${first}\n${this.#texts.more}`;
  }

  /**
   * Keeps an answer that is on its way.
   *
   * @param {import('./turn.js').Turn} turn
   * @param {number} patience
   * @returns {Promise<(parts: string[]) => Promise<void>>} is told of its parts
   */
  async await({ user, message }, patience) {
    await this.#parked.put(user, message, null, patience);
    return async (parts) => {
      // A later question has taken its place.
      if ((await this.#parked.get(user))?.message === message) {
        await this.#parked.put(user, message, parts);
      }
    };
  }

  /**
   * @param {string} user
   */
  async typing(user) {
    await this.#service?.typing(user);
  }

  /**
   * Sends as many parts as a user may get, and keeps the others.
   *
   * @param {import('./turn.js').Turn} turn
   * @param {string[]} all
   */
  async push({ user, message }, all) {
    const now = all.slice(0, QUOTA);
    if (all.length > QUOTA) now.push(`${now.pop()}\n${this.#texts.more}`);
    const { sent = 0, error } = (await this.#service?.send(user, now)) ?? {};
    if (sent < all.length) await this.#parked.put(user, message, all.slice(sent));
    return { sent, error };
  }

  /**
   * The next part of what waits for a user, if anything does.
   *
   * @param {import('./turn.js').Turn} turn
   */
  async next({ user, at }) {
    const deadline = passiveDeadline(at);
    for (;;) {
      const next = await this.#parked.next(user);
      if (next !== undefined) {
        return next.left > 0 ? `${next.part}\n${this.#texts.more}` : next.part;
      }
      if ((await this.#parked.get(user)) === undefined) return undefined;
      const now = this.#clock.now();
      if (now >= deadline) return this.#texts.thinking;
      await before(this.#clock, Math.min(deadline, now + LOOK_MS), new Promise(() => {}));
    }
  }
}

module.exports = { LONGEST, LateReplies, partsOf };
