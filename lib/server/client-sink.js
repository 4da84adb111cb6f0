'use strict';

const { dispatcher } = require('../core/dispatcher.js');
const { OVER } = require('../core/stream-kind.js');

/**
 * @typedef {import('../../index.js').ClientCloseReason} Reason
 * @typedef {import('../../index.js').ClientClosed} ClientClosed
 * @typedef {import('../../index.js').SSEError} SSEError
 * @typedef {InstanceType<typeof import('./hub-client.js').Client>} Client
 *
 * @typedef {object} Clients where a client's sink is known
 * @property {import('../../binding.js').NativeHub} native
 * @property {number | null} writeTimeout how long a client may take nothing, in milliseconds
 * @property {(sink: ClientSink) => void} ended
 * @property {(sink: ClientSink) => void} ending told of its end, to which its connection has yet to come
 * @property {(sink: ClientSink) => void} settled its connection is closed
 */

/** Ends of peers that take nothing: what waits for them is not to wait any longer. */
/** @type {readonly Reason[]} */
const ABRUPT = ['lag', 'timeout'];

/**
 * Where the bytes of one client of a hub go: a receiver of records. There may be ten thousands of them, so that
 * each holds as little as it can.
 */
class ClientSink {
  // As a receiver of records.
  kind = OVER;
  number = 0;
  /** @type {Clients | undefined} */
  clients;
  /** @type {Client | undefined} */
  client;
  /** Whether what it writes to takes no more. */
  stalled = false;
  /** Why it is over, once it is. */
  /** @type {Reason | undefined} */
  reason;
  /** @type {SSEError | undefined} */
  error;
  /** @type {((closed: ClientClosed) => void) | undefined} */
  settle;

  get stream() {
    return this;
  }

  get lastEventId() {
    return '';
  }

  /** How its client ended, once it has. */
  get closed() {
    const { reason, error } = this;
    if (reason === undefined) return undefined;
    return error === undefined ? { reason } : { reason, error };
  }

  /**
   * From now on it gets the records of this number.
   *
   * @param {Clients} clients
   * @param {number} number
   */
  register(clients, number) {
    this.clients = clients;
    this.number = number;
    dispatcher.deliver(number, this);
  }

  /** What it writes to takes no more. */
  stall() {
    if (this.stalled) return;
    this.stalled = true;
    this.clients?.native.stall(this.number);
  }

  /** It takes more again. */
  resume() {
    if (!this.stalled) return;
    this.stalled = false;
    if (this.reason === undefined) this.clients?.native.resume(this.number);
  }

  /** @param {string} json the hub lets the client go */
  notice(json) {
    const { reason } = JSON.parse(json);
    if (this.reason !== undefined) return;
    this.clients?.ending(this);
    this.over(reason);
    this.end(reason, ABRUPT.includes(reason));
  }

  /**
   * @param {Reason} reason
   * @param {SSEError} [error]
   * @returns {boolean} whether it was not over before
   */
  over(reason, error) {
    if (this.reason !== undefined) return false;
    this.reason = reason;
    this.error = error;
    this.kind = OVER;
    const { clients, number } = this;
    if (clients !== undefined) {
      dispatcher.forget(number);
      clients.native.leave(number);
      clients.ended(this);
    }
    this.settle?.(/** @type {ClientClosed} */ (this.closed));
    return true;
  }

  /**
   * Ends what it writes to.
   *
   * @param {Reason} _reason
   * @param {boolean} _abruptly without what waits there
   */
  end(_reason, _abruptly) {
    throw new Error('a sink ends in its own way');
  }
}

module.exports = { ClientSink };
