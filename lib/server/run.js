'use strict';

const { inspect } = require('node:util');
const { dispatcher } = require('../core/dispatcher.js');
const { SSEStateError } = require('../core/errors.js');
const { inspection } = require('../core/inspection.js');
const { OVER } = require('../core/stream-kind.js');
const { closingIterator } = require('../stream/closing-iterator.js');
const { normalizeRead } = require('../options/relay.js');
const { checkDestination } = require('./pipe.js');
const { cursorOf } = require('./cursor.js');
const { runError } = require('./run-error.js');
const { RunIteration } = require('./run-iteration.js');
const { headersOf, pipe, response } = require('./run-response.js');
const check = require('../options/checks.js');

/**
 * @typedef {import('../../index.js').RunClosed} RunClosed
 * @typedef {import('./run-reader.js').RunEnd} RunEnd
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
    const { fromStart, ...reading } = normalizeRead(options, this.#heartbeat);
    if (request !== undefined && typeof request?.headers?.get !== 'function') {
      throw check.wrong('request', 'a Request', request);
    }
    const { raw } = this.#native;
    if (request?.method === 'HEAD') return new Response(null, { headers: headersOf(raw) });
    const cursor = fromStart || request === undefined ? undefined : cursorOf(request);
    return response({ native: this.#read(cursor, false, reading), raw }, request?.signal);
  }

  /**
   * @param {any} request
   * @param {import('node:http').ServerResponse} destination
   * @param {import('../../index.js').RunOutputOptions} [options]
   */
  async pipe(request, destination, options) {
    const { fromStart, ...reading } = normalizeRead(options, this.#heartbeat);
    if (typeof request?.headers !== 'object' || request.headers === null) {
      throw check.wrong('request', 'the request that is answered', request);
    }
    checkDestination(destination);
    if (typeof destination.writeHead !== 'function') {
      throw check.wrong('response', 'the response of a server', destination);
    }
    if (destination.headersSent) {
      const message = 'the head of the response is sent already; a run writes its own';
      throw new SSEStateError(message, { code: 'ERR_SSE_CLOSED' });
    }
    const { raw } = this.#native;
    if (request.method === 'HEAD') {
      destination.writeHead(200, headersOf(raw)).end();
      return;
    }
    const cursor = fromStart ? undefined : cursorOf(request);
    await pipe({ native: this.#read(cursor, false, reading), raw }, destination);
  }

  [Symbol.asyncIterator]() {
    /** @type {InstanceType<typeof RunIteration<any>> | undefined} */
    let iteration;
    const items = this.#items(() => {
      const native = this.#read(undefined, true, { heartbeat: null, notices: false });
      iteration = native === null ? undefined : new RunIteration(native);
      return iteration;
    });
    return closingIterator(
      () => items.next(),
      () => {
        // What waits for an item is told first: the generator goes on only then.
        iteration?.close();
        items.return(undefined);
      },
    );
  }

  /**
   * @param {() => InstanceType<typeof RunIteration<any>> | undefined} begin
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
    return inspection(this, () => ({ id: this.#id, role: this.#role }), how);
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
      dispatcher.ref();
      dispatcher.deliver(id, {
        kind: OVER,
        stream: undefined,
        lastEventId: '',
        notice: (json) => {
          dispatcher.forget(id);
          dispatcher.unref();
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
    return runError(end, this.#source?.cause?.());
  }
}

module.exports = { Run };
