'use strict';

/**
 * @typedef {import('../../binding.js').NativeHub} NativeHub
 * @typedef {object} Publication
 * @property {string | null} event
 * @property {string} data
 * @property {string | null} key
 * @property {string | null} dedupeId
 */

/** What a hub does whose clients are all in this process. */
class LocalHub {
  #native;

  /** @param {NativeHub} native */
  constructor(native) {
    this.#native = native;
  }

  /**
   * @param {string} channel
   * @param {Publication} publication
   */
  publish(channel, { event, data, key, dedupeId }) {
    return { id: this.#native.publish(channel, event, data, key, dedupeId) };
  }

  /**
   * @param {string} id
   * @param {string | null} event
   * @param {string} data
   */
  send(id, event, data) {
    return this.#native.send(id, event, data);
  }

  /**
   * @param {string} id
   * @param {string} channel
   */
  subscribe(id, channel) {
    return this.#native.subscribe(id, channel);
  }

  /**
   * @param {string} id
   * @param {string} channel
   */
  unsubscribe(id, channel) {
    return this.#native.unsubscribe(id, channel);
  }

  users() {
    return JSON.parse(this.#native.users());
  }

  channels() {
    return JSON.parse(this.#native.channels());
  }

  /** @param {string} channel */
  presence(channel) {
    return JSON.parse(this.#native.presence(channel));
  }

  /** @param {object} target */
  disconnect(target) {
    return this.#native.disconnect(JSON.stringify(target));
  }

  /**
   * @param {string} user
   * @param {number | null} until in milliseconds since 1970
   */
  revoke(user, until) {
    this.#native.revoke(user, until);
  }
}

module.exports = { LocalHub };
