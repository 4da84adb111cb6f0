'use strict';

const { backoffDelay } = require('./backoff.js');
const { ended, forgiven } = require('./history.js');

/**
 * @typedef {import('./history.js').History} History
 *
 * @typedef {object} Policy when to repeat an attempt; times in milliseconds, `null` without limit
 * @property {number | null} attempts
 * @property {number | null} elapsed
 * @property {number} resetAfter
 * @property {number | null} recoverAfter
 * @property {readonly number[]} statuses
 * @property {boolean} unsafe
 * @property {number} retryAfterCap
 * @property {import('./backoff.js').Backoff} backoff
 *
 * @typedef {'terminal' | 'end' | 'lost' | 'unsent' | 'unanswered' | 'headers-timeout' | 'status' |
 *   'no-content' | 'fatal'} EndingKind as tests/reconnect/README.md describes them
 * @typedef {{ kind: EndingKind, status?: number, retryAfter?: number }} Ending
 *
 * @typedef {object} Facts
 * @property {History} history
 * @property {Ending} ending
 * @property {{ safe: boolean, delivered: boolean, terminalDeclared: boolean }} request
 * @property {'absent' | 'unasked' | 'undecided' | 'yes' | 'no'} shouldRetry
 * @property {number} now
 * @property {number} chance in [0, 1)
 *
 * @typedef {{ do: 'ask-caller', retries: boolean }
 *   | { do: 'retry', delay: number, attempt: number, wait: 'backoff' | 'retry-after' | 'recovery' }
 *   | { do: 'close', reason: 'terminal' | 'end' | 'no-content' }
 *   | { do: 'fail', cause: 'final' | 'caller' | 'truncated' | 'exhausted' | 'retry-after',
 *       retryAfter?: number }} Step
 */

/** A told wait is prolonged by a tenth at the most, and by no more than this. */
const SPREAD = 1000;

const FINAL = /** @type {const} */ ({ do: 'fail', cause: 'final' });

/**
 * Whether any attempt can ever be repeated.
 *
 * @param {Policy} policy
 */
const repeats = ({ attempts, recoverAfter }) => attempts !== 0 || recoverAfter !== null;

/**
 * The table of endings: a step, or whether the attempt may be repeated.
 *
 * @param {Policy} policy
 * @param {Facts} facts
 * @returns {Step | boolean}
 */
function judge(policy, { ending: { kind, status }, request }) {
  const { safe, delivered, terminalDeclared } = request;
  switch (kind) {
    case 'terminal':
    case 'no-content':
      return { do: 'close', reason: kind };
    case 'end':
      if (safe && repeats(policy)) return true;
      return terminalDeclared ? { do: 'fail', cause: 'truncated' } : { do: 'close', reason: kind };
    case 'lost':
    case 'unanswered':
      return safe || (policy.unsafe && !delivered);
    case 'unsent':
      return safe || !delivered;
    case 'status':
      return policy.statuses.includes(/** @type {number} */ (status)) && (safe || !delivered);
    default:
      // Not even with `unsafe` after a late head: the server is probably still at work.
      return safe && kind === 'headers-timeout';
  }
}

/**
 * When to repeat, if the limits of the policy still allow it.
 *
 * @param {Policy} policy
 * @param {Facts} facts
 * @returns {Step}
 */
function repeat(policy, { history: before, ending, request: { safe }, now, chance }) {
  const { attempts, elapsed, recoverAfter, retryAfterCap: cap, backoff } = policy;
  const history = ended(policy, before, ending.kind === 'end', now);
  // Zero, also a date that has passed, says nothing.
  const asked = ending.retryAfter || null;
  if (asked !== null && asked > cap && !safe) {
    return { do: 'fail', cause: 'retry-after', retryAfter: asked };
  }
  const attempt = history.failures + 1;
  const delay =
    asked === null
      ? backoffDelay(backoff, { ...history, attempt, chance })
      : obey(asked, policy, safe, chance);
  const spent = attempts !== null && history.failures >= attempts;
  const late =
    elapsed !== null && now - /** @type {number} */ (history.outageSince) + delay > elapsed;
  if (!spent && !late) {
    return { do: 'retry', delay, attempt, wait: asked === null ? 'backoff' : 'retry-after' };
  }
  if (recoverAfter === null) return { do: 'fail', cause: 'exhausted' };
  const rest = Math.max(recoverAfter, backoff.min, asked === null ? 0 : delay);
  return { do: 'retry', delay: rest, attempt: 0, wait: 'recovery' };
}

/**
 * The wait that obeys `Retry-After`.
 *
 * @param {number} asked
 * @param {Policy} policy
 * @param {boolean} safe
 * @param {number} chance
 */
function obey(asked, { retryAfterCap: cap, backoff: { min } }, safe, chance) {
  const spread = (/** @type {number} */ wait) => Math.min(wait / 10, SPREAD) * chance;
  // Already earlier than asked, so the spread can as well lie below the cap.
  if (asked > cap && safe) return Math.max(cap - spread(cap), min);
  const told = Math.max(asked, min);
  const wait = told + spread(told);
  return safe ? Math.min(wait, Math.max(cap, told)) : wait;
}

/**
 * What follows an attempt that ended, as `reconnect::next_step` of the core decides it; here without
 * pools, kept connections and deadlines, which a browser does not have. Pure.
 *
 * @param {Policy} policy
 * @param {Facts} facts
 * @returns {Step}
 */
function nextStep(policy, facts) {
  const { ending, request, shouldRetry } = facts;
  const harmless = request.safe || !request.delivered;
  const judged = judge(policy, facts);
  let step = typeof judged === 'object' ? judged : FINAL;
  if (judged === true && repeats(policy)) step = repeat(policy, facts);
  if (step.do === 'close') return step;
  // A clean end that is a failure is one for the caller, too.
  if (ending.kind === 'end' && step.do !== 'fail') return step;
  const retries = step.do === 'retry';
  if (shouldRetry === 'unasked') return { do: 'ask-caller', retries };
  if (shouldRetry === 'no') return { do: 'fail', cause: 'caller' };
  // Not even a caller's word repeats a request that has begun to answer.
  if (shouldRetry === 'yes' && !retries && harmless) return repeat(policy, facts);
  return step;
}

/**
 * The history once an attempt has ended at `now` and this step is obeyed.
 *
 * @param {Policy} policy
 * @param {Facts} facts
 * @param {Step & { do: 'retry' }} step
 * @returns {History}
 */
function follow(policy, { history, ending, now }, { delay, wait }) {
  const after = { ...ended(policy, history, ending.kind === 'end', now), waited: delay };
  if (wait === 'recovery') return forgiven(after);
  after.failures += 1;
  if (wait === 'backoff') after.previous = delay;
  return after;
}

module.exports = { follow, nextStep };
