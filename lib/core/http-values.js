'use strict';

/**
 * A URL as it may appear in an error or a log: no user name, no password, no fragment, and of the
 * query only the names. Tokens travel in any of these.
 *
 * @param {string | URL} url
 * @returns {string} the empty string for text that is no URL: it cannot be told what in it is secret
 */
function redactUrl(url) {
  if (!URL.canParse(String(url))) return '';
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.hash = '';
  if (shown.search !== '') {
    shown.search = shown.search.slice(1).split('&').map(redactPair).join('&');
  }
  return shown.href;
}

/** @param {string} pair */
function redactPair(pair) {
  const equals = pair.indexOf('=');
  return equals === -1 ? '***' : `${pair.slice(0, equals)}=***`;
}

/**
 * Header pairs as one record: null prototype, names in lower case, repeated values joined by `, `.
 * The null prototype keeps a header named `__proto__` a header.
 *
 * @param {ReadonlyArray<readonly [string, string]>} pairs
 * @returns {Record<string, string>}
 */
function headerRecord(pairs) {
  /** @type {Map<string, string>} */
  const joined = new Map();
  for (const [rawName, value] of pairs) {
    const name = rawName.toLowerCase();
    const earlier = joined.get(name);
    joined.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  // Made so, many records with the same names share their shape: a fifth of the memory.
  return Object.setPrototypeOf(Object.fromEntries(joined), null);
}

/**
 * Text that survives JSON on its way into the core: a lone surrogate becomes U+FFFD.
 *
 * @param {string} text
 * @returns {string}
 */
function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * Whether text holds what no header value may (RFC 9110, 5.5): CR and LF would start a header of
 * their own.
 *
 * @param {string} text
 * @returns {boolean}
 */
function hasControls(text) {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

module.exports = { hasControls, headerRecord, redactUrl, wellFormed };
