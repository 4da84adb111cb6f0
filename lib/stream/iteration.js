'use strict';

const { EventQueue } = require('./queue.js');
const { dispatcher } = require('../core/dispatcher.js');

/**
 * @template T
 * @typedef {{ resolve: (result: IteratorResult<T, undefined>) => void,
 *   reject: (error: unknown) => void }} Waiter a pending `next()`
 */

/**
 * The two queues of an iterator: what it has yet to take, and its calls that wait for something to
 * take. One of them is always empty, but for the moment of a turn that lasted too long.
 *
 * @template T
 */
class EventIteration {
  /** @type {InstanceType<typeof EventQueue<T>>} */
  #ready = new EventQueue();
  /** @type {InstanceType<typeof EventQueue<Waiter<T>>>} */
  #waiting = new EventQueue();
  #changed;
  #taken;
  /** How it ends, once it does; the error is told to one call only. */
  /** @type {{ rejection: { error: unknown } | undefined } | undefined} */
  #end;

  /**
   * @param {() => void} changed called when the consumer begins, or ceases, to wait for an item
   * @param {(item: T) => void} taken called when the consumer takes one
   */
  constructor(changed, taken) {
    this.#changed = changed;
    this.#taken = taken;
  }

  /** Whether the consumer waits and has nothing to take. */
  get starved() {
    return this.#waiting.size > 0 && this.#ready.size === 0;
  }

  /** The last item that is not taken. */
  get last() {
    return this.#ready.last;
  }

  /** @returns {Promise<IteratorResult<T, undefined>>} */
  next() {
    if (this.#ready.size > 0 && this.#waiting.size === 0 && !dispatcher.overtime) {
      const value = /** @type {T} */ (this.#ready.shift());
      this.#taken(value);
      return Promise.resolve({ value, done: false });
    }
    if (this.#end && this.#ready.size === 0) return this.#last(this.#end);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (this.#waiting.size > 1) return;
      // A consumer that takes event after event must not keep timers and sockets waiting.
      if (this.#ready.size > 0) dispatcher.yield(() => this.#serve());
      else this.#changed();
    });
  }

  /** @param {T} item */
  give(item) {
    const waiter = this.#ready.size === 0 ? this.#waiting.shift() : undefined;
    if (waiter === undefined) {
      this.#ready.push(item);
      return;
    }
    this.#taken(item);
    waiter.resolve({ value: item, done: false });
    this.#changed();
  }

  /** Gives up what is not taken. */
  clear() {
    this.#ready.clear();
  }

  /**
   * Nothing more will come.
   *
   * @param {{ error: unknown } | undefined} rejection
   */
  finish(rejection) {
    this.#end = { rejection };
    this.#serve();
  }

  #serve() {
    while (this.#waiting.size > 0 && this.#ready.size > 0) {
      const value = /** @type {T} */ (this.#ready.shift());
      this.#taken(value);
      this.#waiting.shift()?.resolve({ value, done: false });
    }
    if (this.#end) {
      for (let waiter = this.#waiting.shift(); waiter; waiter = this.#waiting.shift()) {
        this.#last(this.#end).then(waiter.resolve, waiter.reject);
      }
    }
    this.#changed();
  }

  /**
   * The end: the failure once, then nothing for ever.
   *
   * @param {{ rejection: { error: unknown } | undefined }} end
   * @returns {Promise<IteratorReturnResult<undefined>>}
   */
  async #last(end) {
    const { rejection } = end;
    end.rejection = undefined;
    if (rejection) throw rejection.error;
    return { value: undefined, done: true };
  }
}

module.exports = { EventIteration };
