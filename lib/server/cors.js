'use strict';

/**
 * @typedef {import('../options/cors.js').Cors} Cors
 */

/** What clients of a stream use: an `EventSource` asks with GET, others also with a body. */
const METHODS = 'GET, HEAD, POST';

/**
 * What a response says to a browser whose page has another origin (Fetch, 3.2).
 *
 * @param {Cors | undefined} cors
 * @param {any} request a `Request`, or the `IncomingMessage` of a Node server
 * @param {unknown} vary what the response varies by already
 * @returns {Record<string, string>}
 */
function corsHeaders(cors, request, vary) {
  if (cors === undefined) return {};
  /** @type {Record<string, string>} */
  const headers = {};
  if (cors.origin !== '*') headers.vary = varied(vary);
  const origin = header(request, 'origin');
  if (origin === undefined || !allows(cors, origin, request)) return headers;
  headers['access-control-allow-origin'] = cors.origin === '*' ? '*' : origin;
  if (cors.credentials) headers['access-control-allow-credentials'] = 'true';
  headers['access-control-expose-headers'] = 'Retry-After';
  return headers;
}

/**
 * What the question of a browser whether it may ask is answered with.
 *
 * @param {Cors | undefined} cors
 * @param {Record<string, string>} headers what `corsHeaders` says
 * @returns {Record<string, string>}
 */
function preflightHeaders(cors, headers) {
  const { 'access-control-expose-headers': _, ...shared } = headers;
  if (cors === undefined || headers['access-control-allow-origin'] === undefined) return shared;
  return {
    ...shared,
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': cors.headers,
    'access-control-max-age': String(cors.maxAge),
  };
}

/**
 * @param {Cors} cors
 * @param {string} origin
 * @param {any} request
 */
function allows({ origin: allowed }, origin, request) {
  if (allowed === '*') return true;
  return typeof allowed === 'function' ? allowed(origin, request) === true : allowed.has(origin);
}

/** @param {unknown} vary */
function varied(vary) {
  const names = [vary ?? []].flat().join(', ');
  if (names === '') return 'Origin';
  return /(?:^|[\s,])(?:origin|\*)(?:$|[\s,])/i.test(names) ? names : `${names}, Origin`;
}

/**
 * @param {any} request
 * @param {string} name in lower case
 * @returns {string | undefined}
 */
function header({ headers }, name) {
  const value = typeof headers.get === 'function' ? headers.get(name) : headers[name];
  return value ?? undefined;
}

module.exports = { corsHeaders, preflightHeaders };
