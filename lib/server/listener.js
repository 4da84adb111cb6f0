'use strict';

const { AsyncResource } = require('node:async_hooks');
const { inspect } = require('node:util');
const { dispatcher } = require('../core/dispatcher.js');
const { SSECallbackError, SSEOptionError, SSEStateError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');

const { OVER } = require('../core/stream-kind.js');
const { normalizeCertificate, normalizeCloseListener } = require('../options/listen.js');
const { Client } = require('./hub-client.js');
const { ListenerSink } = require('./listener-sink.js');
const { ListenerRequest } = require('./listener-request.js');

const inspecting = lazy(() => require('../core/inspection.js'));

/**
 * @typedef {import('../options/listen.js').NormalizedListen} NormalizedListen
 * @typedef {InstanceType<typeof import('./hub-clients.js').HubClients>} HubClients
 * @typedef {InstanceType<typeof import('./door.js').Door>} Door
 * @typedef {import('../../binding.js').NativeListener} NativeListener
 */

/** See `Listener` in index.d.ts. */
class Listener {
  #native;
  #clients;
  #door;
  #metrics;
  /** Questions of the core that are open, with what was said where that makes a client. */
  /** @type {Map<number, Awaited<ReturnType<Door['judge']>> | undefined>} */
  #judged = new Map();
  /** @type {{ address: string, port: number } | undefined} */
  #events;
  /** @type {{ address: string, port: number } | undefined} */
  #operators;
  #closed = false;
  /** @type {Promise<void> | undefined} */
  #closing;
  /** @type {() => void} */
  #settle = () => {};
  #context = new AsyncResource('perennial-sse:listener');

  /**
   * @param {HubClients} clients
   * @param {NativeListener} native
   * @param {Door} door who is let in
   * @param {() => string} metrics
   */
  constructor(clients, native, door, metrics) {
    this.#clients = clients;
    this.#native = native;
    this.#door = door;
    this.#metrics = metrics;
  }

  /**
   * Resolves once a listener listens.
   *
   * @param {Listener} listener
   * @returns {Promise<Listener>}
   */
  static opened(listener) {
    const native = listener.#native;
    dispatcher.ref();
    return new Promise((resolve, reject) => {
      dispatcher.deliver(native.id, {
        kind: OVER,
        stream: undefined,
        lastEventId: '',
        notice: (json) => {
          const notice = JSON.parse(json);
          if (notice.type === 'listening') {
            listener.#events = notice.events ?? undefined;
            listener.#operators = notice.metrics ?? undefined;
            resolve(listener);
          } else if (notice.type === 'failed') {
            listener.#over();
            reject(failure(notice));
          } else {
            listener.#notice(notice);
          }
        },
      });
    });
  }

  get address() {
    return this.#events?.address;
  }

  get port() {
    return this.#events?.port;
  }

  get metrics() {
    return this.#operators;
  }

  /** @param {unknown} certificate */
  setSecureContext(certificate) {
    const { cert, key } = normalizeCertificate(certificate);
    try {
      this.#native.setCertificate(cert, key);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
    }
  }

  /** @param {unknown} [options] */
  async close(options) {
    const { deadline } = normalizeCloseListener(options);
    if (this.#closed) return;
    this.#closing ??= new Promise((resolve) => {
      this.#settle = () => resolve(undefined);
      this.#native.close(deadline);
    });
    await this.#closing;
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  /**
   * The core has admitted a client.
   *
   * @param {{ number: number, id: string, user: string | null, question: number | null }} told
   */
  admitted({ number, id, user, question }) {
    const judged = question === null ? undefined : this.#judged.get(question);
    if (question !== null) this.#judged.delete(question);
    const sink = new ListenerSink(this.#native);
    const client = new Client(this.#clients, sink, { user, data: judged?.data }, id);
    this.#clients.add(sink, number, client);
    this.#clients.begun(sink);
    judged?.session?.holdBy(client).catch((error) => this.#clients.failed(error));
  }

  /** @param {any} notice */
  #notice({ type, number, ...told }) {
    if (type === 'closed') {
      this.#over();
      this.#settle();
    } else if (type === 'over') {
      this.#judged.delete(number);
    } else if (type === 'metrics') {
      this.#reply(number, { type: 'text', text: this.#metrics() });
    } else if (type === 'late') {
      const message = 'authorize has not replied in time: the client is to come back';
      this.#clients.failed(new SSECallbackError(message, { code: 'ERR_SSE_CALLBACK' }));
    } else {
      const request = new ListenerRequest(told);
      this.#context.runInAsyncScope(() => this.#judge(type, number, request));
    }
  }

  /**
   * @param {'authorize' | 'origin'} type
   * @param {number} number
   * @param {InstanceType<typeof ListenerRequest>} request
   */
  async #judge(type, number, request) {
    if (type === 'origin') {
      this.#reply(number, { type: 'later', origin: this.#door.origin(request) });
      return;
    }
    this.#judged.set(number, undefined);
    const judged = await this.#door.judge(request);
    // The core gives up one that is late: it asks no more.
    if (!this.#judged.has(number)) return;
    this.#judged.set(number, judged);
    try {
      this.#reply(number, judged.verdict);
    } catch (cause) {
      const message = 'authorize returned what cannot be used';
      this.#clients.failed(new SSECallbackError(message, { code: 'ERR_SSE_CALLBACK', cause }));
      this.#reply(number, { type: 'later' });
    }
  }

  /**
   * @param {number} number
   * @param {object} verdict
   */
  #reply(number, verdict) {
    this.#native.reply(number, JSON.stringify(verdict));
  }

  #over() {
    this.#closed = true;
    this.#clients.unlisten(this.#native.id);
    dispatcher.forget(this.#native.id);
    dispatcher.unref();
  }

  /** @param {Parameters<import('../core/inspection.js').Inspect>} how */
  [inspect.custom](...how) {
    const { address, port } = this;
    const state = this.#closed ? 'closed' : 'listening';
    return inspecting().inspection(this, () => ({ address, port, state }), how);
  }
}

/** @param {{ kind: string, message: string }} told */
function failure({ kind, message }) {
  const cause = Object.assign(new Error(message), { code: kind });
  return new SSEStateError(`the hub cannot listen (${kind}): ${message}; ${advice(kind)}`, {
    code: 'ERR_SSE_LISTEN',
    cause,
  });
}

/** @param {string} kind */
function advice(kind) {
  if (kind === 'EADDRINUSE')
    return 'another process has this address: give another, or end that one';
  if (kind === 'EACCES')
    return 'choose a port above 1023, or give the process the right to this one';
  if (kind === 'ENOENT') return 'the folder of socketPath must exist';
  return 'give an address of this machine';
}

module.exports = { Listener };
