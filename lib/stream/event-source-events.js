'use strict';

/**
 * Options that make Node's `Event` constructor set `isTrusted`. The key is a symbol private to
 * Node, but the constructor reads it from whatever it is given; should a version stop doing so,
 * events are merely untrusted.
 *
 * @type {Record<PropertyKey, boolean>}
 */
const TRUSTED = trustedInit();

function trustedInit() {
  /** @type {Record<PropertyKey, boolean>} */
  const init = {};
  const recorder = new Proxy(init, {
    get(_target, key) {
      if (typeof key === 'symbol' && key.description === 'kTrustEvent') init[key] = true;
      return undefined;
    },
  });
  new Event('probe', recorder);
  return init;
}

/**
 * What every message shares; frozen, as Web IDL has it for `FrozenArray`.
 *
 * @type {readonly []}
 */
const NO_PORTS = Object.freeze([]);

/**
 * A message of the server. It is a `MessageEvent` by its prototype: Node's own constructor of
 * that name makes untrusted events only.
 */
class ServerMessage extends Event {
  #data;
  #origin;
  #lastEventId;

  /**
   * @param {string} type
   * @param {string} data
   * @param {string} origin
   * @param {string} lastEventId
   */
  constructor(type, data, origin, lastEventId) {
    super(type, TRUSTED);
    this.#data = data;
    this.#origin = origin;
    this.#lastEventId = lastEventId;
  }

  get data() {
    return this.#data;
  }

  get origin() {
    return this.#origin;
  }

  get lastEventId() {
    return this.#lastEventId;
  }

  get source() {
    return null;
  }

  get ports() {
    return NO_PORTS;
  }
}

/** A failure of the connection. A server's own `event: error` is a {@link ServerMessage}. */
class SSEErrorEvent extends Event {
  #error;

  /** @param {import('../../index.js').SSEError | null} error `null` when the stream merely ended */
  constructor(error) {
    super('error', TRUSTED);
    this.#error = error;
  }

  get error() {
    return this.#error;
  }
}

for (const [Class, names] of /** @type {const} */ ([
  [ServerMessage, ['data', 'origin', 'lastEventId', 'source', 'ports']],
  [SSEErrorEvent, ['error']],
])) {
  for (const name of names) Object.defineProperty(Class.prototype, name, { enumerable: true });
}

Object.setPrototypeOf(ServerMessage.prototype, MessageEvent.prototype);
// `event.constructor`, and with it the name that Node prints, is the class that users know.
Object.defineProperty(ServerMessage.prototype, 'constructor', { value: MessageEvent });

/** The connection is open. */
const openEvent = () => new Event('open', TRUSTED);

module.exports = { SSEErrorEvent, ServerMessage, openEvent };
