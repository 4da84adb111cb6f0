'use strict';

const { SSERequestError, SSEStateError } = require('../core/errors.js');
const { Emitter } = require('./emitter.js');
const { Engine } = require('./engine.js');
const { missing } = require('./missing.js');
const { normalize } = require('./options.js');
const { Sharing } = require('#sharing');

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/**
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {{ resolve: (value: any) => void, reject: (error: unknown) => void }} Waiter
 */

/** A promise that need not be handled. */
function deferred() {
  /** @type {any} */
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  made.promise.catch(() => {});
  return made;
}

/** See `EventStream` in lib/browser/index.d.ts. */
class EventStream extends Emitter {
  #engine;
  #options;
  #opened = deferred();
  #closed = deferred();
  /** @type {any} */
  #response;
  /** Events that no consumer has taken, and the bytes that they took. */
  /** @type {ServerSentEvent[]} */
  #held = [];
  #heldBytes = 0;
  /** Told once there is room again. */
  /** @type {(() => void) | undefined} */
  #emptied;
  #paused = false;
  /** There are listeners for events. */
  #listened = false;
  /** Pending calls of the iterator; `undefined` while nothing iterates. */
  /** @type {Waiter[] | undefined} */
  #waiting;
  /** How it ended; told once everything is taken. */
  /** @type {{ reason: string, error?: any } | undefined} */
  #end;
  /** @type {{ error?: unknown } | undefined} */
  #over;
  #delivered;

