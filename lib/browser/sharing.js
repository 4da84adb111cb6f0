'use strict';

const { Engine } = require('./engine.js');

/** Stands for an engine that another tab, or a worker, may run: what that takes is loaded when it is asked for. */
class Sharing {
  /** @type {any} */
  #engine;
  #closed = false;

  /**
   * @param {import('./attempt.js').Options} options
   * @param {import('./engine.js').Receiver} receiver
   */
  constructor(options, receiver) {
    import('./share/shared-engine.js').then(
      ({ SharedEngine }) => this.#use(() => new SharedEngine(options, receiver)),
      // A part of a program may be gone from its server: a connection of its own does without.
      () => this.#use(() => new Engine(options, receiver)),
    );
  }

  get state() {
    return this.#engine?.state ?? 'connecting';
  }

  get stats() {
    return this.#engine?.stats ?? {};
  }

  get retryState() {
    return this.#engine?.retryState ?? { state: this.state, attempt: 0, delay: null };
  }

  resetRetries() {
    this.#engine?.resetRetries();
  }

  reconnect() {
    this.#engine?.reconnect();
  }

  close() {
    this.#closed = true;
    this.#engine?.close();
  }

  /** @param {() => unknown} make */
  #use(make) {
    if (!this.#closed) this.#engine = make();
  }
}

module.exports = { Sharing };
