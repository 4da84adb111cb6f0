'use strict';

const { errorMonitor } = require('node:events');
const { lazy } = require('../core/lazy.js');
const { Flow } = require('./flow.js');
const { onAbort } = require('./on-abort.js');
const { OutputSource } = require('../server/output-source.js');
const { nextTick } = require('../core/scheduling.js');
const { StreamHandle } = require('../core/stream-handle.js');
const { StreamPromises } = require('./promises.js');
const { CLOSED, CONNECTING, OPEN } = require('./ready-state.js');
const { warnOfServer, warnUnwatched } = require('./warnings.js');
const { callListeners } = require('./watched-emitter.js');

const noticing = lazy(() => require('../server/notices.js'));

/**
 * @typedef {import('../../index.js').SSEError} SSEError
 * @typedef {import('../../index.js').OpenInfo} OpenInfo
 * @typedef {import('../../index.js').CloseInfo} CloseInfo
 * @typedef {import('../options/connect.js').Normalized} Normalized
 * @typedef {import('../core/stream-kind.js').Opened} Opened
 * @typedef {import('../core/stream-kind.js').Retry} Retry
 * @typedef {import('../core/stream-kind.js').Closed} Closed
 * @typedef {import('./promises.js').Outcome} Outcome
 */

/**
 * One stream of the core, from dialling to its end: where it stands, who waits for it, and what its
 * end means to each of them. `open`, `retry` and `end` are for the table of its kind, `ask`, `keep` and
 * `enter` for its flow.
 *
 * @template {import('node:events').EventEmitter} Stream
 * @template Item
 */
class Lifecycle {
  #stream;
  #kind;
  #signal;
  #abort;
  #url;
  /** @type {0 | 1 | 2} */
  #readyState = CONNECTING;
  /** @type {OpenInfo | undefined} */
  #response;
  #promises = new StreamPromises();
  /** @type {Outcome | undefined} */
  #outcome;
  #listened = false;
  /** Something waits that is no listener, iterator or promise. */
  #wanted = false;
  #encodes = false;
  /** The response that is fed is told of retries, too. */
  #notices = false;

  /**
   * @param {Stream} stream
   * @param {Normalized} normalized
   * @param {import('../core/stream-kind.js').StreamKind<Stream, Item>} kind
   */
  constructor(stream, normalized, kind) {
    const { signal } = normalized;
    this.#stream = stream;
    this.#kind = kind;
    this.#url = normalized.url;
    this.handle = new StreamHandle(normalized, kind, stream);
    /** @type {InstanceType<typeof Flow<Stream, Item>>} */
    this.flow = new Flow(stream, kind, this);
    this.#signal = signal;
    if (signal === undefined) return;
    if (signal.aborted) {
      this.handle.close('aborted');
      nextTick(() => this.#aborted());
    } else {
      this.#abort = onAbort(signal, this, Lifecycle.#abortStream);
    }
  }

  /** @param {Lifecycle<any, any>} lifecycle */
  static #abortStream(lifecycle) {
    lifecycle.#aborted();
  }

  get readyState() {
    return this.#readyState;
  }

  get url() {
    return this.#response?.url ?? this.#url;
  }

  get response() {
    return this.#response;
  }

  get opened() {
    const { opened } = this.#promises;
    this.keep();
    return opened;
  }

  get closed() {
    const { closed } = this.#promises;
    this.keep();
    return closed;
  }

  /** Whether the response that is fed is told what happens to the stream. */
  get notices() {
    return this.#notices;
  }

  /** Whether a response is fed, so that encoded bytes may take the place of items. */
  get encodes() {
    return this.#encodes;
  }

  close() {
    this.#stop('closed', undefined);
  }

