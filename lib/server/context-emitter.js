'use strict';

const { AsyncResource } = require('node:async_hooks');
const { EventEmitter } = require('node:events');
const { callListeners, captureRejections } = require('../stream/watched-emitter.js');

/**
 * @typedef {((...args: any[]) => any) & { listener?: Function }} Listener
 */

/**
 * An emitter whose listeners run in the asynchronous context in which they were added: what they hear of comes
 * from requests of others, and from the core.
 */
class ContextEmitter extends EventEmitter {
  constructor() {
    super();
    captureRejections(this);
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  on(name, listener) {
    return super.on(name, bound(listener));
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
    return super.prependListener(name, bound(listener));
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  once(name, listener) {
    return super.on(name, this.#single(name, listener));
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  prependOnceListener(name, listener) {
    return super.prependListener(name, this.#single(name, listener));
  }

  /**
   * @param {string | symbol} name
   * @param {Listener} listener
   */
  #single(name, listener) {
    if (typeof listener !== 'function') return listener;
    /** @type {Listener} */
    const once = bound((...args) => {
      this.removeListener(name, once);
      return listener.apply(this, args);
    });
    once.listener = listener;
    return once;
  }
}

/**
 * @param {Listener} listener
 * @returns {Listener} what `removeListener` finds by the listener itself
 */
function bound(listener) {
  // What is no function is refused by the emitter, in its own words.
  if (typeof listener !== 'function') return listener;
  /** @type {Listener} */
  const wrapped = AsyncResource.bind(listener);
  wrapped.listener = listener;
  return wrapped;
}

/**
 * Calls the listeners, each whatever the others do.
 *
 * @param {ContextEmitter} emitter
 * @param {string} name
 * @param {unknown} value
 */
function tell(emitter, name, value) {
  if (emitter.listenerCount(name) === 0) return;
  callListeners(emitter, name, emitter.rawListeners(name), value);
}

module.exports = { ContextEmitter, tell };
