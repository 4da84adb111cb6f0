'use strict';

const { normalizeAnswers } = require('../options/connect.js');

/**
 * @typedef {import('../options/connect.js').Normalized} Normalized
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {{ kind: string, body?: Uint8Array | null } & Record<string, unknown>} Reply see
 *   src/node/callback_reply.rs
 */

/** The caller's functions of one stream, and what they said. */
class Callbacks {
  #request;
  /** The caller's `terminal` has seen the event that completes the stream. */
  #complete = false;
  /** What one of them threw. */
  /** @type {unknown} */
  #thrown;

  /** @param {Pick<Normalized, 'callbacks' | 'fixed'>} request */
  constructor({ callbacks, fixed }) {
    this.#request = { callbacks, fixed };
  }

  /** Whether the caller says which event completes the stream. */
  get judges() {
    return this.#request.callbacks.terminal !== undefined;
  }

  /** What one of them threw, once the core has been told that one did. */
  get thrown() {
    return this.#thrown;
  }

  /**
   * @param {ServerSentEvent} event
   * @returns {'finish' | 'fail' | undefined} what becomes of the stream after this event
   */
  judge(event) {
    try {
      if (!this.#request.callbacks.terminal?.(event)) return undefined;
      this.#complete = true;
      return 'finish';
    } catch (thrown) {
      this.#complete = true;
      this.#thrown = thrown;
      return 'fail';
    }
  }

  /**
   * What they say to a question of the core.
   *
   * @param {any} question the notice
   * @param {import('../../index.js').SSEError | null} error why it is asked
   * @returns {Promise<Reply>}
   */
  async reply(question, error) {
    if (question.ask === 'complete') return { kind: 'complete', complete: this.#complete };
    try {
      return await replyTo(question, error, this.#request);
    } catch (thrown) {
      this.#thrown = thrown;
      return { kind: 'threw' };
    }
  }
}

/**
 * Calls the functions that a question is for; throws what they throw.
 *
 * @param {any} question
 * @param {import('../../index.js').SSEError | null} error
 * @param {Pick<Normalized, 'callbacks' | 'fixed'>} request
 * @returns {Promise<Reply>}
 */
async function replyTo({ ask, attempt, lastEventId, retry }, error, request) {
  const { callbacks } = request;
  if (ask === 'retry') {
    const verdict = await callbacks.shouldRetry?.(error, { attempt, lastEventId, retry });
    return { kind: 'retry', retry: verdict === undefined ? null : !!verdict };
  }
  const context = { attempt, lastEventId, error };
  const [url, headers, body] = await Promise.all([
    callbacks.url?.(context),
    callbacks.headers?.(context),
    callbacks.body?.(context),
  ]);
  return { kind: 'request', ...normalizeAnswers(request, { url, headers, body }) };
}

/**
 * @param {Pick<Normalized, 'callbacks' | 'fixed'>} request
 * @returns {Callbacks | undefined} nothing of a stream whose caller gave no function
 */
function callbacksOf(request) {
  return Object.keys(request.callbacks).length > 0 ? new Callbacks(request) : undefined;
}

module.exports = { callbacksOf };
