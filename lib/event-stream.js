'use strict';

const { deferred } = require('./deferred.js');
const { encodeEvent } = require('./encode-event.js');
const { SSEStateError } = require('./errors.js');
const { EventIteration } = require('./event-iteration.js');
const { EventQueue } = require('./event-queue.js');
const { normalizeConnect } = require('./options.js');
const { onAbort } = require('./on-abort.js');
const outputs = require('./outputs.js');
const { postOffice } = require('./post-office.js');
const { DEMAND, StreamHandle } = require('./stream-handle.js');
const { WatchedEmitter, callListeners } = require('./watched-emitter.js');

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/**
 * @typedef {import('../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {import('../index.js').SSEError} SSEError
 * @typedef {import('../index.js').OpenInfo} OpenInfo
 * @typedef {import('../index.js').CloseInfo} CloseInfo
 * @typedef {import('./options.js').Normalized} Normalized
 * @typedef {ServerSentEvent | Uint8Array} Item an event, or bytes of several in an encoded stream
 *
 * @typedef {object} Outcome how it ended, as promises and iterators tell it
 * @property {CloseInfo} info
 * @property {{ error: unknown } | undefined} rejection
 */

/** @param {unknown} name */
const isEventName = (name) =>
  name === 'event' || (typeof name === 'string' && name.startsWith('event:'));

/**
 * See `EventStream` in index.d.ts. It turns what a `StreamHandle` delivers into listeners' calls
 * and iterator results, and asks for more only when one of them wants more.
 */
class EventStream extends WatchedEmitter {
  #handle;
  #signal;
  #abort;
  #readyState = CONNECTING;
  #url;
  /** @type {OpenInfo | undefined} */
  #response;
  /** @type {Outcome | undefined} */
  #outcome;
  /** The end has come, but events are still held back. */
  /** @type {CloseInfo | undefined} */
  #ending;

  #paused = false;
  /** What the core was last asked for. */
  /** @type {number} */
  #demand = DEMAND.off;
  /** Listeners for every event, and whether there are any for single names. */
  /** @type {readonly Function[]} */
  #listeners = [];
  #named = false;
  #listened = false;
  #flowing = false;
  /** A listener that closes the stream is the last to be called. */
  #isOpen = () => this.#outcome === undefined;
  /** Events that arrived while nobody took them. */
  /** @type {InstanceType<typeof EventQueue<Item>>} */
  #held = new EventQueue();
  #flushing = false;

