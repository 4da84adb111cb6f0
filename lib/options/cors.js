'use strict';

const { SSEOptionError } = require('../core/errors.js');
const check = require('./checks.js');

/** What scripts of other origins may do when the caller does not say. */
const CORS = Object.freeze({
  credentials: false,
  headers: Object.freeze(['authorization', 'cache-control', 'content-type', 'last-event-id']),
  maxAge: 600_000,
});

const OPTIONS = [...Object.keys(CORS), 'origin'];

/** As `Origin` has it: a scheme, a host, perhaps a port, and nothing behind. */
const ORIGIN = /^(?:null|[a-z][a-z\d+.-]*:\/\/[^\s/?#@,\\]+)$/;

/** RFC 9110, 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * @typedef {object} Cors
 * @property {ReadonlySet<string> | '*' | ((origin: string, request: any) => unknown)} origin
 * @property {boolean} credentials
 * @property {string} headers
 * @property {number} maxAge in seconds, as the header has it
 */

/**
 * @param {unknown} value
 * @returns {Cors | undefined}
 */
function normalizeCors(value) {
  if (value === undefined) return undefined;
  const given = check.group(value, 'cors', OPTIONS);
  const { credentials = CORS.credentials, headers = CORS.headers, maxAge = CORS.maxAge } = given;
  const origin = origins(given.origin);
  if (check.flag(credentials, 'cors.credentials') && origin === '*') {
    throw new SSEOptionError(
      "cors.origin must name origins where cors.credentials is true: with '*' any page could read " +
        'what is meant for the user',
    );
  }
  return {
    origin,
    credentials,
    headers: check
      .list(headers, 'cors.headers')
      .map((header, index) => headerName(header, `cors.headers[${index}]`))
      .join(', '),
    maxAge: Math.ceil(check.milliseconds(maxAge, 'cors.maxAge') / 1000),
  };
}

/** @param {unknown} value */
function origins(value) {
  if (value === '*') return value;
  if (typeof value === 'function') return /** @type {any} */ (value);
  if (typeof value === 'string') return new Set([originOf(value, 'cors.origin')]);
  if (Array.isArray(value) && value.length > 0) {
    return new Set(value.map((origin, index) => originOf(origin, `cors.origin[${index}]`)));
  }
  throw check.wrong('cors.origin', "an origin, an array of them, '*' or a function", value);
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function originOf(value, name) {
  if (typeof value === 'string' && ORIGIN.test(value)) return value;
  throw check.wrong(name, "an origin such as 'https://example.com', without a path", value);
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function headerName(value, name) {
  if (typeof value === 'string' && TOKEN.test(value)) return value.toLowerCase();
  throw check.wrong(name, 'the name of a header', value);
}

module.exports = { CORS, normalizeCors };
