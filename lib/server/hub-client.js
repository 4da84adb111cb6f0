'use strict';

const { inspect } = require('node:util');
const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');

const inspecting = lazy(() => require('../core/inspection.js'));
const naming = lazy(() => require('../options/channel.js'));
const normalizing = lazy(() => require('../options/hub-client.js'));
const publishing = lazy(() => require('../options/publication.js'));

/**
 * @typedef {import('../../index.js').ClientClosed} ClientClosed
 * @typedef {InstanceType<typeof import('./client-sink.js').ClientSink>} ClientSink
 * @typedef {InstanceType<typeof import('./hub-clients.js').HubClients>} HubClients
 */

/** See `Client` in index.d.ts. */
class Client {
  #clients;
  #sink;
  #user;
  #id;
  /** @type {Promise<ClientClosed> | undefined} */
  #closed;

  /**
   * @param {HubClients} clients
   * @param {ClientSink} sink
   * @param {{ user: string | null, data: unknown }} options
   * @param {string} id
   */
  constructor(clients, sink, { user, data }, id) {
    this.#clients = clients;
    this.#sink = sink;
    this.#user = user;
    this.#id = id;
    this.data = data;
  }

  get id() {
    return this.#id;
  }

  get user() {
    return this.#user ?? undefined;
  }

  get channels() {
    return this.#isOpen ? this.#clients.native.clientChannels(this.#sink.number) : [];
  }

  get closed() {
    this.#closed ??= new Promise((resolve) => {
      const sink = this.#sink;
      if (sink.closed === undefined) sink.settle = resolve;
      else resolve(sink.closed);
    });
    return this.#closed;
  }

  /** @param {import('../../index.js').HubMessage} event */
  send(event) {
    const { event: name, data } = publishing().normalizeMessage(event, this.#clients.reserved);
    return this.#isOpen && this.#clients.native.send(this.#id, name, data);
  }

  /** @param {string} channel */
  subscribe(channel) {
    const name = naming().channelName(channel, 'channel');
    return this.#isOpen && this.#clients.subscribe(this.#id, name);
  }

  /** @param {string} channel */
  unsubscribe(channel) {
    const name = naming().channelName(channel, 'channel');
    return this.#isOpen && this.#clients.unsubscribe(this.#id, name);
  }

  /** @param {{ retryDelay?: number }} [options] */
  close(options) {
    const asked = normalizing().normalizeLeave(options);
    if (this.#isOpen) this.#clients.disconnect({ client: this.#id, ...asked });
  }

  get #isOpen() {
    return this.#sink.reason === undefined;
  }

  /** @param {Parameters<import('../core/inspection.js').Inspect>} how */
  [inspect.custom](...how) {
    const { id, user } = this;
    const state = this.#isOpen ? 'open' : 'closed';
    return inspecting().inspection(this, () => ({ id, user, state }), how);
  }
}

module.exports = loadedClasses({ Client });
