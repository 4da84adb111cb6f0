'use strict';

const { closingIterator } = require('./closing-iterator.js');
const { CLOSED, CONNECTING, OPEN } = require('./lifecycle.js');
const outputs = require('./outputs.js');
const { WatchedEmitter } = require('./watched-emitter.js');

/** What users find on every stream of the core; see `EventStream` and `ChatStream` in index.d.ts. */
class ResilientStream extends WatchedEmitter {
  /** @type {InstanceType<typeof import('./lifecycle.js').Lifecycle<any>>} */
  #lifecycle;

  /** @param {InstanceType<typeof import('./lifecycle.js').Lifecycle<any>>} lifecycle */
  constructor(lifecycle) {
    super(() => lifecycle.count());
    this.#lifecycle = lifecycle;
  }

  get readyState() {
    return this.#lifecycle.readyState;
  }

  get url() {
    return this.#lifecycle.url;
  }

  get status() {
    return this.#lifecycle.response?.status;
  }

  get headers() {
    return this.#lifecycle.response?.headers;
  }

  get stats() {
    const { state, attempt, delay, ...stats } = this.#lifecycle.handle.stats();
    return stats;
  }

  get retryState() {
    const { state, attempt, delay } = this.#lifecycle.handle.stats();
    return { state, attempt, delay };
  }

  get opened() {
    return this.#lifecycle.opened;
  }

  get closed() {
    return this.#lifecycle.closed;
  }

  close() {
    this.#lifecycle.close();
  }

  pause() {
    this.#lifecycle.flow.pause(true);
    return this;
  }

  resume() {
    this.#lifecycle.flow.pause(false);
    return this;
  }

  isPaused() {
    return this.#lifecycle.flow.isPaused;
  }

  ref() {
    this.#lifecycle.handle.ref();
    return this;
  }

  unref() {
    this.#lifecycle.handle.unref();
    return this;
  }

  [Symbol.asyncIterator]() {
    return closingIterator(this.#lifecycle.claim(), () => this.close());
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }

  toReadableStream() {
    return outputs.toReadableStream(this.#lifecycle.source());
  }

  /** @param {import('../index.js').ToResponseOptions} [options] */
  async toResponse(options) {
    const within = outputs.decideWithin(options);
    return outputs.toResponse(this.#lifecycle.source(), within);
  }

  /**
   * @param {import('node:stream').Writable} destination
   * @param {import('../index.js').ToResponseOptions} [options]
   */
  async pipe(destination, options) {
    const within = outputs.decideWithin(options);
    outputs.checkDestination(destination);
    return outputs.pipe(this.#lifecycle.source(), destination, within);
  }
}

for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSED })) {
  Object.defineProperty(ResilientStream, name, { value, enumerable: true });
  Object.defineProperty(ResilientStream.prototype, name, { value, enumerable: true });
}

module.exports = { ResilientStream };