  reconnect() {
    if (this.#outcome === undefined) this.#readyState = CONNECTING;
    this.handle.reconnect();
  }

  /** From now on it is held strongly, until it is over. */
  want() {
    this.#wanted = true;
    this.keep();
  }

  /** A change of listeners, or of who takes items, changes what the stream asks for. */
  count() {
    const names = this.#stream.eventNames();
    this.#listened = names.length > 0;
    this.handle.announce(names.includes('attempt'));
    const flowing = this.#kind.listen(this.#stream, names);
    this.keep();
    this.flow.listen(flowing);
  }

  /**
   * The consumer iterates from now on; see `claim` in lib/stream/flow.js.
   *
   * @param {(item: any) => unknown} [pick]
   */
  claim(pick) {
    const next = this.flow.claim(pick);
    this.count();
    return next;
  }

  /**
   * The encoded stream, in place of the iterator.
   *
   * @param {number | null} heartbeat
   * @param {boolean} [notices] whether it tells of retries and failures, too
   */
  source(heartbeat, notices = false) {
    const kind = this.#kind;
    const { flow } = this;
    const take = flow.claim();
    this.#encodes = true;
    this.#notices = notices;
    this.count();
    const taking = {
      take,
      encode: (/** @type {Item} */ item) => kind.encode(item),
      cut: () => this.#outcome && kind.cut(this.#outcome),
      starved: () => flow.starved,
      offer: (/** @type {Uint8Array} */ bytes) => flow.refill(bytes),
      close: () => this.close(),
      alarm: (/** @type {number} */ delay, /** @type {() => void} */ callback) => {
        this.handle.alarm(delay, callback);
      },
      reason: () => this.#outcome?.info.reason,
      heeds: kind.lastWords === undefined,
      lastWords: (/** @type {unknown} */ error) => kind.lastWords?.(error),
    };
    return new OutputSource(taking, heartbeat, notices);
  }

  /**
   * @param {string | symbol} name
   * @param {unknown} value
   */
  emit(name, value) {
    const stream = this.#stream;
    if (stream.listenerCount(name) === 0) return;
    // What a listener has closed tells the others nothing more, but that it is over.
    const { flow } = this;
    const open = flow.isOpen ? flow : undefined;
    callListeners(stream, name, stream.rawListeners(name), value, open);
  }

  /** @param {number} demand one of `DEMAND` */
  ask(demand) {
    this.handle.ask(demand);
  }

  /** @param {() => void} callback called in the context in which the stream was made */
  enter(callback) {
    this.handle.runInAsyncScope(callback);
  }

  /** Held strongly exactly while the program would miss it. */
  keep() {
    const watched = this.#listened || this.#wanted || this.flow.starved || this.#promises.awaited;
    if (watched) this.handle.hold();
    else this.handle.release();
  }

  /** @param {Opened} opened */
  open(opened) {
    const first = this.#response === undefined;
    this.#readyState = OPEN;
    this.#response = opened;
    this.#promises.open(opened);
    this.emit('open', opened);
    // A listener may have closed it, and then nothing more is told.
    if (first && this.#outcome === undefined) this.#kind.opened(this.#stream, opened);
  }

  /** @param {Retry} retry */
  retry(retry) {
    this.#readyState = CONNECTING;
    if (this.#response === undefined && this.#stream.listenerCount('retry') === 0) {
      warnOfServer(this.handle.displayUrl, retry);
    }
    this.emit('retry', retry);
    if (this.#notices) this.flow.arrive(noticing().retryNotice(retry));
  }

  /** @param {Closed} closed */
  end({ reason, error }) {
    const info = /** @type {CloseInfo} */ (error ? { reason, error } : { reason });
    this.#kind.closing(this.#stream);
    this.flow.end(() => this.#over(info, error ? { error } : undefined));
  }

  #aborted() {
    // A signal that was made before signals had reasons has none.
    const { reason = new DOMException('This operation was aborted', 'AbortError') } =
      /** @type {AbortSignal} */ (this.#signal);
    this.#stop('aborted', { error: reason });
  }

  /**
   * Ends it from this side: what has arrived is dropped.
   *
   * @param {'closed' | 'aborted'} reason
   * @param {Outcome['rejection']} rejection
   */
  #stop(reason, rejection) {
    this.handle.close(reason);
    // Also when it is over already: leaving the loop gives up what the iterator has not taken.
    this.flow.stop();
    if (this.#outcome !== undefined) return;
    this.handle.runInAsyncScope(this.#over, this, { reason }, rejection);
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
    this.keep();
    this.#kind.ending(this.#stream, outcome);
    this.flow.finish(rejection);
    this.#promises.end(outcome);
    if (info.error) this.#fail(info.error);
    this.emit('close', info);
  }

  /** @param {SSEError} error */
  #fail(error) {
    const stream = this.#stream;
    // As on every emitter of Node, it hears of errors, and does not handle them.
    this.emit(errorMonitor, error);
    if (stream.listenerCount('error') > 0) {
      this.emit('error', error);
      return;
    }
    const watched = this.#promises.awaited || this.flow.claimed;
    if (watched || stream.listenerCount('close') > 0) return;
    warnUnwatched(error);
  }
}

module.exports = { Lifecycle };
