'use strict';

const { normalizeAnswers } = require('../options/connect.js');

/**
 * @typedef {import('../options/connect.js').Normalized} Normalized
 * @typedef {{ kind: string, body?: Uint8Array | null } & Record<string, unknown>} Reply see
 *   src/node/answer.rs
 */

/**
 * What the caller's callbacks say to a question of the core; throws what they throw.
 *
 * @param {any} question
 * @param {import('../../index.js').SSEError | null} error why it is asked
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

module.exports = { replyTo };
