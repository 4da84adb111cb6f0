'use strict';

const { namedRetry } = require('../options/retry-presets.js');
const { isLast } = require('./answer-reader.js');

/** @typedef {{ id: string, role: string, content: string, reasoning?: string }} Message */

/** @param {any} option */
const given = (option) => (typeof option === 'function' ? option() : option);

/**
 * Where the answer of an id is.
 *
 * @param {{ api: unknown }} options
 * @param {string} id
 */
const addressOf = ({ api }, id) =>
  `${api}${String(api).includes('?') ? '&' : '?'}id=${encodeURIComponent(id)}`;

/**
 * What asks for the answer to a conversation.
 *
 * @param {any} options
 * @param {string} id of the answer
 * @param {readonly Message[]} asked
 */
function questionOf(options, id, asked) {
  const messages = asked.map(({ role, content }) => ({ role, content }));
  const headers = Object.fromEntries(new Headers(given(options.headers)));
  return {
    body: { id, messages, ...given(options.body) },
    headers: { ...headers, 'idempotency-key': id },
    method: 'POST',
  };
}

/** @param {any} options */
const common = ({ credentials, retry, timeouts }) => ({
  terminal: isLast,
  timeouts,
  ...(credentials && { credentials }),
  // Its key tells the server that it is the same question.
  retry:
    retry === false
      ? false
      : { attempts: 5, .../** @type {object} */ (namedRetry(retry)), unsafe: true },
});

module.exports = { addressOf, common, given, questionOf };
