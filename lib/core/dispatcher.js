'use strict';

const { AsyncResource } = require('node:async_hooks');
const { NativeDispatcher } = require('./native.js');
const { Batch } = require('./batch.js');
const { setImmediate } = require('./scheduling.js');
const { OVER } = require('./stream-kind.js');
const { Turn } = require('./turn.js');

/**
 * @typedef {import('./batch.js').Receiver} Receiver
 * @typedef {import('../../binding.js').NativePool} NativePool
 */

/** The libuv whose event loop this is. Bun names one, too, but its functions end the process. */
const LIBUV = process.versions.bun === undefined ? process.versions.uv : undefined;

/** Gets the records of a mailbox that is gone. */
/** @type {Receiver} */
const NO_RECEIVER = { kind: OVER, stream: undefined, lastEventId: '', notice() {} };

/**
 * The one place through which everything reaches this JavaScript environment: one wake-up, and one
 * drain a turn, for all streams together.
 */
class Dispatcher {
  #native = new NativeDispatcher(() => this.#wake(), LIBUV);
  #batch = new Batch(this.#native);
  #more = false;
  #scheduled = false;
  #delivering = false;
  #turn = new Turn();
  /** Where turns are scheduled: one that serves all streams must not keep the context of one alive. */
  #context = new AsyncResource('perennial-sse:turn');
  /** @type {Map<number, Receiver | WeakRef<Receiver>>} */
  #receivers = new Map();
  #references = 0;

  /**
   * Prepares a stream, or an answer; throws what the core finds wrong with its options.
   *
   * @param {{ answer?: object }} options
   * @param {Uint8Array | null} body
   * @param {NativePool} [pool]
   */
  open(options, body, pool) {
    const json = JSON.stringify(options);
    if (options.answer === undefined) return this.#native.open(json, body, pool);
    return this.#native.openChat(json, body ?? new Uint8Array(), pool);
  }

  /**
   * Prepares a pool; its changes arrive as notices.
   *
   * @param {object} options
   */
  pool(options) {
    return this.#native.pool(JSON.stringify(options));
  }

  /**
   * The relay of the name in `options`.
   *
   * @param {object} options
   */
  relay(options) {
    return this.#native.relay(JSON.stringify(options));
  }

  /**
   * The hub of the name in `options`.
   *
   * @param {object} options
   */
  hub(options) {
    return this.#native.hub(JSON.stringify(options));
  }

  /**
   * A store in the Redis of `options`; its replies arrive as notices.
   *
   * @param {object} options
   */
  redisStore(options) {
    return this.#native.redisStore(JSON.stringify(options));
  }

  /** Prepares a clock; its alarms arrive as notices. */
  alarmClock() {
    return this.#native.alarmClock();
  }

  /**
   * From now on the records with this number go to this receiver. A `WeakRef` does not keep it
   * from being collected.
   *
   * @param {number} number
   * @param {Receiver | WeakRef<Receiver>} receiver
   */
  deliver(number, receiver) {
    this.#receivers.set(number, receiver);
  }

  /** @param {number} number */
  forget(number) {
    this.#receivers.delete(number);
  }

  /** One more stream keeps the process alive. */
  ref() {
    if (this.#references++ === 0) this.#native.refer();
  }

  /** One less does. */
  unref() {
    if (--this.#references === 0) this.#native.unref();
  }

  /** Whether this turn has lasted long enough, so that a stream that serves from a queue yields, too. */
  get overtime() {
    return this.#turn.spend(1);
  }

  /**
   * Goes on in the next turn, in the context of no stream.
   *
   * @param {() => void} callback
   */
  yield(callback) {
    this.#schedule(() => {
      this.#turn.begin();
      callback();
      this.#turn.restart();
    });
  }

  /** @param {() => void} callback */
  #schedule(callback) {
    this.#context.runInAsyncScope(setImmediate, undefined, callback);
  }

  /**
   * What waits is delivered in the next turn. A wake-up alone would have it delivered in this one:
   * a consumer that asks for the next batch as soon as one is used up would leave others none.
   */
  deliverSoon() {
    // The turn that is scheduled may only finish its batch: remember that more came meanwhile.
    if (this.#scheduled) {
      this.#more = true;
      return;
    }
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #wake() {
    if (this.#scheduled) this.#more = true;
    else this.#deliver();
  }

  #deliver() {
    // A listener runs the event loop: what it is given is not read to its end yet.
    if (this.#delivering) {
      this.#more = true;
      return;
    }
    this.#delivering = true;
    try {
      this.#handOut();
    } finally {
      // Also if a record could not be read: the core sends no wake-up for those behind it.
      this.#delivering = false;
      this.#turn.restart();
      if (!this.#batch.empty || this.#more) this.deliverSoon();
    }
  }

  #handOut() {
    const turn = this.#turn;
    turn.begin();
    const batch = this.#batch;
    if (batch.empty) {
      this.#more = true;
      this.#more = batch.fill(this.#native);
    }
    for (let over = false; !over && !batch.empty; ) {
      const receiver = this.#receiver(batch.number);
      // Switching costs as much as an event: once for all that a mailbox has in this batch.
      over = receiver.runInAsyncScope
        ? receiver.runInAsyncScope(this.#read, this, receiver)
        : this.#read(receiver);
    }
  }

  /**
   * Hands out the records of the present mailbox.
   *
   * @param {Receiver} receiver
   * @returns {boolean} whether the turn has lasted long enough
   */
  #read(receiver) {
    const turn = this.#turn;
    const batch = this.#batch;
    for (;;) {
      const { stride } = turn;
      const read = batch.read(receiver, stride);
      const over = turn.spend(read);
      if (read < stride) turn.restart();
      if (over || batch.left === 0) return over;
    }
  }

  /** @param {number} number */
  #receiver(number) {
    const receiver = this.#receivers.get(number);
    return (receiver instanceof WeakRef ? receiver.deref() : receiver) ?? NO_RECEIVER;
  }
}

module.exports = { dispatcher: new Dispatcher() };
