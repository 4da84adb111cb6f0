'use strict';

const { alarmClock } = require('../core/alarm-clock.js');
const { dispatcher } = require('../core/dispatcher.js');
const { publishClient } = require('../core/diagnostics.js');
const { lazy } = require('../core/lazy.js');
const { OVER } = require('../core/stream-kind.js');
const { tell } = require('./context-emitter.js');
const { LocalHub } = require('./local-hub.js');

const remote = lazy(() => require('./remote-hub.js'));
const warnings = lazy(() => require('../stream/warnings.js'));

/**
 * @typedef {InstanceType<typeof import('./client-sink.js').ClientSink>} ClientSink
 * @typedef {InstanceType<typeof import('./context-emitter.js').ContextEmitter>} ContextEmitter
 * @typedef {import('../../binding.js').NativeHub} NativeHub
 * @typedef {InstanceType<typeof import('./listener.js').Listener>} Listener
 */

/** How often it is looked whether the clients of other threads are gone, in milliseconds. */
const LOOK = 20;

/** The clients of a hub in this environment, and what the core says of them. */
class HubClients {
  /** @type {Map<number, ClientSink>} */
  #sinks = new Map();
  #emitter;
  #name;
  /** Where clients come in by sockets of the core. */
  /** @type {Map<number, Listener>} */
  #listeners = new Map();
  /** Those that were told of their end, while their connections are open. */
  /** @type {Set<ClientSink>} */
  #ending = new Set();
  /** Those that lag, and are closed for that, while one of the two is yet to be heard. */
  /** @type {Map<number, ClientSink>} */
  #told = new Map();
  /** @type {(() => void) | undefined} */
  #whenEmpty;

  /**
   * @param {ContextEmitter} emitter
   * @param {NativeHub} native
   * @param {{ name: string, writeTimeout: number | null, events: Record<string, string> }} options
   */
  constructor(emitter, native, { name, writeTimeout, events }) {
    this.native = native;
    /** What concerns clients of other processes, too, if there are any. */
    this.remote = native.remote ? new (remote().RemoteHub)(native) : undefined;
    this.verbs = this.remote ?? new LocalHub(native);
    this.writeTimeout = writeTimeout;
    /** Names that events of callers must not have. */
    this.reserved = new Set(Object.values(events));
    this.#emitter = emitter;
    this.#name = name;
    dispatcher.deliver(native.id, {
      kind: OVER,
      stream: undefined,
      lastEventId: '',
      notice: (json) => this.#notice(JSON.parse(json)),
    });
  }

  /**
   * Its clients are of this hub.
   *
   * @param {number} number
   * @param {Listener} listener
   */
  listen(number, listener) {
    this.#listeners.set(number, listener);
  }

  /** @param {number} number of a listener that is closed */
  unlisten(number) {
    this.#listeners.delete(number);
  }

  /**
   * @param {ClientSink} sink
   * @param {number} number
   * @param {NonNullable<ClientSink['client']>} client
   */
  add(sink, number, client) {
    sink.client = client;
    this.#sinks.set(number, sink);
    sink.register(this, number);
  }

  /**
   * Forgets one whose response could not begin.
   *
   * @param {ClientSink} sink
   */
  drop(sink) {
    const { number } = sink;
    this.#sinks.delete(number);
    dispatcher.forget(number);
    this.native.leave(number);
    sink.clients = undefined;
    sink.over('left');
  }

