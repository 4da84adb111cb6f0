'use strict';

const diagnostics = require('node:diagnostics_channel');
const { SSEOptionError, fromNative } = require('./errors.js');
const { headerRecord, redactUrl } = require('./http-values.js');
const { normalizeAnswers } = require('./options.js');
const { postOffice } = require('./post-office.js');
const { serverSentEvent } = require('./server-sent-event.js');

const channels = {
  connect: diagnostics.channel('perennial-sse:connect'),
  open: diagnostics.channel('perennial-sse:open'),
  retry: diagnostics.channel('perennial-sse:retry'),
  close: diagnostics.channel('perennial-sse:close'),
};

/**
 * @typedef {import('./options.js').Normalized} Normalized
 * @typedef {import('../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {import('../index.js').SSEError} SSEError
 *
 * @typedef {object} Sink whoever gets what a stream delivers; none of these may throw
 * @property {(opened: { status: number, headers: Record<string, string>, url: string }) => void} onOpen
 * @property {(event: ServerSentEvent) => void} onEvent
 * @property {(id: string) => void} [onId] an id that came without an event
 * @property {(text: string) => void} [onComment]
 * @property {(bytes: Uint8Array) => void} [onBytes]
 * @property {(retry: { attempt: number, maxAttempts: number | null, delay: number,
 *   recovery: boolean, error: SSEError | null }) => void} onRetry
 * @property {(closed: { reason: string, error: SSEError | null }) => void} onClose
 */

/** What a stream asks of the core; see `ask` in src/node/stream.rs. */
const DEMAND = Object.freeze({ off: 0, once: 1, flow: 2 });

/**
 * Every handle that is still open and counts for the process's life, by a token that outlives it:
 * a handle that is collected must stop counting.
 *
 * @typedef {{ counts: boolean, number: number }} Token
 */
const collected = new FinalizationRegistry((/** @type {Token} */ token) => {
  postOffice.forget(token.number);
  settle(token, false);
});

/**
 * @param {Token} token
 * @param {boolean} counts
 */
function settle(token, counts) {
  if (token.counts === counts) return;
  token.counts = counts;
  if (counts) postOffice.ref();
  else postOffice.unref();
}

/**
 * One stream of the core: translates its records for a sink, and the caller's callbacks for it.
 */
class StreamHandle {
  #native;
  #request;
  #sink;
  /** @type {Token} */
  #token;
  #weak = new WeakRef(this);
  #closed = false;
  #referenced = true;
  /** The last id that arrived, which the next event without one has as well. */
  #lastEventId;
  /** The caller's function has seen the event that completes the stream. */
  #complete = false;
  /** @type {unknown} */
  #thrown;
  /** @type {(() => void)[]} */
  #alarms = [];

