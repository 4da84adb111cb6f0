'use strict';

const { isAnyArrayBuffer } = require('node:util/types');

const { SSEOptionError } = require('../core/errors.js');
const { hasControls, wellFormed } = require('../core/http-values.js');

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** They frame the message or name the connection, which is the transport's work. */
const FORBIDDEN_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * @typedef {{ url: string, authorization: string | null }} Target `authorization` is what the
 *   user name and password of the URL amount to; `url` no longer holds them
 * @typedef {[name: string, value: string][]} HeaderPairs names in lower case
 * @typedef {{ bytes: Uint8Array, contentType: string | null }} Payload
 */

/**
 * Messages never hold the value: a URL is where tokens are.
 *
 * @param {unknown} value
 * @returns {Target}
 */
function normalizeUrl(value) {
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw new SSEOptionError('url must be a string, a URL or a function that returns one');
  }
  const url = webUrl(value, 'url', 'https://example.com/events');
  const authorization = basicCredentials(url);
  url.username = '';
  url.password = '';
  return { url: url.href, authorization };
}

/**
 * A URL of the web, without fragment.
 *
 * @param {string | URL} value
 * @param {string} name
 * @param {string} example
 */
function webUrl(value, name, example) {
  if (!URL.canParse(String(value))) {
    throw new SSEOptionError(`${name} must be absolute, such as "${example}"`);
  }
  const url = new URL(String(value));
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new SSEOptionError(`${name} must start with http: or https:`);
  }
  url.hash = '';
  return url;
}

/** @param {URL} url */
function basicCredentials({ username, password }) {
  if (username === '' && password === '') return null;
  const pair = `${percentDecoded(username)}:${percentDecoded(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** @param {string} text */
function percentDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Messages hold the names of headers, never their values. A name that is none is not shown
 * either: it is often a whole line, such as "authorization: Bearer …".
 *
 * @param {unknown} value
 * @param {string} [option] how messages call it
 * @returns {HeaderPairs}
 */
function normalizeHeaders(value, option = 'headers') {
  if (value === undefined || value === null) return [];
  /** @type {HeaderPairs} */
  const headers = [];
  for (const [position, entry] of headerEntries(value, option).entries()) {
    const [rawName, content] = entry;
    if (typeof rawName !== 'string' || !TOKEN.test(rawName)) {
      throw new SSEOptionError(`${option} has an invalid name at position ${position + 1}`);
    }
    const name = rawName.toLowerCase();
    if (FORBIDDEN_HEADERS.has(name)) {
      throw new SSEOptionError(`${option} must not set "${name}": the transport does`);
    }
    for (const item of Array.isArray(content) ? content : [content]) {
      if (item !== undefined) headers.push([name, headerValue(item, name)]);
    }
  }
  return headers;
}

/**
 * @param {unknown} value
 * @param {string} option
 * @returns {unknown[][]}
 */
function headerEntries(value, option) {
  if (typeof value !== 'object' || value === null) {
    throw new SSEOptionError(`${option} must be an object, a Headers or a list of [name, value]`);
  }
  if (!(Symbol.iterator in value)) return Object.entries(value);
  const entries = [.../** @type {Iterable<unknown>} */ (value)];
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 2) {
      throw new SSEOptionError(`${option} as a list must hold [name, value] pairs`);
    }
  }
  return /** @type {unknown[][]} */ (entries);
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function headerValue(value, name) {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new SSEOptionError(`the header "${name}" must be a string`);
  }
  const content = wellFormed(String(value)).replace(/^[ \t]+|[ \t]+$/g, '');
  if (hasControls(content)) {
    throw new SSEOptionError(`the header "${name}" must not hold control characters`);
  }
  return content;
}

/**
 * @param {unknown} value
 * @returns {Payload | null}
 */
function normalizeBody(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') {
    return { bytes: Buffer.from(value), contentType: 'text/plain;charset=UTF-8' };
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { bytes, contentType: null };
  }
  if (isAnyArrayBuffer(value)) return { bytes: new Uint8Array(value), contentType: null };
  if (value instanceof URLSearchParams) {
    const contentType = 'application/x-www-form-urlencoded;charset=UTF-8';
    return { bytes: Buffer.from(value.toString()), contentType };
  }
  if (isPlain(value)) {
    return { bytes: Buffer.from(json(value)), contentType: 'application/json' };
  }
  throw new SSEOptionError(
    'body must be a string, bytes, a URLSearchParams, or a plain object or array to send as JSON',
  );
}

/** @param {unknown} value */
function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  // Also a plain object of another realm, as test runners hand them out.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const LONE_SURROGATE = /\\ud[89a-f]/;

/**
 * @param {string} _name
 * @param {unknown} value
 */
const wellFormedText = (_name, value) => (typeof value === 'string' ? wellFormed(value) : value);

/** @param {unknown} value */
function json(value) {
  let written;
  try {
    written = JSON.stringify(value);
    // As elsewhere, a lone surrogate becomes U+FFFD: many a reader of JSON takes no escape of one.
    if (LONE_SURROGATE.test(written)) written = JSON.stringify(value, wellFormedText);
  } catch (cause) {
    throw new SSEOptionError('body cannot be written as JSON; see the cause', { cause });
  }
  if (written === undefined) throw new SSEOptionError('body cannot be written as JSON');
  return written;
}

/**
 * The headers of a request: the caller's own, and beneath them what its URL and body imply.
 *
 * @param {HeaderPairs} own
 * @param {Target | null} target
 * @param {Payload | null} payload
 * @returns {HeaderPairs}
 */
function requestHeaders(own, target, payload) {
  const names = new Set(own.map(([name]) => name));
  const headers = [...own];
  if (target?.authorization && !names.has('authorization')) {
    headers.push(['authorization', target.authorization]);
  }
  if (payload?.contentType && !names.has('content-type')) {
    headers.push(['content-type', payload.contentType]);
  }
  return headers;
}

module.exports = {
  FORBIDDEN_HEADERS,
  TOKEN,
  isPlain,
  normalizeBody,
  normalizeHeaders,
  normalizeUrl,
  requestHeaders,
  webUrl,
};
