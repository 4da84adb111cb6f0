'use strict';

/** @typedef {(...args: any[]) => void} Listener */

/**
 * What a listener throws is a bug of its own, and no reason for others to miss something.
 *
 * @param {unknown} error
 */
function surface(error) {
  queueMicrotask(() => {
    throw error;
  });
}

/** As much of the emitters of Node as users of streams need. */
class Emitter {
  /** @type {Map<string, { listener: Listener, once: boolean }[]>} */
  #listeners = new Map();

  /**
   * @param {string} name
   * @param {Listener} listener
   */
  on(name, listener) {
    return this.#add(name, listener, false, false);
  }

  /**
   * @param {string} name
   * @param {Listener} listener
   */
  once(name, listener) {
    return this.#add(name, listener, true, false);
  }

  /**
   * @param {string} name
   * @param {Listener} listener
   */
  prependListener(name, listener) {
    return this.#add(name, listener, false, true);
  }

  /**
   * @param {string} name
   * @param {Listener} listener
   */
  prependOnceListener(name, listener) {
    return this.#add(name, listener, true, true);
  }

  /**
   * @param {string} name
   * @param {Listener} listener
   */
  off(name, listener) {
    const kept = [...(this.#listeners.get(name) ?? [])];
    const place = kept.findLastIndex((one) => one.listener === listener);
    if (place !== -1) kept.splice(place, 1);
    this.#listeners.set(name, kept);
    this.listenersChanged();
    return this;
  }

  /** @param {string} [name] of one event, else of all */
  removeAllListeners(name) {
    if (name === undefined) this.#listeners.clear();
    else this.#listeners.delete(name);
    this.listenersChanged();
    return this;
  }

  eventNames() {
    return [...this.#listeners.keys()].filter((name) => this.listenerCount(name) > 0);
  }

  /** @param {string} name */
  listenerCount(name) {
    return this.#listeners.get(name)?.length ?? 0;
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  emit(name, value) {
    const listeners = this.#listeners.get(name) ?? [];
    for (const { listener, once } of listeners) {
      if (once) this.off(name, listener);
      try {
        listener.call(this, value);
      } catch (error) {
        surface(error);
      }
    }
    return listeners.length > 0;
  }

  /** For subclasses: a listener came or went. */
  listenersChanged() {}

  /**
   * @param {string} name
   * @param {Listener} listener
   * @param {boolean} once
   * @param {boolean} first
   */
  #add(name, listener, once, first) {
    const others = this.#listeners.get(name) ?? [];
    const one = { listener, once };
    this.#listeners.set(name, first ? [one, ...others] : [...others, one]);
    this.listenersChanged();
    return this;
  }
}

Object.assign(Emitter.prototype, {
  addListener: Emitter.prototype.on,
  removeListener: Emitter.prototype.off,
});

module.exports = { Emitter };
