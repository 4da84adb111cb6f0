'use strict';

const { nextTick } = require('node:process');
const { EventEmitter } = require('node:events');

/**
 * @typedef {(...args: any[]) => void} Listener
 */

/**
 * Calls every listener, whatever the others do: one that throws is a bug of its own, and no reason
 * for the others, or for the stream, to miss an event.
 *
 * @param {object} target
 * @param {readonly Function[]} listeners
 * @param {unknown} value
 * @param {{ readonly isOpen: boolean }} [flow] where it comes from: once that is closed, nobody
 *   hears more
 */
function callListeners(target, listeners, value, flow) {
  for (let at = 0; at < listeners.length; at++) {
    if (flow?.isOpen === false) return;
    callListener(target, listeners[at], value);
  }
}

/**
 * @param {object} target
 * @param {Function} listener
 * @param {unknown} value
 */
function callListener(target, listener, value) {
  try {
    listener.call(target, value);
  } catch (error) {
    nextTick(() => {
      throw error;
    });
  }
}

/** An emitter that tells when its listeners change. */
class WatchedEmitter extends EventEmitter {
  #changed;

  /** @param {(emitter: any) => void} changed called with it after listeners came or went */
  constructor(changed) {
    super();
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

module.exports = { WatchedEmitter, callListener, callListeners };
