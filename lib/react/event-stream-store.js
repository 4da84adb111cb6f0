'use strict';

const { Connection } = require('./connection.js');
const { Flushing } = require('./flushing.js');
const { adopt, discard, release } = require('./lingering.js');

/** How many of the newest events a hook gives. */
const KEPT = 100;

/** @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent */

/** Options of the hook itself; the others are those of `connect`. */
const OF_THE_HOOK = [
  ...['enabled', 'events', 'initial', 'onError', 'onEvent', 'reduce', 'select', 'throttle'],
];

/** @param {ServerSentEvent} event */
function parsed({ data }) {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/**
 * Whether an event is the caller's, without `events` every one.
 *
 * @param {readonly string[] | undefined} events
 * @param {string} name
 */
const isWanted = (events, name) => events === undefined || events.includes(name);

/** What a component shows of a stream: immutable snapshots, renewed at most once a frame. */
class EventStreamStore {
  /** The newest options, functions included. */
  /** @type {any} */
  options = {};
  /** @type {InstanceType<typeof Connection> | undefined} */
  #connection;
  #key = '';
  /** @type {(() => void) | undefined} */
  #listener;
  #closedByUser = false;
  #data;
  #initial;
  /** @type {readonly ServerSentEvent[]} */
  #events = [];
  /** @type {ServerSentEvent[]} */
  #fresh = [];
  #flushing = new Flushing(() => this.#flush());
  #snapshot;

  /** @param {unknown} initial */
  constructor(initial) {
    this.#initial = initial;
    this.#data = initial;
    this.#snapshot = this.#take();
    this.serverSnapshot = this.#snapshot;
  }

  getSnapshot = () => this.#snapshot;

  getServerSnapshot = () => this.serverSnapshot;

  /**
   * A function that subscribes to the stream of a key, for `useSyncExternalStore`.
   *
   * @param {string} key
   * @param {string | URL | null} url
   */
  subscription(key, url) {
    return (/** @type {() => void} */ listener) => {
      if (key !== this.#key) this.#change(key);
      this.#listener = listener;
      // A microtask later: what React mounts, unmounts and mounts again opens one.
      if (url !== null) queueMicrotask(() => this.#listener === listener && this.#open(url));
      else this.#changed();
      return () => {
        this.#listener = undefined;
        this.#flushing.cancel();
        if (this.#connection?.sink === undefined) return;
        this.#connection.sink = undefined;
        release(key, this.#connection);
      };
    };
  }

  reconnect = () => {
    const connection = this.#connection;
    this.#closedByUser = false;
    if (
      connection !== undefined &&
      connection.status !== 'closed' &&
      connection.status !== 'error'
    ) {
      connection.reconnect();
      return;
    }
    if (connection !== undefined) connection.sink = undefined;
    this.#reopen();
  };

  close = () => {
    this.#closedByUser = true;
    this.#connection?.close();
  };

  #reopen = () => {};

  /** @param {string} key of another stream than before */
  #change(key) {
    // One hook has one stream: the old one does not wait for a task.
    discard(this.#key, this.#connection);
    this.#connection?.close();
    this.#key = key;
    this.#connection = undefined;
    this.#closedByUser = false;
    this.#data = this.#initial;
    this.#events = [];
    this.#fresh = [];
  }

  /** @param {string | URL} url */
  #open(url) {
    const own = this.#connection;
    this.#reopen = () => this.#listener && this.#open(url);
    if (this.#closedByUser) return;
    const sink = this.#sink();
    if (own?.sink !== undefined) return;
    const connection = adopt(this.#key, own) ?? new Connection(url, this.#given(own), sink);
    connection.sink = sink;
    this.#connection = connection;
    this.#changed();
  }

  /** @param {InstanceType<typeof Connection> | undefined} before after which it goes on */
  #given(before) {
    const entries = Object.entries(this.options);
    const given = Object.fromEntries(entries.filter(([name]) => !OF_THE_HOOK.includes(name)));
    return before?.lastEventId ? { ...given, lastEventId: before.lastEventId } : given;
  }

  #sink() {
    const store = this;
    return {
      get options() {
        return store.options;
      },
      event: (/** @type {ServerSentEvent} */ event) => this.#event(event),
      changed: () => this.#changed(),
      failed: (/** @type {any} */ error) => this.options.onError?.(error),
    };
  }

  /** @param {ServerSentEvent} event */
  #event(event) {
    const { events, onEvent, reduce, select = parsed, throttle = 'frame' } = this.options;
    if (!isWanted(events, event.event)) return;
    this.#fresh.push(event);
    if (this.#fresh.length > KEPT) this.#fresh.shift();
    this.#data = reduce === undefined ? select(event) : reduce(this.#data, event);
    this.#flushing.soon(throttle);
    onEvent?.(event);
  }

  #changed() {
    this.#flushing.now();
  }

  #flush() {
    if (this.#fresh.length > 0) {
      this.#events = [...this.#events, ...this.#fresh].slice(-KEPT);
      this.#fresh = [];
    }
    this.#snapshot = this.#take();
    this.#listener?.();
  }

  #take() {
    const {
      attempt = 0,
      error = null,
      lastEventId = '',
      nextRetryAt = null,
    } = this.#connection ?? {};
    const status = this.#connection?.status ?? 'idle';
    return Object.freeze({
      data: this.#data,
      events: this.#events,
      ...{ status, attempt, nextRetryAt, lastEventId, error },
    });
  }
}

module.exports = { EventStreamStore, OF_THE_HOOK };
