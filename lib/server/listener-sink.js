'use strict';

const { ClientSink } = require('./client-sink.js');

/** A client whose connection the core has: its bytes do not come here. */
class ListenerSink extends ClientSink {
  #native;

  /** @param {import('../../binding.js').NativeListener} native */
  constructor(native) {
    super();
    this.#native = native;
  }

  /**
   * @param {import('./client-sink.js').Clients} clients
   * @param {number} number
   */
  register(clients, number) {
    this.clients = clients;
    this.number = number;
  }

  /**
   * @param {import('./client-sink.js').Reason} _reason
   * @param {boolean} abruptly
   */
  end(_reason, abruptly) {
    if (abruptly) this.#native.cut(this.number);
  }
}

module.exports = { ListenerSink };
