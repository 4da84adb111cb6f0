'use strict';

const { AsyncResource } = require('node:async_hooks');
const { callbacksOf } = require('./callbacks.js');
const { DEMAND } = require('./demand.js');
const { publish } = require('./diagnostics.js');
const { dispatcher } = require('./dispatcher.js');
const { SSEOptionError } = require('./errors.js');
const { fromNative } = require('./native-error.js');
const { headerRecord, redactUrl } = require('./http-values.js');
const { Registration } = require('./registration.js');
const { nextTick } = require('./scheduling.js');
const { OVER } = require('./stream-kind.js');
const { nativeOf } = require('../pool/endpoint-pool.js');

/**
 * @typedef {import('../options/connect.js').Normalized} Normalized
 * @typedef {import('../../index.js').SSEError} SSEError
 */

/**
 * @template Stream
 * @typedef {import('./stream-kind.js').StreamKind<Stream, any>} StreamKind
 */

/**
 * One stream of the core: the receiver of its records, which tells the stream's kind of them, and
 * the one that answers for the caller's callbacks. It is also the asynchronous context in which the
 * stream was made, and in which all functions of the caller run: of a thousand streams, one object less
 * that each event must fetch from memory.
 *
 * @template Stream
 */
class StreamHandle extends AsyncResource {
  // First what every event needs: of a thousand streams, each line of memory is in no cache.
  /** What becomes of its records; `OVER` once it is closed. */
  /** @type {StreamKind<Stream>} */
  kind;
  stream;
  lastEventId;
  /** @type {import('../../binding.js').NativeEventStream | import('../../binding.js').NativeChatStream} */
  native;
  #registration;
  #displayUrl;
  #callbacks;
  /** Must not be collected, nor its listeners, before the streams that use it. */
  pool;
  #announces = false;
  /** @type {((() => void) | undefined)[]} */
  #alarms = [];

  /**
   * @param {Normalized} normalized
   * @param {StreamKind<Stream>} kind
   * @param {Stream} stream
   */
  constructor(normalized, kind, stream) {
    super('perennial-sse:stream');
    const { native, body, displayUrl, pool } = normalized;
    this.#callbacks = callbacksOf(normalized);
    this.kind = this.#callbacks?.judges ? this.#judging(kind, this.#callbacks) : kind;
    this.stream = stream;
    this.lastEventId = native.lastEventId;
    this.#displayUrl = displayUrl;
    this.pool = pool;
    try {
      this.native = dispatcher.open(native, body, pool && nativeOf(pool));
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
    }
    this.#registration = new Registration(this, this.native.id);
    nextTick(() => this.#dial());
  }

  #dial() {
    if (this.closed) return;
    this.#publish('connect', () => ({}));
    this.native.dial();
  }

  /** Redacted; empty until something is asked of a pool. */
  get displayUrl() {
    return this.#displayUrl;
  }

  /** Whether it is over. */
  get closed() {
    return this.kind === OVER;
  }

  /** Keeps it, and its stream, from being collected. */
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
    if (!this.closed && this.native.ask(demand)) dispatcher.deliverSoon();
  }

  /** @param {boolean} announces whether each attempt is told of when it starts */
  announce(announces) {
    if (announces === this.#announces || this.closed) return;
    this.#announces = announces;
    this.native.announce(announces);
  }

  reconnect() {
    if (!this.closed) this.native.reconnect();
  }

  resetRetries() {
    if (!this.closed) this.native.resetRetries();
  }

  /** @returns {any} what the core counts; see `Stats` in src/stream/state.rs */
  stats() {
    return JSON.parse(this.native.stats());
  }

  /**
   * Calls back after so many milliseconds, unless the stream is over before.
   *
   * @param {number} delay
   * @param {() => void} callback
   */
  alarm(delay, callback) {
    if (this.closed) return;
    const free = this.#alarms.indexOf(undefined);
    const number = free === -1 ? this.#alarms.length : free;
    this.#alarms[number] = callback;
    this.native.alarm(number, delay);
  }

  /**
   * Ends it: afterwards its stream hears nothing.
   *
   * @param {'closed' | 'aborted'} [reason]
   */
  close(reason = 'closed') {
    if (this.closed) return;
    this.native.close();
    this.runInAsyncScope(this.#finish, this, reason, null);
  }

  /**
   * @param {string} reason
   * @param {SSEError | null} error
   */
  #finish(reason, error) {
    this.kind = OVER;
    this.#registration.end();
    this.#publish('close', () => ({ reason, error }));
  }

  /**
   * @param {Parameters<typeof publish>[0]} name
   * @param {() => object} message
   */
  #publish(name, message) {
    publish(name, this.#registration.number, this.#displayUrl, message);
  }

  /** @param {string} json */
  notice(json) {
    if (this.closed) return;
    const notice = JSON.parse(json);
    const { kind, stream } = this;
    switch (notice.type) {
      case 'open': {
        const { status, headers, url } = notice;
        this.#publish('open', () => ({ status, url: redactUrl(url) }));
        kind.open(stream, { status, headers: headerRecord(headers), url });
        break;
      }
      case 'attempt':
        kind.attempt(stream, { attempt: notice.attempt, lastEventId: notice.lastEventId });
        break;
      case 'retry': {
        const { attempt, maxAttempts, delay, recovery } = notice;
        const retry = { attempt, maxAttempts, delay, recovery, error: this.#error(notice.error) };
        this.#publish('retry', () => retry);
        kind.retry(stream, retry);
        break;
      }
      case 'close': {
        const error = this.#error(notice.error);
        this.#finish(notice.reason, error);
        kind.close(stream, { reason: notice.reason, error });
        break;
      }
      case 'question':
        this.#reply(notice);
        break;
      case 'alarm': {
        const callback = this.#alarms[notice.number];
        this.#alarms[notice.number] = undefined;
        callback?.();
        break;
      }
      case 'malformed':
        kind.malformed(stream, /** @type {SSEError} */ (this.#error(notice.error)));
        break;
    }
  }

  /**
   * @param {any} failure
   * @returns {SSEError | null}
   */
  #error(failure) {
    if (!failure) return null;
    const thrown = failure.code === 'ERR_SSE_CALLBACK' ? this.#callbacks?.thrown : undefined;
    return fromNative(failure, this.#displayUrl, thrown);
  }

  /**
   * The same kind, but the caller says which event is the last: what follows is not part of the stream.
   *
   * @param {StreamKind<Stream>} kind
   * @param {NonNullable<ReturnType<typeof callbacksOf>>} callbacks
   */
  #judging(kind, callbacks) {
    /** @type {StreamKind<Stream>} */
    const judged = {
      ...kind,
      event: (stream, event) => {
        kind.event(stream, event);
        // A listener may have closed it.
        if (this.closed) return;
        const verdict = callbacks.judge(event);
        if (verdict === undefined) return;
        /** @type {import('../../binding.js').NativeEventStream} */ (this.native)[verdict]();
        if (!this.closed) this.kind = { ...kind, event: OVER.event, id: OVER.id };
      },
    };
    return judged;
  }

  /** @param {any} question the notice */
  async #reply(question) {
    const reply = await this.#callbacks?.reply(question, this.#error(question.error));
    if (reply === undefined || this.closed) return;
    const { kind, body = null, ...said } = reply;
    this.native.reply(question.number, JSON.stringify({ [kind]: said }), body);
  }
}

module.exports = { StreamHandle };
