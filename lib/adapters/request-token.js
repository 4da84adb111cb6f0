'use strict';

/**
 * @typedef {object} Places where a token may stand
 * @property {string | undefined} header
 * @property {string | undefined} cookie
 * @property {string | undefined} query
 */

/**
 * The token of a request: that of the header comes before that of the cookie, and this before that of the query.
 *
 * @param {any} request a `Request`, or the request of a Node server
 * @param {Places} places
 * @returns {string | undefined}
 */
function tokenOf(request, { header, cookie, query }) {
  return (
    (header && fromHeader(request, header)) ||
    (cookie && fromCookie(request, cookie)) ||
    (query && fromQuery(request, query)) ||
    undefined
  );
}

/**
 * @param {any} request
 * @param {string} name in lower case
 * @returns {string | undefined}
 */
function headerOf({ headers }, name) {
  const value = typeof headers.get === 'function' ? headers.get(name) : headers[name];
  const one = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one : undefined;
}

/**
 * @param {any} request
 * @param {string} name
 */
function fromHeader(request, name) {
  const value = headerOf(request, name)?.trim();
  const bearer = value === undefined ? null : /^bearer +(\S+)$/i.exec(value);
  // What stands in `Authorization` and is no bearer token is of another kind, such as Basic.
  return bearer?.[1] ?? (name === 'authorization' ? undefined : value);
}

/**
 * @param {any} request
 * @param {string} name
 */
function fromCookie(request, name) {
  for (const pair of headerOf(request, 'cookie')?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
    return pair
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

/**
 * @param {any} request
 * @param {string} name
 */
function fromQuery({ url }, name) {
  if (typeof url !== 'string') return undefined;
  const begins = url.indexOf('?');
  if (begins === -1) return undefined;
  const [text] = url.slice(begins + 1).split('#', 1);
  return new URLSearchParams(text).get(name) ?? undefined;
}

module.exports = { tokenOf };
