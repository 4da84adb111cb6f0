'use strict';

const { connect } = require('../browser/event-stream.js');

/** @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent */

/**
 * What a hook knows of a stream between its renders.
 *
 * @typedef {object} Sink
 * @property {(event: ServerSentEvent) => void} event
 * @property {() => void} changed something else is to be told than events, at once
 * @property {(error: any) => void} failed for good
 * @property {any} options the newest, with functions
 */

/** One stream, which components may hand to each other. */
class Connection {
  /** @type {'connecting' | 'open' | 'reconnecting' | 'paused' | 'closed' | 'error'} */
  status = 'connecting';
  attempt = 0;
  /** @type {number | null} */
  nextRetryAt = null;
  /** @type {any} */
  error = null;
  /** @type {Sink | undefined} */
  sink;
  /** @type {any} */
  #stream;

  /**
   * @param {string | URL} url
   * @param {Record<string, any>} options of `connect`
   * @param {Sink} sink
   */
  constructor(url, options, sink) {
    this.sink = sink;
    try {
      this.#stream = connect(url, this.#newest(options));
    } catch (error) {
      this.#end('error', error);
      return;
    }
    this.#stream
      .on('event', (/** @type {ServerSentEvent} */ event) => this.sink?.event(event))
      .on('attempt', (/** @type {{ attempt: number }} */ { attempt }) => {
        this.#be(attempt === 1 ? 'connecting' : 'reconnecting', null);
      })
      .on('open', () => {
        this.attempt = 0;
        this.error = null;
        this.#be('open', null);
      })
      .on('pause', () => this.#be('paused', null))
      .on(
        'retry',
        (/** @type {import('../../index.js').RetryInfo} */ { attempt, delay, error }) => {
          this.attempt = attempt;
          this.error = error;
          this.#be('reconnecting', Date.now() + delay);
        },
      )
      .on('close', (/** @type {import('../../index.js').CloseInfo} */ { error }) => {
        this.#end(error ? 'error' : 'closed', error ?? null);
      });
  }

  get lastEventId() {
    return this.#stream?.lastEventId ?? '';
  }

  reconnect() {
    this.#stream?.reconnect();
  }

  close() {
    this.#stream?.close();
  }

  /** @param {Record<string, any>} options */
  #newest(options) {
    const entries = Object.entries(options).map(([name, value]) => {
      if (typeof value !== 'function') return [name, value];
      return [name, (/** @type {any[]} */ ...args) => (this.sink?.options[name] ?? value)(...args)];
    });
    return Object.fromEntries(entries);
  }

  /**
   * @param {'connecting' | 'open' | 'reconnecting' | 'paused' | 'closed' | 'error'} status
   * @param {number | null} nextRetryAt
   */
  #be(status, nextRetryAt) {
    this.status = status;
    this.nextRetryAt = nextRetryAt;
    this.sink?.changed();
  }

  /**
   * @param {'closed' | 'error'} status
   * @param {any} error
   */
  #end(status, error) {
    this.error = error;
    this.#be(status, null);
    if (error) this.sink?.failed(error);
  }
}

module.exports = { Connection };
