'use strict';

/**
 * What a connection brought: nothing new, an event, or an event with a new id.
 */
const PROGRESS = Object.freeze(/** @type {const} */ ({ none: 0, event: 1, newId: 2 }));

/**
 * What happened to a stream so far; all times in milliseconds, on one clock.
 *
 * @typedef {object} History
 * @property {number} failures repetitions in a row without progress
 * @property {number | null} previous the last wait of the backoff in this row
 * @property {number | null} told what the stream's `retry:` field set, clamped
 * @property {number | null} outageSince moved forward by connections too short to end the outage
 * @property {number | null} connectedAt when the present response was accepted
 * @property {number} progress what the present connection brought
 * @property {number} waited the wait before the present attempt
 */

/** @returns {History} */
const newHistory = () => ({
  failures: 0,
  previous: null,
  told: null,
  outageSince: null,
  connectedAt: null,
  progress: PROGRESS.none,
  waited: 0,
});

/**
 * The history with its failures forgotten.
 *
 * @param {History} history
 * @returns {History}
 */
const forgiven = (history) => ({ ...history, failures: 0, previous: null, outageSince: null });

/**
 * The history once the present attempt is over. An event without a new id is progress only if its
 * connection ended cleanly or outlived the wait before it: a server that crashes after each greeting
 * must not be asked without growing waits.
 *
 * @param {{ resetAfter: number }} policy
 * @param {History} history
 * @param {boolean} clean whether the body ended cleanly
 * @param {number} now
 * @returns {History}
 */
function ended(policy, history, clean, now) {
  const { connectedAt, progress, waited } = history;
  /** @type {History} */
  let after = { ...history, connectedAt: null, progress: PROGRESS.none };
  if (connectedAt !== null) {
    const up = now - connectedAt;
    const lasted = clean || up > waited;
    const progressed = progress === PROGRESS.newId || (progress === PROGRESS.event && lasted);
    if (progressed || up >= policy.resetAfter) after = forgiven(after);
    // Time with a connection is no outage, even if it was too short to be called stable.
    if (after.outageSince !== null) after.outageSince += up;
  }
  after.outageSince ??= now;
  return after;
}

module.exports = { PROGRESS, ended, forgiven, newHistory };
