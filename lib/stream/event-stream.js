'use strict';

const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');
const { ResilientStream, lifecycleOf, resilientKind } = require('./resilient-stream.js');
const { callListener, callListeners } = require('./watched-emitter.js');

const normalizing = lazy(() => require('../options/connect.js'));
const encoding = lazy(() => require('../server/encode-event.js'));
const handles = lazy(() => require('../core/stream-handle.js'));
const warnings = lazy(() => require('./warnings.js'));

/**
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {import('../options/connect.js').Normalized} Normalized
 * @typedef {import('../../binding.js').NativeEventStream} NativeEventStream
 * @typedef {ServerSentEvent | Uint8Array} Item an event, or bytes of several in an encoded stream
 */

/**
 * After so many writes the object is renewed that holds the last id. V8 takes a note of each string
 * that is written into an object which has outlived two collections, and the note costs more than
 * making the string did.
 */
const RENEWAL = 256;

/** @param {string | symbol} name */
const isOneName = (name) => typeof name === 'string' && name.startsWith('event:');

/**
 * A run takes the events of the stream: they reach JavaScript only while something here wants them.
 *
 * @type {(stream: EventStream) => void}
 */
let relayEvents;

/** See `EventStream` in index.d.ts. */
class EventStream extends ResilientStream {
  static {
    relayEvents = (stream) => {
      stream.#relayed = true;
      stream.#lifecycle.count();
    };
  }

  /** @type {import('../core/stream-kind.js').StreamKind<EventStream, ServerSentEvent>} */
  static #kind = resilientKind({
    event(stream, event) {
      const listener = stream.#direct;
      if (listener === undefined) {
        stream.#flow.arrive(event);
        return;
      }
      if (event.id !== undefined) stream.#remember(event.id);
      callListener(stream, 'event', listener, event);
    },
    id: (stream, id) => stream.#id(id),
    bytes: (stream, bytes) => stream.#flow.arrive(bytes),
    comment: (stream, text) => stream.#comment(text),
    listen: (stream, names) => stream.#listen(names),
    direct: (stream, direct) => stream.#bypass(direct),
    deliver: (stream, event) => stream.#deliver(/** @type {ServerSentEvent} */ (event)),
    taken: (stream, item) => stream.#taken(item),
    encode: (event) => encoded(event),
  });

  /** The one listener, while each event goes to it and nowhere else as it comes. */
  /** @type {Function | undefined} */
  #direct;
  /** Where the last id delivered is, and ids that follow items which are not delivered yet. */
  #delivered = { lastEventId: '', writes: 0 };
  /** @type {Map<Item, string> | undefined} */
  #idsAfter;
  #lifecycle = lifecycleOf(this);
  /** @type {InstanceType<typeof import('./flow.js').Flow<EventStream, ServerSentEvent>>} */
  #flow = this.#lifecycle.flow;
  /** Whether events need not pass the flow. */
  #bypasses = false;
  #encodes = false;
  #relayed = false;
  /** Whether there are listeners for single names. */
  #named = false;
  /** Listeners for every event. */
  /** @type {readonly Function[]} */
  #listeners = [];

  /** @param {Normalized} normalized */
  constructor(normalized) {
    super(normalized, EventStream.#kind);
    this.#delivered.lastEventId = normalized.native.lastEventId;
  }

  get lastEventId() {
    return this.#delivered.lastEventId;
  }

  /** @param {(string | symbol)[]} names */
  #listen(names) {
    const { OF_EVENTS, warnOfName } = warnings();
    for (const name of names) warnOfName('EventStream', OF_EVENTS, name);
    this.#listeners = this.rawListeners('event');
    this.#named = names.some(isOneName);
    this.#bypass(this.#bypasses);
    const flowing = this.#named || this.#listeners.length > 0;
    // No listener needs the events one by one, so the core may encode them.
    const encodable = this.#lifecycle.encodes && !flowing && !names.includes('comment');
    this.#encode(encodable);
    if (this.#relayed) this.#mute(!flowing && !this.#flow.claimed);
    return flowing;
  }

  /** @param {boolean} encodes whether the core encodes events, for a response */
  #encode(encodes) {
    if (encodes === this.#encodes) return;
    this.#encodes = encodes;
    const { closed, native } = this.#lifecycle.handle;
    if (!closed) /** @type {NativeEventStream} */ (native).encode(encodes);
  }

  /** @param {boolean} mutes whether events pass JavaScript by */
  #mute(mutes) {
    const { closed, native } = this.#lifecycle.handle;
    if (!closed) /** @type {NativeEventStream} */ (native).mute(mutes);
  }

  /** @param {boolean} bypasses whether events need not pass the flow */
  #bypass(bypasses) {
    this.#bypasses = bypasses;
    const alone = bypasses && !this.#named && this.#listeners.length === 1;
    this.#direct = alone ? this.#listeners[0] : undefined;
  }

  /** @param {string} id that came without an event */
  #id(id) {
    const { waiting } = this.#flow;
    if (waiting === undefined) {
      this.#delivered.lastEventId = id;
      return;
    }
    this.#idsAfter ??= new Map();
    this.#idsAfter.set(waiting, id);
  }

  /** @param {string} text */
  #comment(text) {
    this.#lifecycle.emit('comment', text);
    if (this.#lifecycle.encodes) this.#flow.arrive(encoded({ comment: text }));
  }

  /** @param {ServerSentEvent} event */
  #deliver(event) {
    const flow = this.#flow;
    // A consumer that iterates sets the pace, and has it later.
    if (!flow.claimed) this.#taken(event);
    callListeners(this, 'event', this.#listeners, event, flow);
    if (!this.#named) return;
    const name = `event:${event.event}`;
    callListeners(this, name, this.rawListeners(name), event, flow);
  }

  /** @param {Item} item */
  #taken(item) {
    // One without an id has the last one's.
    if (!(item instanceof Uint8Array) && item.id !== undefined) this.#remember(item.id);
    if (this.#idsAfter === undefined) return;
    const id = this.#idsAfter.get(item);
    if (id !== undefined) this.#remember(id);
    this.#idsAfter.delete(item);
  }

  /** @param {string} lastEventId */
  #remember(lastEventId) {
    let delivered = this.#delivered;
    if (delivered.writes === RENEWAL) {
      delivered = { lastEventId, writes: 0 };
      this.#delivered = delivered;
    }
    delivered.writes++;
    delivered.lastEventId = lastEventId;
  }
}

/** @param {import('../../index.js').OutgoingEvent} event */
const encoded = (event) => Buffer.from(encoding().encodeEvent(event));

/**
 * See `connect` in index.d.ts.
 *
 * @param {unknown} url
 * @param {unknown} [options]
 */
function connect(url, options) {
  return new EventStream(normalizing().normalizeConnect(url, options));
}

/**
 * A stream that is always held, as `EventSource` needs it.
 *
 * @template Stream
 * @param {Normalized} normalized
 * @param {import('../core/stream-kind.js').StreamKind<Stream, any>} kind
 * @param {Stream} stream
 */
function openStream(normalized, kind, stream) {
  const { StreamHandle } = handles();
  const handle = new StreamHandle(normalized, kind, stream);
  handle.hold();
  return handle;
}

module.exports = { ...loadedClasses({ EventStream }), connect, openStream, relayEvents };