  /**
   * @param {Normalized} normalized
   * @param {Sink} sink
   */
  constructor(normalized, sink) {
    const { native, body, callbacks, fixed, displayUrl } = normalized;
    // Only what is needed later: of a thousand streams, the options would fill megabytes.
    this.#request = { callbacks, fixed, displayUrl };
    this.#sink = sink;
    this.#lastEventId = native.lastEventId;
    try {
      this.#native = postOffice.open(native, body);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
    }
    this.#token = { counts: false, number: this.#native.id };
    collected.register(this, this.#token, this);
    this.release();
    settle(this.#token, true);
    process.nextTick(() => this.#dial());
  }

  #dial() {
    if (this.#closed) return;
    this.#publish('connect', {});
    this.#native.dial();
  }

  /** Whether it is over. */
  get closed() {
    return this.#closed;
  }

  /** Keeps it, and its sink, from being collected. */
  hold() {
    if (!this.#closed) postOffice.deliver(this.#token.number, this);
  }

  /** Lets it be collected once nothing else holds it. */
  release() {
    if (!this.#closed) postOffice.deliver(this.#token.number, this.#weak);
  }

  ref() {
    this.#referenced = true;
    if (!this.#closed) settle(this.#token, true);
  }

  unref() {
    this.#referenced = false;
    settle(this.#token, false);
  }

  get hasRef() {
    return this.#referenced;
  }

  /** @param {number} demand one of `DEMAND`; asking says that what came before is used up */
  ask(demand = DEMAND.flow) {
    if (!this.#closed) this.#native.ask(demand);
  }

  /** @param {boolean} encoded whether events come as the bytes of an event stream */
  encode(encoded) {
    if (!this.#closed) this.#native.encode(encoded);
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
    this.#native.alarm(this.#alarms.push(callback) - 1, delay);
  }

  /**
   * Ends it: afterwards the sink hears nothing.
   *
   * @param {'closed' | 'aborted'} [reason]
   */
  close(reason = 'closed') {
    if (this.#closed) return;
    this.#native.close();
    this.#finish(reason, null);
  }

  /**
   * @param {string} reason
   * @param {SSEError | null} error
   */
  #finish(reason, error) {
    this.#closed = true;
    collected.unregister(this);
    settle(this.#token, false);
    postOffice.forget(this.#token.number);
    this.#publish('close', { reason, error });
  }

  /**
   * @param {keyof typeof channels} name
   * @param {object} message
   */
  #publish(name, message) {
    const channel = channels[name];
    if (channel.hasSubscribers) {
      channel.publish({ stream: this.#token.number, url: this.#request.displayUrl, ...message });
    }
  }

  /**
   * @param {string} data
   * @param {string | undefined} name
   * @param {string | undefined} id
   * @param {number | undefined} retry
   */
  event(data, name, id, retry) {
    // What follows the event that completes the stream is not part of it.
    if (this.#closed || this.#complete) return;
    if (id !== undefined) this.#lastEventId = id;
    const event = serverSentEvent(data, name, id, retry, this.#lastEventId);
    const { terminal } = this.#request.callbacks;
    this.#sink.onEvent(event);
    if (terminal !== undefined && !this.#closed) this.#judge(terminal, event);
  }

  /** @param {string} text */
  comment(text) {
    if (!this.#closed) this.#sink.onComment?.(text);
  }

  /** @param {string} id */
  id(id) {
    if (this.#closed || this.#complete) return;
    this.#lastEventId = id;
    this.#sink.onId?.(id);
  }

  /** @param {Uint8Array} bytes */
  bytes(bytes) {
    if (!this.#closed) this.#sink.onBytes?.(bytes);
  }

  /** @param {string} json */
  notice(json) {
    if (this.#closed) return;
    const notice = JSON.parse(json);
    switch (notice.type) {
      case 'open': {
        const opened = { ...notice, headers: headerRecord(notice.headers) };
        delete opened.type;
        const { status, url } = notice;
        this.#publish('open', { status, url: redactUrl(url) });
        this.#sink.onOpen(opened);
        break;
      }
      case 'retry': {
        const { attempt, maxAttempts, delay, recovery } = notice;
        const retry = { attempt, maxAttempts, delay, recovery, error: this.#error(notice.error) };
        this.#publish('retry', retry);
        this.#sink.onRetry(retry);
        break;
      }
      case 'close': {
        const error = this.#error(notice.error);
        this.#finish(notice.reason, error);
        this.#sink.onClose({ reason: notice.reason, error });
        break;
      }
      case 'question':
        this.#answer(notice);
        break;
      case 'alarm':
        this.#alarms[notice.number]?.();
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
  async #answer({ number, ask, attempt, lastEventId, error: failure, retry }) {
    const { callbacks } = this.#request;
    const error = this.#error(failure);
    try {
      if (ask === 'complete') {
        this.#say(number, { kind: 'complete', complete: this.#complete });
      } else if (ask === 'retry') {
        const verdict = await callbacks.shouldRetry?.(error, { attempt, lastEventId, retry });
        this.#say(number, { kind: 'retry', retry: verdict === undefined ? null : !!verdict });
      } else {
        const context = { attempt, lastEventId, error };
        const [url, headers, body] = await Promise.all([
          callbacks.url?.(context),
          callbacks.headers?.(context),
          callbacks.body?.(context),
        ]);
        const request = normalizeAnswers(this.#request, { url, headers, body });
        this.#say(
          number,
          { kind: 'request', url: request.url, headers: request.headers },
          request.body,
        );
      }
    } catch (thrown) {
      this.#thrown = thrown;
      this.#say(number, { kind: 'threw' });
    }
  }

  /**
   * @param {number} number
   * @param {object} answer
   * @param {Uint8Array | null} [body]
   */
  #say(number, answer, body = null) {
    if (!this.#closed) this.#native.answer(number, JSON.stringify(answer), body);
  }
}

module.exports = { DEMAND, StreamHandle };
