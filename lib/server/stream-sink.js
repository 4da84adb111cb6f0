'use strict';

const { dispatcher } = require('../core/dispatcher.js');
const { SSEStateError } = require('../core/errors.js');
const { streamKind } = require('../core/stream-kind.js');
const { ClientSink } = require('./client-sink.js');
const { greeting } = require('./greeting.js');

/**
 * @typedef {import('./client-sink.js').Reason} Reason
 */

const STREAM = streamKind({
  bytes: (/** @type {StreamSink} */ sink, /** @type {Uint8Array} */ payload) => sink.write(payload),
});

/** One payload waits for a reader, at most: that more wait is the stream's end, not its memory's. */
const STRATEGY = { highWaterMark: 1 };

/**
 * The body of a fetch-style response. It is the source of its stream by itself, so that no closure is made for
 * a client.
 */
class StreamSink extends ClientSink {
  /** @type {Response | undefined} */
  response;
  /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} */
  controller;
  /** Ends the pull during which bytes are enqueued as they come. */
  /** @type {(() => void) | undefined} */
  pulled;
  #signal;

  /** @param {AbortSignal | undefined} signal of the request */
  constructor(signal) {
    super();
    this.#signal = signal;
    if (signal === undefined) return;
    if (signal.aborted) this.over('left');
    else signal.addEventListener('abort', this);
  }

  /** The request was aborted. */
  handleEvent() {
    if (this.over('left')) this.end('left', true);
  }

  header() {
    return undefined;
  }

  /** @param {Record<string, string>} headers */
  begin(headers) {
    this.kind = STREAM;
    // A reader waits, and there need be no connection that keeps the process alive.
    dispatcher.ref();
    // Nothing reads it yet.
    this.stall();
    const body = new ReadableStream(this, STRATEGY);
    this.response = new Response(body, { headers });
  }

  /**
   * A whole response.
   *
   * @param {number} status
   * @param {Record<string, string>} headers
   */
  answer(status, headers) {
    this.response = new Response(null, { status, headers });
  }

  /**
   * A response after which a browser comes again: any status but 200 would keep it away for good.
   *
   * @param {Record<string, string>} headers
   * @param {number} delay in milliseconds
   */
  refuse(headers, delay) {
    this.response = new Response(`retry: ${delay}\n\n`, { headers });
  }

  /** @param {Uint8Array} payload */
  write(payload) {
    const controller = /** @type {ReadableStreamDefaultController<Uint8Array>} */ (this.controller);
    controller.enqueue(payload);
    if (Number(controller.desiredSize) > 0 || this.stalled) return;
    this.stall();
    this.#yield();
  }

  /** @param {ReadableStreamDefaultController<Uint8Array>} controller */
  start(controller) {
    this.controller = controller;
    controller.enqueue(greeting());
  }

  /** Called when there is room. It lasts until there is none, so that it is not called for each payload. */
  pull() {
    if (this.reason !== undefined) return undefined;
    this.resume();
    return new Promise((resolve) => {
      this.pulled = () => resolve(undefined);
    });
  }

  cancel() {
    this.over('left');
    this.#yield();
  }

  /**
   * @param {Reason} reason
   * @param {boolean} abruptly
   */
  end(reason, abruptly) {
    const { controller } = this;
    this.#yield();
    this.clients?.settled(this);
    if (controller === undefined) return;
    if (abruptly) controller.error(new SSEStateError(`the client was closed: ${reason}`, CLOSED));
    else controller.close();
  }

  /**
   * @param {Reason} reason
   * @param {import('../../index.js').SSEError} [error]
   */
  over(reason, error) {
    this.#signal?.removeEventListener('abort', this);
    if (this.kind === STREAM) dispatcher.unref();
    return super.over(reason, error);
  }

  #yield() {
    this.pulled?.();
    this.pulled = undefined;
  }
}

const CLOSED = Object.freeze({ code: /** @type {const} */ ('ERR_SSE_CLOSED') });

module.exports = { StreamSink };
