'use strict';

const { encodeEvent } = require('../../index.js');
const { SSEError } = require('../core/errors.js');

/**
 * @typedef {import('./hono.js').SSEMessage} SSEMessage
 */

/** How long a stream is silent before it says a comment, in milliseconds: proxies wait for 30 s and more. */
const HEARTBEAT = 15_000;

/**
 * How long what was sent has before a failure breaks the body off, in milliseconds: servers and proxies throw away
 * what they have not passed on.
 */
const LINGER = 750;

const COMMENT = ':\n\n';

/** Where an event is complete, and a comment may follow. */
const COMPLETE = /(\n\n|\r\r|\r\n\r\n)$/;

/** What `streamSSE` hands to its callback, see `SSEStreamingApi` in hono.d.ts. */
class EventWriter {
  aborted = false;
  closed = false;
  /** @type {ReadableStream<Uint8Array>} */
  responseReadable;
  /** @type {ReadableStreamDefaultController<Uint8Array>} */
  #controller;
  #encoder = new TextEncoder();
  /** @type {(() => void | Promise<void>)[]} */
  #subscribers = [];
  /** @type {(() => void)[]} */
  #waiting = [];
  #complete = true;
  #heart = setInterval(() => this.#beat(), HEARTBEAT).unref();

  constructor() {
    /** @type {any} */
    let made;
    this.responseReadable = new ReadableStream({
      start: (controller) => {
        made = controller;
      },
      pull: () => this.#wake(),
      cancel: () => this.#leave(),
    });
    this.#controller = made;
    this.#enqueue(COMMENT);
  }

  /**
   * @param {Uint8Array | string} input
   * @returns {Promise<this>} once the client takes more
   */
  async write(input) {
    if (this.#over) return this;
    this.#enqueue(input);
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
    }
    return this;
  }

  /** @param {string} input */
  writeln(input) {
    return this.write(`${input}\n`);
  }

  /** @param {SSEMessage} message */
  async writeSSE({ data, event, id, retry }) {
    const text = await data;
    await this.write(
      encodeEvent({
        data: text === undefined ? '' : String(text),
        event: event === undefined ? undefined : String(event),
        id: id === undefined ? undefined : String(id),
        retry,
      }),
    );
  }

  /** @param {number} ms */
  sleep(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  async close() {
    if (this.#over) return;
    this.#settle();
    this.#controller.close();
  }

  /** @param {ReadableStream<Uint8Array>} body */
  async pipe(body) {
    for await (const bytes of /** @type {any} */ (body)) {
      await this.write(bytes);
      // Leaving the loop cancels the source.
      if (this.#over) return;
    }
  }

  /** @param {() => void | Promise<void>} listener */
  onAbort(listener) {
    this.#subscribers.push(listener);
  }

  abort() {
    if (this.#over) return;
    this.#leave();
    this.#controller.close();
  }

  #leave() {
    if (this.#over) return;
    this.aborted = true;
    this.#settle();
    for (const listener of this.#subscribers) {
      Promise.resolve().then(listener).catch(console.error);
    }
  }

  /**
   * Tells the client of a failure, and then breaks the body off: an end would look like success.
   *
   * @param {unknown} error
   */
  async fail(error) {
    if (this.#over) return;
    this.#enqueue(encodeEvent({ event: 'failure', data: JSON.stringify({ error: told(error) }) }));
    this.#settle();
    await this.sleep(LINGER);
    this.#controller.error(error);
  }

  get #over() {
    return this.aborted || this.closed;
  }

  #settle() {
    this.closed = !this.aborted;
    clearInterval(this.#heart);
    this.#wake();
  }

  #wake() {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** @param {Uint8Array | string} input */
  #enqueue(input) {
    const bytes = typeof input === 'string' ? this.#encoder.encode(input) : input;
    if (bytes.length === 0) return;
    this.#complete = COMPLETE.test(Buffer.from(bytes.subarray(-4)).toString('latin1'));
    this.#controller.enqueue(bytes);
    this.#heart.refresh();
  }

  /** A client that has not taken what there is needs no sign of life. */
  #beat() {
    if (this.#complete && (this.#controller.desiredSize ?? 0) > 0) this.#enqueue(COMMENT);
  }
}

/**
 * What the client is told: errors of this package say nothing that it may not know, others may.
 *
 * @param {unknown} error
 */
function told(error) {
  if (!(error instanceof SSEError)) {
    return { code: 'ERR_SSE_SOURCE', message: 'the source of the stream failed' };
  }
  const { code, message, kind } = /** @type {any} */ (error);
  return { code, message, kind };
}

module.exports = { EventWriter };
