'use strict';

/** What `readyState` is, as WHATWG HTML 9.2.2 numbers it. */
const READY_STATES = Object.freeze(/** @type {const} */ ({ CONNECTING: 0, OPEN: 1, CLOSED: 2 }));

/**
 * Gives a class of streams the numbers, on itself and on its instances.
 *
 * @param {Function} Class
 */
function addReadyStates(Class) {
  for (const [name, value] of Object.entries(READY_STATES)) {
    Object.defineProperty(Class, name, { value, enumerable: true });
    Object.defineProperty(Class.prototype, name, { value, enumerable: true });
  }
}

module.exports = { ...READY_STATES, addReadyStates };