  /**
   * Tells that a client is there, once it may be used.
   *
   * @param {ClientSink} sink
   */
  begun({ client }) {
    const { id, user } = /** @type {NonNullable<ClientSink['client']>} */ (client);
    publishClient('client', this.#name, id, () => ({ user }));
    tell(this.#emitter, 'connect', client);
  }

  /** @param {ClientSink} sink */
  ended(sink) {
    const { number, client, reason } = sink;
    this.#sinks.delete(number);
    if (!this.#told.delete(number) && reason === 'lag') this.#told.set(number, sink);
    const { id, user } = /** @type {NonNullable<ClientSink['client']>} */ (client);
    publishClient('clientEnd', this.#name, id, () => ({ user, reason }));
    tell(this.#emitter, 'disconnect', { client, reason });
    this.#look();
  }

  /** @param {readonly number[]} numbers */
  of(numbers) {
    return numbers.flatMap((number) => this.#sinks.get(number)?.client ?? []);
  }

  /**
   * Gives one of them a channel.
   *
   * @param {string} id
   * @param {string} channel
   * @returns {boolean}
   */
  subscribe(id, channel) {
    if (this.remote === undefined) return this.native.subscribe(id, channel);
    this.#failing(this.remote.join(id, channel));
    return true;
  }

  /**
   * Takes a channel from one of them.
   *
   * @param {string} id
   * @param {string} channel
   * @returns {boolean}
   */
  unsubscribe(id, channel) {
    if (this.remote === undefined) return this.native.unsubscribe(id, channel);
    this.#failing(this.remote.part(id, channel));
    return true;
  }

  /** @param {object} target of this process */
  disconnect(target) {
    this.native.disconnect(JSON.stringify(target));
  }

  /**
   * What failed that nobody waits for.
   *
   * @param {import('../../index.js').SSEError} error
   */
  failed(error) {
    if (this.#emitter.listenerCount('error') > 0) tell(this.#emitter, 'error', error);
    else warnings().warnOfHub(error);
  }

  /** @param {Promise<unknown>} work that nobody waits for */
  #failing(work) {
    work.catch((error) => this.failed(error));
  }

  /**
   * Lets all go; resolves when their connections are closed.
   *
   * @param {{ spread: number, deadline: number }} options
   * @returns {Promise<void>}
   */
  async close({ spread, deadline }) {
    const within = Math.min(spread, deadline / 2);
    this.native.close(JSON.stringify({ spread, within }));
    if (!this.#isEmpty) {
      await new Promise((resolve) => {
        const forget = alarmClock().set(deadline, () => this.#cut());
        this.#whenEmpty = () => {
          forget();
          resolve(undefined);
        };
      });
    }
    for (let waited = 0; waited < deadline && this.#isBusy; waited += LOOK) {
      await new Promise((resolve) => alarmClock().set(LOOK, () => resolve(undefined)));
    }
    await Promise.all(
      [...this.#listeners.values()].map((listener) => listener.close({ deadline })),
    );
    this.remote?.close();
    dispatcher.forget(this.native.id);
  }

  /** Whether the hub has clients, also those of other threads, or what was asked has no reply yet. */
  get #isBusy() {
    return JSON.parse(this.native.stats()).clients > 0 || Number(this.remote?.open) > 0;
  }

  get #isEmpty() {
    return this.#sinks.size === 0 && this.#ending.size === 0;
  }

  /** Their time is over. */
  #cut() {
    for (const sink of [...this.#sinks.values(), ...this.#ending]) {
      sink.over('shutdown');
      sink.end('shutdown', true);
    }
    this.#ending.clear();
    this.#look();
  }

  #look() {
    if (this.#isEmpty) this.#whenEmpty?.();
  }

  /**
   * It was told of its end, which its connection has yet to come to.
   *
   * @param {ClientSink} sink
   */
  ending(sink) {
    this.#ending.add(sink);
  }

  /** @param {ClientSink} sink whose connection is closed */
  settled(sink) {
    if (this.#ending.delete(sink)) this.#look();
  }

  /** @param {any} notice */
  #notice({ type, number, ...details }) {
    if (type === 'reply') {
      this.remote?.reply({ number, ...details });
      return;
    }
    if (type === 'client') {
      this.#listeners.get(details.listener)?.admitted({ number, ...details });
      return;
    }
    if (type === 'left') {
      this.#sinks.get(number)?.over(details.reason);
      return;
    }
    if (type === 'degraded') {
      const { degraded, reason } = details;
      tell(this.#emitter, type, degraded ? { degraded, reason } : { degraded });
      return;
    }
    const { client } = this.#sinks.get(number) ?? this.#told.get(number) ?? {};
    if (client === undefined) return;
    if (type === 'lag') this.#rendezvous(number, details.action === 'disconnect');
    tell(this.#emitter, type, { client, ...details });
  }

  /**
   * That a client lags, and that it is closed for that, come each in its own way: the first of the two waits for
   * the other.
   *
   * @param {number} number
   * @param {boolean} closes
   */
  #rendezvous(number, closes) {
    const sink = this.#sinks.get(number);
    if (sink === undefined || !closes) this.#told.delete(number);
    else this.#told.set(number, sink);
  }
}

module.exports = { HubClients };
