'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { hasControls } = require('../core/http-values.js');
const { lazy } = require('../core/lazy.js');
const check = require('./checks.js');
const { FORBIDDEN_HEADERS, TOKEN, webUrl } = require('./request.js');
const { wellFormedText } = require('./well-formed-text.js');

const crypto = lazy(() => require('node:crypto'));

/**
 * @typedef {{ hash: string, secret: string }} Key
 *
 * @typedef {object} Endpoint as the core is told
 * @property {string} name
 * @property {string} baseUrl
 * @property {number} weight
 * @property {number} priority
 * @property {number} canary of ten thousand callers
 * @property {import('./request.js').HeaderPairs} headers
 * @property {{ style: string, echo: boolean | null } | null} prefill
 * @property {string | null} keyHeader
 * @property {boolean} doneProves
 * @property {Key[]} keys
 */

const PREFILL_STYLES = ['anthropic', 'deepseek', 'mistral', 'qwen', 'kimi', 'vllm'];

/** What one endpoint is made of, alone or in a pool. */
const ENDPOINT_OPTIONS = ['baseUrl', 'apiKey', 'keyHeader', 'prefill', 'done'];

/**
 * Messages never hold a URL or a key.
 *
 * @param {Record<string, any>} given
 * @param {string} at how messages call it, in front of its members: `endpoints[1].`
 * @returns {Endpoint}
 */
function normalizeEndpoint(given, at = '') {
  const url = baseUrl(given.baseUrl, `${at}baseUrl`);
  return {
    name: url.host,
    baseUrl: url.href,
    weight: 1,
    priority: 0,
    canary: 0,
    headers: [],
    prefill: normalizePrefill(given.prefill, `${at}prefill`),
    keyHeader: normalizeKeyHeader(given.keyHeader, `${at}keyHeader`),
    doneProves: normalizeDone(given.done, `${at}done`),
    keys: normalizeKeys(given.apiKey, `${at}apiKey`),
  };
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function baseUrl(value, name) {
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw new SSEOptionError(`${name} must be a string or a URL`);
  }
  const url = webUrl(value, name, 'https://api.example.com/v1');
  if (url.username !== '' || url.password !== '') {
    throw new SSEOptionError(`${name} must not hold a user name or password; use headers`);
  }
  return url;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {Key[]}
 */
function normalizeKeys(value, name) {
  if (value === null) return [];
  if (value === undefined) {
    throw new SSEOptionError(
      `${name} is missing; give the key, or null for an endpoint that wants none`,
    );
  }
  if (!Array.isArray(value)) return [normalizeKey(value, name)];
  if (value.length === 0) {
    throw new SSEOptionError(`${name} must not be an empty array; null is for none`);
  }
  const keys = value.map((key, index) => normalizeKey(key, `${name}[${index}]`));
  for (const [index, { secret }] of keys.entries()) {
    const first = keys.findIndex((key) => key.secret === secret);
    if (first < index) throw new SSEOptionError(`${name}[${index}] repeats ${name}[${first}]`);
  }
  return keys;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {Key}
 */
function normalizeKey(value, name) {
  // Not shown, whatever it is.
  if (typeof value !== 'string') throw new SSEOptionError(`${name} must be a string`);
  if (value.trim() === '') throw new SSEOptionError(`${name} is empty; give the key`);
  if (hasControls(value) || value.trim() !== value) {
    throw new SSEOptionError(`${name} must not hold line breaks or begin or end with space`);
  }
  wellFormedText(value, name);
  return { hash: keyHash(value), secret: value };
}

/**
 * How a key is shown.
 *
 * @param {string} secret
 */
function keyHash(secret) {
  return crypto().createHash('sha256').update(secret).digest('hex').slice(0, 8);
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function normalizeKeyHeader(value, name) {
  if (value === undefined) return null;
  const header = check.text(value, name).toLowerCase();
  if (TOKEN.test(header) && !FORBIDDEN_HEADERS.has(header)) return header;
  throw new SSEOptionError(`${name} must be the name of a header that may carry a key`);
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function normalizeDone(value = 'end', name = '') {
  if (value === 'end' || value === 'evidence') return value === 'evidence';
  throw check.wrong(name, 'one of "end", "evidence"', value);
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {Endpoint['prefill']}
 */
function normalizePrefill(value, name) {
  if (value === undefined) return null;
  const given = typeof value === 'string' ? { style: value } : value;
  const { style, echo } = check.group(given, name, ['style', 'echo']);
  if (!PREFILL_STYLES.includes(style)) {
    const at = given === value ? `${name}.style` : name;
    throw check.wrong(at, `one of "${PREFILL_STYLES.join('", "')}"`, style);
  }
  return { style, echo: echo === undefined ? null : check.flag(echo, `${name}.echo`) };
}

module.exports = { ENDPOINT_OPTIONS, normalizeEndpoint, normalizeKey };
