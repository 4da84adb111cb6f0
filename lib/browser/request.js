'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { hasControls } = require('../core/http-values.js');
const { wrong } = require('../options/checks.js');

/** An id that is longer is refused by servers, for good: they bound the size of a head. */
const MAX_ID = 4096;

const encoder = new TextEncoder();

/**
 * Text as the bytes of its UTF-8, which is how headers are given what is not ASCII.
 *
 * @param {string} text
 */
const byteString = (text) =>
  Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join('');

/**
 * Whether an id can be sent to resume after it.
 *
 * @param {string} id
 */
const isSendable = (id) => !hasControls(id) && encoder.encode(id).length <= MAX_ID;

/**
 * Messages never hold the value: a URL is where tokens are.
 *
 * @param {unknown} value
 */
function normalizeUrl(value) {
  const base = /** @type {any} */ (globalThis).location?.href;
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw new SSEOptionError('url must be a string, a URL or a function that returns one');
  }
  if (!URL.canParse(String(value), base)) {
    throw new SSEOptionError('url must be absolute, such as "https://example.com/events"');
  }
  const url = new URL(value, base);
  url.hash = '';
  if (!/^https?:$/.test(url.protocol)) {
    throw new SSEOptionError('url must start with http: or https:');
  }
  if (url.username !== '' || url.password !== '') {
    throw new SSEOptionError(
      'url must not hold a user name or password, which browsers refuse; set headers.authorization',
    );
  }
  return url;
}

/**
 * Messages hold the names of headers, never their values.
 *
 * @param {any} value
 */
function normalizeHeaders(value) {
  const headers = new Headers();
  if (value === undefined || value === null) return headers;
  if (typeof value !== 'object') throw wrong('headers', 'an object, a Headers or a list', value);
  const entries = Symbol.iterator in value ? [...value] : Object.entries(value);
  for (const [name, content] of entries) {
    for (const item of Array.isArray(content) ? content : [content]) {
      if (item === undefined) continue;
      if (typeof item !== 'string' && typeof item !== 'number') {
        throw new SSEOptionError(`the header "${name}" must be a string`);
      }
      try {
        headers.append(name, byteString(String(item)));
      } catch {
        throw new SSEOptionError(`the header "${name}" has a name or a value that cannot be sent`);
      }
    }
  }
  // A request drops what belongs to the browser.
  const sent = new Request('http://localhost/', { headers }).headers;
  for (const [name] of headers) {
    if (!sent.has(name)) {
      throw new SSEOptionError(`headers must not set "${name}": the browser does`);
    }
  }
  return headers;
}

/** @param {any} value */
function isPlain(value) {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  // Also a plain object of another realm, such as a frame.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * @param {any} value
 * @returns {{ content: any, type?: string } | undefined}
 */
function normalizeBody(value) {
  if (value === undefined || value === null) return undefined;
  // For these fetch itself says what they are.
  const known = typeof value === 'string' || value instanceof URLSearchParams;
  if (known || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return { content: value };
  if (typeof value !== 'object' || !isPlain(value)) {
    throw new SSEOptionError(
      'body must be a string, bytes, a URLSearchParams, or a plain object or array to send as JSON',
    );
  }
  try {
    return { content: JSON.stringify(value), type: 'application/json' };
  } catch (cause) {
    throw new SSEOptionError('body cannot be written as JSON; see the cause', { cause });
  }
}

/** Tells repetitions of a request from new ones; not all pages may use `randomUUID`. */
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

module.exports = {
  MAX_ID,
  byteString,
  isSendable,
  normalizeBody,
  normalizeHeaders,
  normalizeUrl,
  randomKey,
};
