'use strict';

const { AsyncResource } = require('node:async_hooks');
const { nextTick } = require('node:process');
const { parsedDelta, pieceOf } = require('../chat/delta.js');
const { publish } = require('./diagnostics.js');
const { SSEOptionError, fromNative } = require('./errors.js');
const { headerRecord, redactUrl } = require('./http-values.js');
const { nativeOf } = require('../pool/endpoint-pool.js');
const { dispatcher } = require('./dispatcher.js');
const { replyTo } = require('./callbacks.js');
const { Registration } = require('./registration.js');

/**
 * @typedef {import('../options/connect.js').Normalized} Normalized
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {import('../../index.js').ChatDelta} ChatDelta
 * @typedef {import('../../index.js').SSEError} SSEError
 *
 * @typedef {{ status: number, headers: Record<string, string>, url: string }} Opened
 * @typedef {{ attempt: number, maxAttempts: number | null, delay: number, recovery: boolean,
 *   error: SSEError | null }} Retry
 * @typedef {{ reason: string, error: SSEError | null }} Closed
 */

/**
 * What becomes of what a stream delivers. Each function is given whose stream it is, so that one sink
 * serves all of a kind; none may throw.
 *
 * @template Owner
 * @typedef {object} Sink
 * @property {(owner: Owner, opened: Opened) => void} onOpen
 * @property {(owner: Owner, event: ServerSentEvent) => void} [onEvent]
 * @property {(owner: Owner, id: string) => void} [onId] an id that came without an event
 * @property {(owner: Owner, text: string) => void} [onComment]
 * @property {(owner: Owner, bytes: Uint8Array) => void} [onBytes]
 * @property {(owner: Owner, delta: ChatDelta) => void} [onDelta]
 * @property {(owner: Owner, error: SSEError) => void} [onMalformed] an event of an answer could not
 *   be read
 * @property {(owner: Owner, attempt: { attempt: number, lastEventId: string }) => void} [onAttempt]
 * @property {(owner: Owner, retry: Retry) => void} onRetry
 * @property {(owner: Owner, closed: Closed) => void} onClose
 */

/** What a stream asks of the core; see `ask` in src/node/stream.rs. */
const DEMAND = Object.freeze({ off: 0, once: 1, flow: 2 });

/** How what arrives is handed over; see `form` in src/node/stream.rs. */
const FORM = Object.freeze({ none: 0, records: 1, bytes: 2 });

/**
 * One stream of the core: translates its records for a sink, and the caller's callbacks for it.
 *
 * @template Owner
 */
class StreamHandle {
  // First what every event needs: of a thousand streams, each line of memory is in no cache.
  lastEventId;
  /** Where everything of the caller's runs: the asynchronous context in which the stream was made. */
  context = new AsyncResource('perennial-sse:stream');
  #closed = false;
  #owner;
  /** The sink's, unless the caller judges events. */
  #onEvent;
  #sink;
  #native;
  #request;
  #registration;
  /** @type {number} */
  #form;
  /** The caller's function has seen the event that completes the stream. */
  #complete = false;
  #announces = false;
  /** @type {unknown} */
  #thrown;
  /** @type {((() => void) | undefined)[]} */
  #alarms = [];

