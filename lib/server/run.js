'use strict';

const { inspect } = require('node:util');
const { SSEStateError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');
const { OVER } = require('../core/stream-kind.js');

const dispatching = lazy(() => require('../core/dispatcher.js'));
const inspecting = lazy(() => require('../core/inspection.js'));
const closing = lazy(() => require('../stream/closing-iterator.js'));
const normalizing = lazy(() => require('../options/relay.js'));
const checks = lazy(() => require('../options/checks.js'));
const piping = lazy(() => require('./pipe.js'));
const cursors = lazy(() => require('./cursor.js'));
const errors = lazy(() => require('./run-error.js'));
const iterating = lazy(() => require('./run-iteration.js'));
const responding = lazy(() => require('./run-response.js'));
const uiMessages = lazy(() => require('./ui-messages.js'));

/**
 * @typedef {import('../../index.js').RunClosed} RunClosed
 * @typedef {import('./run-reader.js').RunEnd} RunEnd
 * @typedef {InstanceType<typeof import('./run-iteration.js').RunIteration<any>>} RunIterator
 */

/** See `Run` in index.d.ts. */
class Run {
  #native;
  #id;
  #heartbeat;
  #role;
  /** @type {import('./run-source.js').Source | undefined} */
  #source;
  /** @type {Promise<RunClosed> | undefined} */
  #closed;

  /**
   * @param {string} id
   * @param {import('../../binding.js').NativeRun} native
   * @param {number | null} heartbeat of the relay
   */
  constructor(id, native, heartbeat) {
    this.#id = id;
    this.#native = native;
    this.#heartbeat = heartbeat;
    this.#role = /** @type {'producer' | 'reader'} */ (native.produces ? 'producer' : 'reader');
  }

  /** @param {import('./run-source.js').Source} source */
  set source(source) {
    this.#source = source;
  }

  get id() {
    return this.#id;
  }

  get role() {
    return this.#role;
  }

  get closed() {
    this.#closed ??= this.#watch();
    return this.#closed;
  }

  snapshot() {
    const json = this.#native.snapshot();
    if (json === null) return undefined;
    const { revision, ...answer } = JSON.parse(json);
    return answer;
  }

  /**
   * @param {any} [request]
   * @param {import('../../index.js').RunOutputOptions} [options]
   */
  async toResponse(request, options) {
    const { fromStart, format, ...reading } = normalizing().normalizeRead(options, this.#heartbeat);
    if (request !== undefined && typeof request?.headers?.get !== 'function') {
      throw checks().wrong('request', 'a Request', request);
    }
    const { raw } = this.#native;
    if (request?.method === 'HEAD')
      return new Response(null, { headers: responding().headersOf(raw) });
    const cursor = fromStart || request === undefined ? undefined : cursors().cursorOf(request);
    const native = this.#read(cursor, false, reading);
    const response = responding().response({ native, raw }, request?.signal);
    return format === 'ai-sdk' ? uiMessages().uiMessageResponse(response) : response;
  }

  /**
   * @param {any} request
   * @param {import('node:http').ServerResponse} destination
   * @param {import('../../index.js').RunOutputOptions} [options]
   */
  async pipe(request, destination, options) {
    const { fromStart, format, ...reading } = normalizing().normalizeRead(options, this.#heartbeat);
    if (typeof request?.headers !== 'object' || request.headers === null) {
      throw checks().wrong('request', 'the request that is answered', request);
    }
    piping().checkDestination(destination);
    if (typeof destination.writeHead !== 'function') {
      throw checks().wrong('response', 'the response of a server', destination);
    }
    if (destination.headersSent) {
      const message = 'the head of the response is sent already; a run writes its own';
      throw new SSEStateError(message, { code: 'ERR_SSE_CLOSED' });
    }
    const { raw } = this.#native;
    if (request.method === 'HEAD') {
      destination.writeHead(200, responding().headersOf(raw)).end();
      return;
    }
    const cursor = fromStart ? undefined : cursors().cursorOf(request);
    const native = this.#read(cursor, false, reading);
    if (format === 'events') return responding().pipe({ native, raw }, destination);
    const response = responding().response({ native, raw }, undefined);
    return piping().pipeResponse(uiMessages().uiMessageResponse(response), destination);
  }

  [Symbol.asyncIterator]() {
    /** @type {RunIterator | undefined} */
    let iteration;
    const items = this.#items(() => {
      const native = this.#read(undefined, true, { heartbeat: null, notices: false });
      iteration = native === null ? undefined : new (iterating().RunIteration)(native);
      return iteration;
    });
    return closing().closingIterator(
      () => items.next(),
      () => {
        // What waits for an item is told first: the generator goes on only then.
        iteration?.close();
        items.return(undefined);
      },
    );
  }

  /**
   * @param {() => RunIterator | undefined} begin
   * @returns {AsyncGenerator<any, undefined>}
   */
  async *#items(begin) {
    const iteration = begin();
    if (iteration === undefined) return undefined;
    try {
      for (;;) {
        const item = await iteration.next();
        if (item === undefined) break;
        yield item;
      }
      const error = this.#error(iteration.end);
      if (error) throw error;
      return undefined;
    } finally {
      iteration.close();
    }
  }

  /** @param {Parameters<import('../core/inspection.js').Inspect>} how */
  [inspect.custom](...how) {
    return inspecting().inspection(this, () => ({ id: this.#id, role: this.#role }), how);
  }

  /**
   * @param {string | undefined} cursor
   * @param {boolean} events
   * @param {{ heartbeat: number | null, notices: boolean }} reading
   */
  #read(cursor, events, { heartbeat, notices }) {
    return this.#native.read(cursor ?? null, events, heartbeat, notices);
  }

  /** @returns {Promise<RunClosed>} */
  #watch() {
    const id = this.#native.watch();
    return new Promise((resolve) => {
      dispatching().dispatcher.ref();
      dispatching().dispatcher.deliver(id, {
        kind: OVER,
        stream: undefined,
        lastEventId: '',
        notice: (json) => {
          dispatching().dispatcher.forget(id);
          dispatching().dispatcher.unref();
          /** @type {RunEnd} */
          const end = JSON.parse(json);
          const error = this.#error(end);
          resolve(error ? { status: end.status, error } : { status: end.status });
        },
      });
    });
  }

  /** @param {RunEnd | undefined} end */
  #error(end) {
    return errors().runError(end, this.#source?.cause?.());
  }
}

module.exports = loadedClasses({ Run });
