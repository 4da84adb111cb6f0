'use strict';

const { EventEmitter, errorMonitor } = require('node:events');
const { nextTick } = require('../core/scheduling.js');

/**
 * @typedef {(...args: any[]) => void} Listener
 */

/** What Node calls instead of emitting an error, where an emitter has it. */
const REJECTION = Symbol.for('nodejs.rejection');

/**
 * Emitters that were made while `captureRejections` of `node:events` was on.
 *
 * @type {WeakSet<object>}
 */
const capturing = new WeakSet();

/** @param {EventEmitter} emitter just made */
function captureRejections(emitter) {
  if (EventEmitter.captureRejections) capturing.add(emitter);
}

/**
 * Calls every listener, whatever the others do: one that throws is a bug of its own, and no reason
 * for the others, or for the stream, to miss an event.
 *
 * @param {EventEmitter} target
 * @param {string | symbol | undefined} name of the event, if it is one
 * @param {readonly Function[]} listeners
 * @param {unknown} value
 * @param {{ readonly isOpen: boolean }} [flow] where it comes from: once that is closed, no
 *   listener hears more
 */
function callListeners(target, name, listeners, value, flow) {
  for (let at = 0; at < listeners.length; at++) {
    if (flow?.isOpen === false) return;
    callListener(target, name, listeners[at], value);
  }
}

/**
 * @param {EventEmitter} target
 * @param {string | symbol | undefined} name
 * @param {Function} listener
 * @param {unknown} value
 */
function callListener(target, name, listener, value) {
  try {
    const result = listener.call(target, value);
    if (result !== undefined && name !== undefined) capture(target, name, value, result);
  } catch (error) {
    nextTick(() => {
      throw error;
    });
  }
}

/**
 * What an emitter of Node does with a listener that returns a promise.
 *
 * @param {EventEmitter} target
 * @param {string | symbol} name
 * @param {unknown} value
 * @param {any} result
 */
function capture(target, name, value, result) {
  if (!capturing.has(target) || typeof result?.then !== 'function') return;
  result.then(undefined, (/** @type {unknown} */ error) => {
    nextTick(() => rejected(target, name, value, error));
  });
}

/**
 * @param {EventEmitter} target
 * @param {string | symbol} name
 * @param {unknown} value
 * @param {unknown} error
 */
function rejected(target, name, value, error) {
  const own = /** @type {any} */ (target)[REJECTION];
  if (typeof own === 'function') {
    own.call(target, error, name, value);
    return;
  }
  // A listener for errors that rejects, too, must not be called for ever.
  capturing.delete(target);
  try {
    callListeners(target, errorMonitor, target.rawListeners(errorMonitor), error);
    const listeners = target.rawListeners('error');
    if (listeners.length === 0) throw error;
    callListeners(target, 'error', listeners, error);
  } finally {
    capturing.add(target);
  }
}

/** An emitter that tells when its listeners change. */
class WatchedEmitter extends EventEmitter {
  #changed;

  /** @param {(emitter: any) => void} changed called with it after listeners came or went */
  constructor(changed) {
    super();
    captureRejections(this);
    this.#changed = changed;
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  on(name, listener) {
    super.on(name, listener);
    this.#changed(this);
    return this;
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  addListener(name, listener) {
    return this.on(name, listener);
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  prependListener(name, listener) {
    super.prependListener(name, listener);
    this.#changed(this);
    return this;
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  removeListener(name, listener) {
    super.removeListener(name, listener);
    this.#changed(this);
    return this;
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  off(name, listener) {
    return this.removeListener(name, listener);
  }

  /** @param {string | symbol} [name] */
  removeAllListeners(name) {
    if (arguments.length === 0) super.removeAllListeners();
    else super.removeAllListeners(name);
    this.#changed(this);
    return this;
  }
}

module.exports = { WatchedEmitter, callListener, callListeners, captureRejections };
