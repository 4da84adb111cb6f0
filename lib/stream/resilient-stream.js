'use strict';

const { inspect } = require('node:util');
const { lazy } = require('../core/lazy.js');
const { streamKind } = require('../core/stream-kind.js');
const { addReadyStates } = require('./ready-state.js');
const { WatchedEmitter } = require('./watched-emitter.js');

const lifecycle = lazy(() => require('./lifecycle.js'));
const closing = lazy(() => require('./closing-iterator.js'));
const inspecting = lazy(() => require('../core/inspection.js'));
const values = lazy(() => require('../core/http-values.js'));
const outputs = lazy(() => require('../server/outputs.js'));
const piping = lazy(() => require('../server/pipe.js'));

/**
 * @typedef {InstanceType<typeof import('./lifecycle.js').Lifecycle<any, any>>} AnyLifecycle
 */

/** @type {(stream: ResilientStream) => AnyLifecycle} */
let lifecycleOf;

/** What users find on every stream of the core; see `EventStream` and `ChatStream` in index.d.ts. */
class ResilientStream extends WatchedEmitter {
  /** @type {AnyLifecycle} */
  #lifecycle;

  static {
    lifecycleOf = (stream) => stream.#lifecycle;
  }

  /**
   * @param {import('../options/connect.js').Normalized} normalized
   * @param {import('../core/stream-kind.js').StreamKind<any, any>} kind
   */
  constructor(normalized, kind) {
    super(recount);
    const { Lifecycle } = lifecycle();
    this.#lifecycle = new Lifecycle(this, normalized, kind);
  }

  get readyState() {
    return this.#lifecycle.readyState;
  }

  get url() {
    return this.#lifecycle.url;
  }

  get status() {
    return this.#lifecycle.response?.status;
  }

  get headers() {
    return this.#lifecycle.response?.headers;
  }

  get stats() {
    const { state, attempt, delay, ...stats } = this.#lifecycle.handle.stats();
    return stats;
  }

  get retryState() {
    const { state, attempt, delay } = this.#lifecycle.handle.stats();
    return { state, attempt, delay };
  }

  get opened() {
    return this.#lifecycle.opened;
  }

  get closed() {
    return this.#lifecycle.closed;
  }

  close() {
    this.#lifecycle.close();
  }

  resetRetries() {
    this.#lifecycle.handle.resetRetries();
  }

  reconnect() {
    this.#lifecycle.reconnect();
  }

  pause() {
    this.#lifecycle.flow.pause(true);
    return this;
  }

  resume() {
    this.#lifecycle.flow.pause(false);
    return this;
  }

  isPaused() {
    return this.#lifecycle.flow.isPaused;
  }

  ref() {
    this.#lifecycle.handle.ref();
    return this;
  }

  unref() {
    this.#lifecycle.handle.unref();
    return this;
  }

  [Symbol.asyncIterator]() {
    return closing().closingIterator(this.#lifecycle.claim(), () => this.close());
  }

  /** @param {Parameters<import('../core/inspection.js').Inspect>} how */
  [inspect.custom](...how) {
    const members = () => {
      const { handle, url } = this.#lifecycle;
      const { state, attempt, delay, ...stats } = handle.stats();
      const { counts } = inspecting();
      return { url: values().redactUrl(url) || handle.displayUrl, state, ...counts(stats) };
    };
    return inspecting().inspection(this, members, how);
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }

  /** @param {import('../../index.js').OutputOptions} [options] */
  toReadableStream(options) {
    const { normalize, toReadableStream } = outputs();
    const { heartbeat } = normalize(options, ['heartbeat']);
    return toReadableStream(this.#lifecycle.source(heartbeat));
  }

  /** @param {[options?: unknown] | [request: unknown, options?: unknown]} given */
  async toResponse(...given) {
    const { normalizeResponse, toResponse } = outputs();
    const { heartbeat, notices, ...how } = normalizeResponse(given);
    return toResponse(this.#lifecycle.source(heartbeat, notices), how);
  }

  /**
   * @param {import('node:stream').Writable} destination
   * @param {import('../../index.js').ToResponseOptions} [options]
   */
  async pipe(destination, options) {
    const { checkDestination, pipe, pipeResponse } = piping();
    const { heartbeat, within, notices, format } = outputs().normalize(options);
    checkDestination(destination);
    const source = this.#lifecycle.source(heartbeat, notices);
    if (format === 'events') return pipe(source, destination, within);
    const method = /** @type {any} */ (destination).req?.method;
    return pipeResponse(
      await outputs().toResponse(source, { method, within, format }),
      destination,
    );
  }
}

/**
 * The table of a kind, which need not care how a stream opens, retries and closes.
 *
 * @template {ResilientStream} Stream
 * @template Item
 * @param {Partial<import('../core/stream-kind.js').StreamKind<Stream, Item>>} own
 * @returns {import('../core/stream-kind.js').StreamKind<Stream, Item>}
 */
function resilientKind(own) {
  return streamKind({
    ...own,
    open: (stream, opened) => lifecycleOf(stream).open(opened),
    attempt: (stream, attempt) => lifecycleOf(stream).emit('attempt', attempt),
    retry: (stream, retry) => lifecycleOf(stream).retry(retry),
    close: (stream, closed) => lifecycleOf(stream).end(closed),
  });
}

/** @param {ResilientStream} stream whose listeners have changed */
function recount(stream) {
  lifecycleOf(stream).count();
}

addReadyStates(ResilientStream);

module.exports = { ResilientStream, lifecycleOf, resilientKind };
