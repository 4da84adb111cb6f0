'use strict';

const { getMaxListeners, setMaxListeners, defaultMaxListeners } = require('node:events');

/**
 * @typedef {{ signal: AbortSignal, listener: () => void }} Subscription
 */

/** A target that is collected needs no listener any more. */
const abandoned = new FinalizationRegistry((/** @type {Subscription} */ { signal, listener }) => {
  signal.removeEventListener('abort', listener);
});

/**
 * Calls `act` with `target` when `signal` is aborted, without keeping `target` from being
 * collected: one signal may serve, and outlive, thousands of streams.
 *
 * @template {object} T
 * @param {AbortSignal} signal
 * @param {T} target
 * @param {(target: T) => void} act must not refer to `target` by itself
 */
function onAbort(signal, target, act) {
  const listener = weakListener(new WeakRef(target), act);
  signal.addEventListener('abort', listener, { once: true });
  unwarned(signal);
  const subscription = { signal, listener };
  abandoned.register(target, subscription, subscription);
  return {
    /** Takes the listener off the signal. */
    release() {
      abandoned.unregister(subscription);
      signal.removeEventListener('abort', listener);
    },
  };
}

/**
 * Made in a scope of its own: a closure shares its scope with its neighbours, and one of them that
 * names the target would keep it alive.
 *
 * @template {object} T
 * @param {WeakRef<T>} weak
 * @param {(target: T) => void} act
 */
function weakListener(weak, act) {
  return () => {
    const target = weak.deref();
    if (target !== undefined) act(target);
  };
}

/**
 * Many streams on one signal are no leak, so they need no warning of one; a bound that the caller
 * has set stays.
 *
 * @param {AbortSignal} signal
 */
function unwarned(signal) {
  if (signal instanceof EventTarget && bound(signal) === defaultMaxListeners) {
    setMaxListeners(0, signal);
  }
}

/** @param {EventTarget} signal */
function bound(signal) {
  try {
    return getMaxListeners(signal);
  } catch {
    // Node 20 denies that a signal without a bound of its own is an event target.
    return defaultMaxListeners;
  }
}

module.exports = { onAbort };