  /** Somebody iterates, or a response is fed. */
  #claimed = false;
  #encodes = false;
  /** No listener needs the events one by one, so the core may encode them. */
  #encodable = true;
  /** @type {InstanceType<typeof EventIteration<Item>>} */
  #iteration = new EventIteration(
    () => {
      this.#keep();
      this.#steer();
    },
    (item) => this.#delivered(item),
  );

  /** The last id delivered, and ids that follow items which are not delivered yet. */
  #lastEventId;
  /** @type {Map<Item, string>} */
  #idsAfter = new Map();
  /** The last item that arrived, until it is delivered. */
  /** @type {Item | undefined} */
  #newest;

  /** @type {ReturnType<typeof deferred> | undefined} */
  #opened;
  /** @type {ReturnType<typeof deferred> | undefined} */
  #closed;

  /** @param {Normalized} normalized */
  constructor(normalized) {
    super(() => this.#count());
    const { signal } = normalized;
    this.#url = normalized.url;
    this.#lastEventId = normalized.native.lastEventId;
    this.#handle = new StreamHandle(normalized, {
      onOpen: (opened) => this.#open(opened),
      onEvent: (event) => this.#arrive(event),
      onId: (id) => {
        if (this.#newest === undefined) this.#lastEventId = id;
        else this.#idsAfter.set(this.#newest, id);
      },
      onBytes: (bytes) => this.#arrive(bytes),
      onComment: (text) => this.#comment(text),
      onRetry: (retry) => {
        this.#readyState = CONNECTING;
        this.#emit('retry', retry);
      },
      onClose: ({ reason, error }) => {
        const info = error ? { reason, error } : { reason };
        this.#end(/** @type {CloseInfo} */ (info));
      },
    });
    this.#signal = signal;
    if (signal === undefined) return;
    if (signal.aborted) {
      this.#handle.close('aborted');
      process.nextTick(() => this.#aborted());
    } else {
      this.#abort = onAbort(signal, this, EventStream.#abortStream);
    }
  }

  /** @param {EventStream} stream */
  static #abortStream(stream) {
    stream.#aborted();
  }

  get readyState() {
    return this.#readyState;
  }

  get url() {
    return this.#response?.url ?? this.#url;
  }

  get status() {
    return this.#response?.status;
  }

  get headers() {
    return this.#response?.headers;
  }

  get lastEventId() {
    return this.#lastEventId;
  }

  get stats() {
    const { state, attempt, delay, ...stats } = this.#handle.stats();
    return stats;
  }

  get retryState() {
    const { state, attempt, delay } = this.#handle.stats();
    return { state, attempt, delay };
  }

  get opened() {
    if (this.#opened === undefined) {
      this.#opened = deferred();
      if (this.#response) this.#opened.resolve(this.#response);
      else if (this.#outcome) this.#rejectOpened(this.#outcome);
      this.#keep();
    }
    return this.#opened.promise;
  }

  get closed() {
    if (this.#closed === undefined) {
      this.#closed = deferred();
      if (this.#outcome) settle(this.#closed, this.#outcome);
      this.#keep();
    }
    return this.#closed.promise;
  }

  close() {
    this.#stop('closed', undefined);
  }

  pause() {
    this.#paused = true;
    this.#steer();
    return this;
  }

  resume() {
    this.#paused = false;
    this.#steer();
    return this;
  }

  isPaused() {
    return this.#paused;
  }

  ref() {
    this.#handle.ref();
    return this;
  }

  unref() {
    this.#handle.unref();
    return this;
  }

  resetRetries() {
    this.#handle.resetRetries();
  }

  reconnect() {
    if (this.#outcome === undefined) this.#readyState = CONNECTING;
    this.#handle.reconnect();
  }

  [Symbol.asyncIterator]() {
    this.#claim();
    return {
      next: () => this.#iteration.next(),
      /** @param {unknown} [value] */
      return: (value) => {
        this.close();
        return Promise.resolve({ value, done: true });
      },
      /** @param {unknown} error */
      throw: (error) => {
        this.close();
        return Promise.reject(error);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  toReadableStream() {
    return outputs.toReadableStream(this.#source());
  }

  /** @param {import('../index.js').ToResponseOptions} [options] */
  async toResponse(options) {
    const within = outputs.decideWithin(options);
    return outputs.toResponse(this.#source(), within);
  }

  /**
   * @param {import('node:stream').Writable} destination
   * @param {import('../index.js').ToResponseOptions} [options]
   */
  async pipe(destination, options) {
    const within = outputs.decideWithin(options);
    return outputs.pipe(this.#source(), destination, within);
  }

  /** A change of listeners changes what the stream asks for. */
  #count() {
    const names = this.eventNames();
    this.#listened = names.length > 0;
    this.#listeners = this.rawListeners('event');
    this.#named = names.some((name) => name !== 'event' && isEventName(name));
    this.#flowing = this.#named || this.#listeners.length > 0;
    this.#encodable = !this.#flowing && !names.includes('comment');
    this.#keep();
    this.#steer();
  }

  /** Held strongly exactly while somebody would miss it. */
  #keep() {
    const watched =
      this.#listened ||
      this.#iteration.starved ||
      (this.#opened !== undefined && this.#response === undefined) ||
      this.#closed !== undefined;
    if (watched) this.#handle.hold();
    else this.#handle.release();
  }

  /** Asks the core for as much as is wanted now. */
  #steer() {
    if (this.#outcome) return;
    if (this.#encodes) this.#handle.encode(this.#encodable);
    if (this.#taking && (this.#held.size > 0 || this.#ending)) this.#flush();
    else if (!this.#taking) this.#ask(DEMAND.off);
    else if (!this.#claimed) this.#ask(DEMAND.flow);
    // Whoever iterates sets the pace, also for listeners.
    else this.#ask(this.#iteration.starved ? DEMAND.once : DEMAND.off);
  }

  /** @param {number} demand */
  #ask(demand) {
    if (demand === this.#demand && demand !== DEMAND.once) return;
    this.#demand = demand;
    this.#handle.ask(demand);
  }

  /** Whether events find a taker now. */
  get #taking() {
    return !this.#paused && (this.#flowing || this.#claimed);
  }

  /** Delivers what was held back, before anything new. */
  #flush() {
    if (this.#flushing) return;
    this.#flushing = true;
    postOffice.yield(() => {
      this.#flushing = false;
      while (this.#taking && this.#held.size > 0 && !this.#outcome) {
        this.#dispatch(/** @type {Item} */ (this.#held.shift()));
        if (postOffice.overtime) break;
      }
      if (this.#held.size === 0 && this.#ending) this.#end(this.#ending);
      else this.#steer();
    });
  }

  // What the handle delivers.

  /** @param {OpenInfo} opened */
  #open(opened) {
    this.#readyState = OPEN;
    this.#response = opened;
    this.#opened?.resolve(opened);
    this.#emit('open', opened);
  }

  /** @param {Item} item */
  #arrive(item) {
    // The core has met the demand for one batch, of which this is a part.
    if (this.#demand === DEMAND.once) this.#demand = DEMAND.off;
    this.#newest = item;
    if (this.#held.size > 0 || !this.#taking) this.#held.push(item);
    else this.#dispatch(item);
  }

  /** @param {Item} item */
  #dispatch(item) {
    const claimed = this.#claimed;
    if (!claimed) this.#delivered(item);
    if (this.#flowing && !(item instanceof Uint8Array)) {
      callListeners(this, this.#listeners, item, this.#isOpen);
      if (this.#named)
        callListeners(this, this.rawListeners(`event:${item.event}`), item, this.#isOpen);
    }
    // A listener may have closed the stream, and then this event is for nobody else.
    if (claimed && this.#outcome === undefined) this.#iteration.give(item);
  }

  /** @param {Item} item */
  #delivered(item) {
    if (!(item instanceof Uint8Array)) this.#lastEventId = item.lastEventId;
    if (this.#newest === item) this.#newest = undefined;
    if (this.#idsAfter.size === 0) return;
    const id = this.#idsAfter.get(item);
    if (id !== undefined) this.#lastEventId = id;
    this.#idsAfter.delete(item);
  }

  /** @param {string} text */
  #comment(text) {
    this.#emit('comment', text);
    if (this.#encodes) this.#arrive(Buffer.from(encodeEvent({ comment: text })));
  }

  /** @param {CloseInfo} info */
  #end(info) {
    if (this.#held.size > 0) {
      this.#ending = info;
      return;
    }
    this.#over(info, info.error && { error: info.error });
  }

  #aborted() {
    this.#stop('aborted', { error: this.#signal?.reason });
  }

  /**
   * Ends it from this side: what has arrived is dropped.
   *
   * @param {'closed' | 'aborted'} reason
   * @param {Outcome['rejection']} rejection
   */
  #stop(reason, rejection) {
    if (this.#outcome) {
      // Over already; leaving the loop gives up what the iterator has not taken.
      this.#iteration.clear();
      return;
    }
    this.#handle.close(reason);
    this.#held.clear();
    this.#iteration.clear();
    this.#over({ reason }, rejection);
  }

  /**
   * @param {CloseInfo} info
   * @param {Outcome['rejection']} rejection
   */
  #over(info, rejection) {
    const outcome = { info, rejection };
    this.#outcome = outcome;
    this.#readyState = CLOSED;
    this.#abort?.release();
    this.#keep();
    this.#iteration.finish(rejection);
    if (this.#opened && !this.#response) this.#rejectOpened(outcome);
    if (this.#closed) settle(this.#closed, outcome);
    if (info.error) this.#fail(info.error);
    this.#emit('close', info);
  }

  /** @param {SSEError} error */
  #fail(error) {
    if (this.listenerCount('error') > 0) {
      this.#emit('error', error);
      return;
    }
    const promised = this.#closed !== undefined || (this.#opened && !this.#response);
    if (promised || this.#claimed || this.listenerCount('close') > 0) return;
    process.emitWarning(`${error.code}: ${error.message}`, {
      type: 'UnwatchedStreamWarning',
      detail: 'A stream failed and nobody listens for "error" or "close", iterates or awaits it.',
    });
  }

  /** @param {Outcome} outcome */
  #rejectOpened({ rejection }) {
    const closed = () => {
      return new SSEStateError('the stream was closed before it opened', {
        code: 'ERR_SSE_CLOSED',
      });
    };
    this.#opened?.reject(rejection ? rejection.error : closed());
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  #emit(name, value) {
    if (this.listenerCount(name) > 0) callListeners(this, this.rawListeners(name), value);
  }

  // The one iterator.

  #claim() {
    if (this.#claimed) {
      const message =
        'the stream is being iterated already; it has room for one iterator or output';
      throw new SSEStateError(message, { code: 'ERR_SSE_LOCKED' });
    }
    this.#claimed = true;
    this.#steer();
  }

  /** @returns {import('./outputs.js').Source} the encoded stream, in place of the iterator */
  #source() {
    this.#claim();
    this.#encodes = true;
    this.#steer();
    return {
      next: async () => {
        const { value, done } = await this.#iteration.next();
        if (done) return undefined;
        return value instanceof Uint8Array ? value : Buffer.from(encodeEvent(value));
      },
      close: () => this.close(),
      alarm: (delay, callback) => this.#handle.alarm(delay, callback),
      reason: () => this.#outcome?.info.reason,
    };
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }
}

/**
 * @param {ReturnType<typeof deferred>} promise
 * @param {Outcome} outcome
 */
function settle(promise, { info, rejection }) {
  if (rejection) promise.reject(rejection.error);
  else promise.resolve(info);
}

for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSED })) {
  Object.defineProperty(EventStream, name, { value, enumerable: true });
  Object.defineProperty(EventStream.prototype, name, { value, enumerable: true });
}

/**
 * See `connect` in index.d.ts.
 *
 * @param {unknown} url
 * @param {unknown} [options]
 */
function connect(url, options) {
  return new EventStream(normalizeConnect(url, options));
}

/**
 * A stream for a sink that is always held, as `EventSource` needs it.
 *
 * @param {Normalized} normalized
 * @param {import('./stream-handle.js').Sink} sink
 */
function openStream(normalized, sink) {
  const handle = new StreamHandle(normalized, sink);
  handle.hold();
  return handle;
}

module.exports = { EventStream, connect, openStream };
