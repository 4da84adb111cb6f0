'use strict';

/**
 * Streams without a component, for one task: a component that is replaced (by a development server, or by
 * React's own checks) leaves its stream to the one that takes its place. Kept in the realm, because such
 * a server loads modules anew.
 */
const LINGERING = Symbol.for('perennial-sse.lingering');

/** @type {Map<string, Set<any>>} */
const lingering = /** @type {any} */ (globalThis)[LINGERING] ?? new Map();
/** @type {any} */ (globalThis)[LINGERING] = lingering;

/**
 * Lets something go in a task's time, unless it is taken over before.
 *
 * @template {{ close(): void }} T
 * @param {string} key
 * @param {T} connection
 */
function release(key, connection) {
  const same = lingering.get(key) ?? new Set();
  lingering.set(key, same.add(connection));
  setTimeout(() => {
    if (discard(key, connection)) connection.close();
  });
}

/**
 * Takes over what another component has just let go.
 *
 * @param {string} key
 * @param {any} [own] what is preferred
 * @returns {any} nothing if there is none
 */
function adopt(key, own) {
  const same = lingering.get(key);
  const [first] = same ?? [];
  const found = same?.has(own) ? own : first;
  if (found !== undefined) discard(key, found);
  return found;
}

/**
 * Takes one out, if it is still there.
 *
 * @param {string} key
 * @param {unknown} connection
 */
function discard(key, connection) {
  const same = lingering.get(key);
  const removed = same?.delete(connection) ?? false;
  if (same?.size === 0) lingering.delete(key);
  return removed;
}

module.exports = { adopt, discard, release };