  /**
   * @param {Normalized} normalized
   * @param {Sink<Owner>} sink
   * @param {Owner} owner
   */
  constructor(normalized, sink, owner) {
    const { native, body, callbacks, fixed, displayUrl, pool } = normalized;
    // Only what is needed later: of a thousand streams, the options would fill megabytes. And the
    // pool, which must not be collected, nor its listeners, before the streams that use it.
    this.#request = { callbacks, fixed, displayUrl, pool };
    this.#owner = owner;
    this.#sink = sink;
    const { terminal } = callbacks;
    this.#onEvent = terminal === undefined ? sink.onEvent : this.#judging(terminal);
    this.lastEventId = native.lastEventId;
    this.#form = native.answer === undefined ? FORM.records : FORM.none;
    try {
      this.#native = dispatcher.open(native, body, pool && nativeOf(pool));
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
    }
    this.#registration = new Registration(this, this.#native.id);
    nextTick(() => this.#dial());
  }

  #dial() {
    if (this.#closed) return;
    this.#publish('connect', () => ({}));
    this.#native.dial();
  }

  /** Redacted; empty until something is asked of a pool. */
  get displayUrl() {
    return this.#request.displayUrl;
  }

  /** Whether it is over. */
  get closed() {
    return this.#closed;
  }

  /** Keeps it, and its sink, from being collected. */
  hold() {
    this.#registration.hold(this);
  }

  /** Lets it be collected once nothing else holds it. */
  release() {
    this.#registration.release();
  }

  ref() {
    this.#registration.count(true);
  }

  unref() {
    this.#registration.count(false);
  }

  /** @param {number} demand one of `DEMAND`; asking says that what came before is used up */
  ask(demand = DEMAND.flow) {
    if (!this.#closed && this.#native.ask(demand)) dispatcher.deliverSoon();
  }

  /**
   * @param {number} form one of `FORM`, from now on; of an answer also several
   * @returns {boolean} `false` if an answer is over, and then only `snapshot` has it
   */
  form(form) {
    if (form === this.#form) return true;
    this.#form = form;
    return !this.#closed && this.#native.form(form);
  }

  /** @param {boolean} raw whether the events of an answer come, too, as they are */
  raw(raw) {
    if (!this.#closed) this.#native.raw(raw);
  }

  /** @returns {any} the answer so far; see `snapshot` in src/node/stream.rs */
  snapshot() {
    return JSON.parse(this.#native.snapshot());
  }

  /** @returns {Buffer} an answer that is over, as standard chunks; empty if nothing of it came */
  chunks() {
    return Buffer.from(this.#native.chunks());
  }

  /** @param {boolean} announces whether each attempt is told of when it starts */
  announce(announces) {
    if (announces === this.#announces || this.#closed) return;
    this.#announces = announces;
    this.#native.announce(announces);
  }

  reconnect() {
    if (!this.#closed) this.#native.reconnect();
  }

  resetRetries() {
    if (!this.#closed) this.#native.resetRetries();
  }

  /** @returns {any} what the core counts; see `Stats` in src/stream/state.rs */
  stats() {
    return JSON.parse(this.#native.stats());
  }

  /**
   * Calls back after so many milliseconds, unless the stream is over before.
   *
   * @param {number} delay
   * @param {() => void} callback
   */
  alarm(delay, callback) {
    if (this.#closed) return;
    const free = this.#alarms.indexOf(undefined);
    const number = free === -1 ? this.#alarms.length : free;
    this.#alarms[number] = callback;
    this.#native.alarm(number, delay);
  }

  /**
   * Ends it: afterwards the sink hears nothing.
   *
   * @param {'closed' | 'aborted'} [reason]
   */
  close(reason = 'closed') {
    if (this.#closed) return;
    this.#native.close();
    this.context.runInAsyncScope(this.#finish, this, reason, null);
  }

  /**
   * @param {string} reason
   * @param {SSEError | null} error
   */
  #finish(reason, error) {
    this.#closed = true;
    this.#registration.end();
    this.#publish('close', () => ({ reason, error }));
  }

  /**
   * @param {Parameters<typeof publish>[0]} name
   * @param {() => object} message
   */
  #publish(name, message) {
    publish(name, this.#registration.number, this.#request.displayUrl, message);
  }

  /** @param {ServerSentEvent} event */
  event(event) {
    if (!this.#closed) this.#onEvent?.(this.#owner, event);
  }

  /** @param {string} text */
  comment(text) {
    if (!this.#closed) this.#sink.onComment?.(this.#owner, text);
  }

  /** @param {string} id */
  id(id) {
    if (!this.#closed && !this.#complete) this.#sink.onId?.(this.#owner, id);
  }

  /** @param {Uint8Array} bytes */
  bytes(bytes) {
    if (!this.#closed) this.#sink.onBytes?.(this.#owner, bytes);
  }

  /**
   * @param {number} kind
   * @param {number} choice
   * @param {number} index
   * @param {string} text
   */
  piece(kind, choice, index, text) {
    if (this.#closed) return;
    this.#sink.onDelta?.(this.#owner, pieceOf(kind, choice, index, text));
  }

  /** @param {string} json */
  delta(json) {
    if (!this.#closed) this.#sink.onDelta?.(this.#owner, parsedDelta(json));
  }

  /** @param {string} json */
  notice(json) {
    if (this.#closed) return;
    const notice = JSON.parse(json);
    const owner = this.#owner;
    switch (notice.type) {
      case 'open': {
        const { status, headers, url } = notice;
        this.#publish('open', () => ({ status, url: redactUrl(url) }));
        this.#sink.onOpen(owner, { status, headers: headerRecord(headers), url });
        break;
      }
      case 'attempt':
        this.#sink.onAttempt?.(owner, {
          attempt: notice.attempt,
          lastEventId: notice.lastEventId,
        });
        break;
      case 'retry': {
        const { attempt, maxAttempts, delay, recovery } = notice;
        const retry = { attempt, maxAttempts, delay, recovery, error: this.#error(notice.error) };
        this.#publish('retry', () => retry);
        this.#sink.onRetry(owner, retry);
        break;
      }
      case 'close': {
        const error = this.#error(notice.error);
        this.#finish(notice.reason, error);
        this.#sink.onClose(owner, { reason: notice.reason, error });
        break;
      }
      case 'question':
        this.#answer(notice);
        break;
      case 'alarm': {
        const callback = this.#alarms[notice.number];
        this.#alarms[notice.number] = undefined;
        callback?.();
        break;
      }
      case 'malformed':
        this.#sink.onMalformed?.(owner, /** @type {SSEError} */ (this.#error(notice.error)));
        break;
    }
  }

  /**
   * @param {any} failure
   * @returns {SSEError | null}
   */
  #error(failure) {
    if (!failure) return null;
    const thrown = failure.code === 'ERR_SSE_CALLBACK' ? this.#thrown : undefined;
    return fromNative(failure, this.#request.displayUrl, thrown);
  }

  /**
   * The sink's `onEvent`, but what follows the event that completes the stream is not part of it.
   *
   * @param {Function} terminal
   * @returns {Sink<Owner>['onEvent']}
   */
  #judging(terminal) {
    return (owner, event) => {
      if (this.#complete) return;
      this.#sink.onEvent?.(owner, event);
      if (!this.#closed) this.#judge(terminal, event);
    };
  }

  /**
   * Whether this event completes the stream, as the caller's own function sees it.
   *
   * @param {Function} terminal
   * @param {ServerSentEvent} event
   */
  #judge(terminal, event) {
    try {
      if (!terminal(event)) return;
      this.#native.finish();
    } catch (thrown) {
      this.#thrown = thrown;
      this.#native.fail();
    }
    this.#complete = true;
  }

  /** @param {any} question */
  async #answer(question) {
    const { number, ask } = question;
    if (ask === 'complete') {
      this.#say(number, { kind: 'complete', complete: this.#complete });
      return;
    }
    try {
      this.#say(number, await replyTo(question, this.#error(question.error), this.#request));
    } catch (thrown) {
      this.#thrown = thrown;
      this.#say(number, { kind: 'threw' });
    }
  }

  /**
   * @param {number} number
   * @param {import('./callbacks.js').Reply} reply
   */
  #say(number, { body = null, ...reply }) {
    if (!this.#closed) this.#native.reply(number, JSON.stringify(reply), body);
  }
}

module.exports = { DEMAND, FORM, StreamHandle };
