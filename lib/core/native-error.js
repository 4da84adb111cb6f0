'use strict';

const { ERROR_CLASSES } = require('./error-classes.js');
const { SSEError } = require('./errors.js');
const { lazy } = require('./lazy.js');

const values = lazy(() => require('./http-values.js'));

/**
 * A failure as the core tells it.
 *
 * @typedef {object} NativeFailure
 * @property {string} code
 * @property {string} message
 * @property {string} [phase]
 * @property {number | null} [status]
 * @property {ReadonlyArray<readonly [string, string]> | null} [headers]
 * @property {string | null} [body]
 * @property {number | null} [attempt]
 * @property {boolean | null} [retryable]
 * @property {boolean | null} [exhausted]
 * @property {number | null} [retryAfter]
 * @property {string | null} [url]
 * @property {readonly string[] | null} [causes] outermost first
 * @property {string | null} [lastEventId]
 * @property {number | null} [events]
 * @property {number | null} [bytes]
 * @property {string | null} [tail]
 * @property {string | null} [kind]
 * @property {string | null} [providerCode]
 * @property {string | null} [requestId]
 */

/**
 * The error for a failure told by the core.
 *
 * @param {NativeFailure} failure
 * @param {string | URL} [url] what the stream was asked for, when the failure does not say
 * @param {unknown} [cause] a value thrown by the caller's own code; wins over `failure.causes`
 * @returns {import('../../index.js').SSEError}
 */
function fromNative(failure, url, cause) {
  /** @type {Record<string, any>} */
  const classes = ERROR_CLASSES;
  const Class = classes[failure.code] ?? SSEError;
  const { causes, headers, message, url: told, ...rest } = failure;
  /** @type {any} */
  const details = { ...rest, url: told ?? (url === undefined ? undefined : String(url)) };
  if (headers) details.headers = values().headerRecord(headers);
  const origin = cause === undefined ? causeChain(causes ?? []) : cause;
  if (origin !== undefined) details.cause = origin;
  return /** @type {any} */ (new Class(message, details));
}

/**
 * @param {readonly string[]} messages outermost first
 * @returns {Error | undefined}
 */
function causeChain(messages) {
  /** @type {Error | undefined} */
  let cause;
  for (const message of [...messages].reverse()) {
    cause = cause === undefined ? new Error(message) : new Error(message, { cause });
    // The place where text from the core was wrapped says nothing of use.
    cause.stack = `Error: ${message}`;
  }
  return cause;
}

module.exports = { fromNative };
