'use strict';

const { SSEStateError } = require('../core/errors.js');
const { Questions } = require('./questions.js');

/**
 * @typedef {import('../../binding.js').NativeHub} NativeHub
 * @typedef {import('./local-hub.js').Publication} Publication
 */

/** What a hub does whose log other processes share: the core asks Redis, and the others. */
class RemoteHub {
  #native;
  #questions;
  /** Channels that clients of this process are being given, until they are. */
  /** @type {Map<string, Promise<unknown>>} */
  #joining = new Map();

  /** @param {NativeHub} native */
  constructor(native) {
    this.#native = native;
    this.#questions = new Questions(native, unavailable);
  }

  /** How many questions have no reply yet. */
  get open() {
    return this.#questions.open;
  }

  /** @param {import('./questions.js').Reply} reply */
  reply(reply) {
    this.#questions.reply(reply);
  }

  /** The hub is closed: no reply comes any more. */
  close() {
    this.#questions.close(() => new SSEStateError('the hub is closed', { code: 'ERR_SSE_CLOSED' }));
  }

  /**
   * Resolves once the core has what a client needs that comes with these.
   *
   * @param {readonly string[]} channels
   * @param {string | null} position
   * @param {string | null} user
   */
  async prepare(channels, position, user) {
    await this.#ask({ ask: 'prepare', channels, position, user });
  }

  /**
   * @param {string} channel
   * @param {Publication} publication
   */
  async publish(channel, publication) {
    // A client that was given the channel before is to have it.
    const joining = this.#joining.get(channel);
    if (joining !== undefined) await joining;
    const { value } = await this.#questions.ask({ ask: 'publish', channel, ...publication });
    return value;
  }

  /**
   * @param {string} id
   * @param {string | null} event
   * @param {string} data
   */
  async send(id, event, data) {
    if (this.#isHere(id)) return this.#native.send(id, event, data);
    return this.#ask({ ask: 'send', id, event, data });
  }

  /**
   * @param {string} id
   * @param {string} channel
   */
  async subscribe(id, channel) {
    if (this.#isHere(id)) return this.join(id, channel);
    return this.#ask({ ask: 'subscribe', id, channel });
  }

  /**
   * @param {string} id
   * @param {string} channel
   */
  async unsubscribe(id, channel) {
    if (this.#isHere(id)) return this.part(id, channel);
    return this.#ask({ ask: 'unsubscribe', id, channel });
  }

  /**
   * Gives a client of this process a channel.
   *
   * @param {string} id
   * @param {string} channel
   * @returns {Promise<boolean>}
   */
  async join(id, channel) {
    return this.#inTurn(channel, async () => {
      await this.prepare([channel], null, null);
      return this.#native.subscribe(id, channel);
    });
  }

  /**
   * Takes a channel from a client of this process.
   *
   * @param {string} id
   * @param {string} channel
   * @returns {Promise<boolean>}
   */
  async part(id, channel) {
    if (!this.#joining.has(channel)) return this.#native.unsubscribe(id, channel);
    return this.#inTurn(channel, async () => this.#native.unsubscribe(id, channel));
  }

  users() {
    return this.#ask({ ask: 'users' });
  }

  channels() {
    return this.#ask({ ask: 'channels' });
  }

  /** @param {string} channel */
  presence(channel) {
    return this.#ask({ ask: 'presence', channel });
  }

  /** @param {object} target */
  disconnect(target) {
    return this.#ask({ ask: 'disconnect', ...target });
  }

  /**
   * @param {string} user
   * @param {number | null} until in milliseconds since 1970
   */
  async revoke(user, until) {
    await this.#ask({ ask: 'revoke', user, until });
  }

  /** @param {string} id */
  #isHere(id) {
    return this.#native.clients(JSON.stringify({ client: id })).length > 0;
  }

  /**
   * Does something with a channel after what is being done with it.
   *
   * @template T
   * @param {string} channel
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #inTurn(channel, work) {
    const before = this.#joining.get(channel) ?? Promise.resolve();
    const done = before.then(work);
    const over = done.then(
      () => {},
      () => {},
    );
    this.#joining.set(channel, over);
    over.then(() => {
      if (this.#joining.get(channel) === over) this.#joining.delete(channel);
    });
    return done;
  }

  /** @param {{ ask: string, [detail: string]: any }} question that has no order */
  async #ask({ ask, ...details }) {
    const { value } = await this.#questions.ask({ ask: 'other', [ask]: details });
    return value;
  }
}

/** @param {string} message */
const unavailable = (message) => new SSEStateError(message, { code: 'ERR_SSE_LOG' });

module.exports = { RemoteHub };