  /** @param {ReturnType<typeof normalize>} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#delivered = options.lastEventId;
    const Kind = options.share ? Sharing : Engine;
    this.#engine = new Kind(options, {
      tell: (name, value) => this.#tell(name, value),
      take: (events, bytes) => this.#take(events, bytes),
      room: () => this.#room(),
      end: (end) => {
        this.#end = end;
        this.#pump();
      },
    });
    const { signal } = options;
    if (signal === undefined) return;
    const abort = () => this.#stop({ reason: 'aborted' }, { error: signal.reason });
    this.#closed.promise.catch(() => {}).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) queueMicrotask(abort);
    else signal.addEventListener('abort', abort);
  }

  get readyState() {
    if (this.#over !== undefined) return CLOSED;
    return this.#engine.state === 'open' ? OPEN : CONNECTING;
  }

  get url() {
    const { url } = this.#options;
    return this.#response?.url || (typeof url === 'function' ? '' : url.href);
  }

  get status() {
    return this.#response?.status;
  }

  get headers() {
    return this.#response?.headers;
  }

  get lastEventId() {
    return this.#delivered;
  }

  get stats() {
    return this.#engine.stats;
  }

  get retryState() {
    return this.#engine.retryState;
  }

  get opened() {
    return this.#opened.promise;
  }

  get closed() {
    return this.#closed.promise;
  }

  close() {
    this.#stop({ reason: 'closed' }, {});
  }

  pause() {
    this.#paused = true;
    return this;
  }

  resume() {
    this.#paused = false;
    this.#pump();
    return this;
  }

  isPaused() {
    return this.#paused;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  resetRetries() {
    this.#engine.resetRetries();
  }

  reconnect() {
    this.#engine.reconnect();
  }

  [Symbol.asyncIterator]() {
    if (this.#waiting !== undefined) {
      const message = 'the stream is being iterated already; it has room for one iterator';
      throw new SSEStateError(message, { code: 'ERR_SSE_LOCKED' });
    }
    /** @type {Waiter[]} */
    const waiting = [];
    this.#waiting = waiting;
    const leave = (/** @type {unknown} */ value) => {
      this.close();
      return Promise.resolve({ value, done: true });
    };
    return {
      next: () =>
        new Promise((resolve, reject) => {
          waiting.push({ resolve, reject });
          this.#pump();
        }),
      return: leave,
      throw: (/** @type {unknown} */ error) => leave(undefined).then(() => Promise.reject(error)),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  listenersChanged() {
    this.#listened = this.eventNames().some((name) => /^event(?::|$)/.test(name));
    if (this.#held.length > 0 || this.#end !== undefined) queueMicrotask(() => this.#pump());
  }

  /**
   * @param {string} name
   * @param {any} value
   */
  #tell(name, value) {
    if (this.#over !== undefined) return;
    if (name === 'open') {
      this.#response = value;
      this.#opened.resolve(value);
    }
    this.emit(name, value);
  }

  /**
   * @param {ServerSentEvent[]} events
   * @param {number} bytes
   */
  #take(events, bytes) {
    for (const event of events) this.#held.push(event);
    this.#heldBytes += bytes;
    this.#pump();
  }

  #room() {
    const { roomEvents, roomBytes } = this.#options;
    if (this.#held.length === 0) this.#heldBytes = 0;
    if (this.#held.length < roomEvents && this.#heldBytes < roomBytes) return undefined;
    return new Promise((/** @type {(value: void) => void} */ resolve) => {
      this.#emptied = resolve;
    });
  }

  /** Whether an event finds a taker now; the pace of one that iterates is that of the listeners, too. */
  #wanted() {
    if (this.#waiting !== undefined) return this.#waiting.length > 0;
    return !this.#paused && this.#listened;
  }

  /** Delivers what is held to whom wants it. */
  #pump() {
    while (this.#held.length > 0 && this.#over === undefined && this.#wanted()) {
      const event = /** @type {ServerSentEvent} */ (this.#held.shift());
      if (event.id !== undefined) this.#delivered = event.id;
      this.emit('event', event);
      if (this.#over === undefined) this.emit(`event:${event.event}`, event);
      if (this.#over === undefined) this.#waiting?.shift()?.resolve({ value: event, done: false });
    }
    if (this.#held.length > 0 && this.#over === undefined) return;
    this.#emptied?.();
    this.#emptied = undefined;
    if (this.#end !== undefined) {
      const { reason, error } = this.#end;
      this.#stop(error ? { reason, error } : { reason }, error ? { error } : {});
    }
    if (this.#over === undefined) return;
    for (const waiter of this.#waiting?.splice(0) ?? []) this.#last(waiter);
  }

  /** @param {Waiter} waiter told of the failure once, then of nothing for ever */
  #last(waiter) {
    const over = /** @type {{ error?: unknown }} */ (this.#over);
    if ('error' in over) {
      waiter.reject(over.error);
      this.#over = {};
    } else waiter.resolve({ value: undefined, done: true });
  }

  /**
   * @param {{ reason: string, error?: any }} info
   * @param {{ error?: unknown }} over
   */
  #stop(info, over) {
    if (this.#over !== undefined) return;
    this.#over = over;
    this.#held = [];
    this.#engine.close();
    const unopened = new SSEStateError('the stream was closed before it opened', {
      code: 'ERR_SSE_CLOSED',
    });
    this.#opened.reject('error' in over ? over.error : unopened);
    if ('error' in over) this.#closed.reject(over.error);
    else this.#closed.resolve(info);
    this.#pump();
    if (info.error) this.emit('error', info.error);
    this.emit('close', info);
  }
}

Object.assign(EventStream, { CONNECTING, OPEN, CLOSED });
Object.assign(EventStream.prototype, {
  ...{ CONNECTING, OPEN, CLOSED },
  pipe: missing('EventStream.pipe()'),
  toReadableStream: missing('EventStream.toReadableStream()'),
  toResponse: missing('EventStream.toResponse()'),
});

/**
 * See `connect` in lib/browser/index.d.ts.
 *
 * @param {unknown} url
 * @param {any} [options]
 */
function connect(url, options) {
  if (typeof fetch !== 'function' || typeof ReadableStream !== 'function') {
    throw new SSERequestError(
      'connect() needs fetch() and ReadableStream, which this browser does not have; use a newer one',
      { code: 'ERR_SSE_REQUEST', phase: 'prepare', retryable: false },
    );
  }
  return new EventStream(normalize(url, options));
}

module.exports = { EventStream, connect };
