'use strict';

const { encodeEvent } = require('../server/encode-event.js');
const { normalizeConnect } = require('../options/connect.js');
const { ResilientStream, lifecycleOf, wholeKind } = require('./resilient-stream.js');
const { FORM, StreamHandle } = require('../core/stream-handle.js');
const { OF_EVENTS, warnOfName } = require('./warnings.js');
const { callListener, callListeners } = require('./watched-emitter.js');

/**
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {import('../options/connect.js').Normalized} Normalized
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

/** See `EventStream` in index.d.ts. */
class EventStream extends ResilientStream {
  /** @type {import('./lifecycle.js').WholeKind<EventStream, ServerSentEvent>} */
  static #kind = wholeKind({
    onEvent: (stream, event) => stream.#flow.arrive(event),
    onId: (stream, id) => stream.#id(id),
    onBytes: (stream, bytes) => stream.#flow.arrive(bytes),
    onComment: (stream, text) => stream.#comment(text),
    listen: (stream, names) => stream.#listen(names),
    deliver: (stream, event) => stream.#deliver(/** @type {ServerSentEvent} */ (event)),
    taken: (stream, item) => stream.#taken(item),
    encode: (event) => Buffer.from(encodeEvent(event)),
  });

  #lifecycle = lifecycleOf(this);
  /** Its flow: one step less for every event. */
  /** @type {InstanceType<typeof import('./flow.js').Flow<EventStream, ServerSentEvent>>} */
  #flow = this.#lifecycle.flow;
  /** The listener for every event, if there is just one. */
  /** @type {Function | undefined} */
  #only;
  /** Whether there are listeners for single names. */
  #named = false;
  /** Listeners for every event. */
  /** @type {readonly Function[]} */
  #listeners = [];

  /** Where the last id delivered is, and ids that follow items which are not delivered yet. */
  #delivered = { lastEventId: '', writes: 0 };
  /** @type {Map<Item, string> | undefined} */
  #idsAfter;

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
    for (const name of names) warnOfName('EventStream', OF_EVENTS, name);
    this.#listeners = this.rawListeners('event');
    this.#only = this.#listeners.length === 1 ? this.#listeners[0] : undefined;
    this.#named = names.some(isOneName);
    const flowing = this.#named || this.#listeners.length > 0;
    // No listener needs the events one by one, so the core may encode them.
    const encodable = this.#lifecycle.encodes && !flowing && !names.includes('comment');
    this.#lifecycle.handle.form(encodable ? FORM.bytes : FORM.records);
    return flowing;
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
    if (this.#lifecycle.encodes) this.#flow.arrive(Buffer.from(encodeEvent({ comment: text })));
  }

  /** @param {ServerSentEvent} event */
  #deliver(event) {
    const flow = this.#flow;
    // A consumer that iterates sets the pace, and has it later.
    if (!flow.claimed) this.#taken(event);
    if (this.#only === undefined) callListeners(this, 'event', this.#listeners, event, flow);
    else callListener(this, 'event', this.#only, event);
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
 * @template Owner
 * @param {Normalized} normalized
 * @param {import('../core/stream-handle.js').Sink<Owner>} sink
 * @param {Owner} owner
 */
function openStream(normalized, sink, owner) {
  const handle = new StreamHandle(normalized, sink, owner);
  handle.hold();
  return handle;
}

module.exports = { EventStream, connect, openStream };
