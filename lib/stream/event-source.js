'use strict';

const { inspect } = require('node:util');
const { SSERequestError } = require('../core/errors.js');
const { openStream } = require('./event-stream.js');
const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');
const { CLOSED, CONNECTING, OPEN, addReadyStates } = require('./ready-state.js');
const { streamKind } = require('../core/stream-kind.js');

const events = lazy(() => require('./event-source-events.js'));
const values = lazy(() => require('../core/http-values.js'));
const inspecting = lazy(() => require('../core/inspection.js'));
const aborting = lazy(() => require('./on-abort.js'));
const normalizing = lazy(() => require('../options/connect.js'));

/**
 * @typedef {import('../../index.js').SSEError} SSEError
 * @typedef {{ callback: unknown, listener: (event: Event) => void }} Handler
 * @typedef {{ close(): void, ask(): void, stats(): any }} Handle the stream beneath
 */

/**
 * The `EventSource` of WHATWG HTML 9.2.2, on the engine of this package. Options beyond
 * `withCredentials` are an extension.
 */
class EventSource extends EventTarget {
  /** @type {import('../core/stream-kind.js').StreamKind<EventSource, any>} */
  static #kind = streamKind({
    event: (source, { event, data, lastEventId }) => source.#message(event, data, lastEventId),
    open: (source, { url }) => source.#open(url),
    retry: (source, { error }) => source.#reconnect(error),
    close: (source, { reason, error }) => {
      if (reason === 'closed' || reason === 'aborted') source.#release();
      else source.#fail(error);
    },
  });

  #url;
  #withCredentials;
  /** @type {0 | 1 | 2} */
  #readyState = CONNECTING;
  #origin = 'null';
  /** @type {Handle | undefined} */
  #handle;
  /** @type {{ release(): void } | undefined} */
  #abort;
  /** @type {Map<string, Handler>} */
  #handlers = new Map();

  /**
   * @param {string | URL} url
   * @param {import('../../index.js').EventSourceInit} [init]
   */
  constructor(url, init = undefined) {
    if (arguments.length === 0) {
      throw new TypeError("failed to construct 'EventSource': 1 argument required, but 0 present");
    }
    super();
    const text = values().wellFormed(`${url}`);
    const members = dictionary(init);
    if (!URL.canParse(text)) {
      throw new DOMException('the URL of an EventSource must be absolute', 'SyntaxError');
    }
    const target = new URL(text);
    this.#url = target.href;
    this.#withCredentials = Boolean(members.withCredentials);
    this.#start(target, members);
  }

  /**
   * @param {URL} target
   * @param {Record<string, unknown>} members
   */
  #start(target, members) {
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      // Any URL is allowed here; one that cannot be fetched fails as a connection does (9.2.3).
      const error = new SSERequestError('the URL must start with http: or https:', {
        code: 'ERR_SSE_REQUEST',
        phase: 'prepare',
        retryable: false,
        url: target.href,
      });
      queueMicrotask(() => this.#fail(error));
      return;
    }
    const normalized = normalizing().normalizeEventSource(target.href, members);
    const { signal } = normalized;
    if (signal?.aborted) {
      this.#readyState = CLOSED;
      return;
    }
    // Aborting is closing, and closing is quiet: the stream beneath need not know the signal.
    const options = { ...normalized, signal: undefined };
    this.#handle = openStream(options, EventSource.#kind, this);
    if (signal) this.#abort = aborting().onAbort(signal, this, (source) => source.close());
    this.#handle?.ask();
  }

  /**
   * 9.2.3, "announce the connection".
   *
   * @param {string} url
   */
  #open(url) {
    if (this.#readyState === CLOSED) return;
    this.#readyState = OPEN;
    this.#origin = new URL(url).origin;
    this.dispatchEvent(events().openEvent());
  }

  /**
   * 9.2.6, "dispatch the event".
   *
   * @param {string} type
   * @param {string} data
   * @param {string} lastEventId
   */
  #message(type, data, lastEventId) {
    if (this.#readyState === CLOSED) return;
    const { ServerMessage } = events();
    this.dispatchEvent(new ServerMessage(type, data, this.#origin, lastEventId));
  }

  /**
   * 9.2.3, "reestablish the connection".
   *
   * @param {SSEError | null} error
   */
  #reconnect(error) {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CONNECTING;
    const { SSEErrorEvent } = events();
    this.dispatchEvent(new SSEErrorEvent(error ?? null));
  }

  /**
   * 9.2.3, "fail the connection".
   *
   * @param {SSEError | null} error
   */
  #fail(error) {
    if (this.#readyState === CLOSED) return;
    this.#release();
    const { SSEErrorEvent } = events();
    this.dispatchEvent(new SSEErrorEvent(error));
  }

  #release() {
    this.#readyState = CLOSED;
    this.#abort?.release();
    this.#abort = undefined;
  }

  get url() {
    return this.#url;
  }

  get withCredentials() {
    return this.#withCredentials;
  }

  get readyState() {
    return this.#readyState;
  }

  /** @param {Parameters<import('../core/inspection.js').Inspect>} how */
  [inspect.custom](...how) {
    const members = () => {
      const { state = 'closed', delay, attempt, ...stats } = this.#handle?.stats() ?? {};
      return { url: values().redactUrl(this.#url), state, ...inspecting().counts(stats) };
    };
    return inspecting().inspection(this, members, how);
  }

  /** Ends the stream for good; nothing is dispatched afterwards. */
  close() {
    if (this.#readyState === CLOSED) return;
    this.#release();
    this.#handle?.close();
    this.#handle = undefined;
  }

  get onopen() {
    return this.#handler('open');
  }

  set onopen(callback) {
    this.#setHandler('open', callback);
  }

  get onmessage() {
    return this.#handler('message');
  }

  set onmessage(callback) {
    this.#setHandler('message', callback);
  }

  get onerror() {
    return this.#handler('error');
  }

  set onerror(callback) {
    this.#setHandler('error', callback);
  }

  /**
   * @param {string} type
   * @returns {any}
   */
  #handler(type) {
    return this.#handlers.get(type)?.callback ?? null;
  }

  /**
   * HTML 8.1.8.1: replacing a handler keeps its place among the listeners, `null` gives it up.
   * `[LegacyTreatNonObjectAsNull]`: an object that cannot be called is kept, and not called.
   *
   * @param {string} type
   * @param {unknown} callback
   */
  #setHandler(type, callback) {
    const handler = this.#handlers.get(type);
    if (typeof callback !== 'function' && (typeof callback !== 'object' || callback === null)) {
      if (handler) this.removeEventListener(type, handler.listener);
      this.#handlers.delete(type);
    } else if (handler) {
      handler.callback = callback;
    } else {
      /** @type {Handler} */
      const created = {
        callback,
        listener: (event) => {
          if (typeof created.callback === 'function') created.callback.call(this, event);
        },
      };
      this.#handlers.set(type, created);
      this.addEventListener(type, created.listener);
    }
  }
}

/**
 * Web IDL: `undefined` and `null` are an empty dictionary, other primitives are an error.
 *
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function dictionary(value) {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError("failed to construct 'EventSource': the second argument is not an object");
  }
  return /** @type {Record<string, unknown>} */ (value);
}

addReadyStates(EventSource);

for (const name of [
  ...['url', 'withCredentials', 'readyState', 'close'],
  ...['onopen', 'onmessage', 'onerror'],
]) {
  Object.defineProperty(EventSource.prototype, name, { enumerable: true });
}

Object.defineProperty(EventSource.prototype, Symbol.toStringTag, {
  value: 'EventSource',
  configurable: true,
});

module.exports = loadedClasses({ EventSource });
