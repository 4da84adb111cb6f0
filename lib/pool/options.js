'use strict';

const { ENDPOINT_OPTIONS, normalizeEndpoint } = require('../options/endpoint.js');
const { SSEOptionError } = require('../core/errors.js');
const { hasControls } = require('../core/http-values.js');
const { lazy } = require('../core/lazy.js');
const check = require('../options/checks.js');
const { normalizeHeaders } = require('../options/request.js');
const { wellFormedText } = require('../options/well-formed-text.js');

const crypto = lazy(() => require('node:crypto'));

const MEMBER_OPTIONS = [
  ...ENDPOINT_OPTIONS,
  ...['headers', 'name', 'weight', 'priority', 'canary'],
];

/** What canaries and callers are counted in. */
const PLACES = 10_000;

const COOLDOWN = 5000;
const BREAKER = { window: 60_000, requests: 5, failures: 0.5, openFor: 5000, maxOpenFor: 60_000 };

/**
 * @typedef {import('../options/endpoint.js').Endpoint} Endpoint
 */

/**
 * One endpoint of a pool.
 *
 * @param {unknown} value
 * @param {string} name how messages call it
 * @returns {Endpoint}
 */
function normalizeMember(value, name) {
  const at = name && `${name}.`;
  if (value === undefined) throw check.wrong(name || 'endpoint', 'an object', value);
  const given = check.group(value, name, MEMBER_OPTIONS);
  const endpoint = normalizeEndpoint(given, at);
  const { weight = 1, priority = 0 } = given;
  return {
    ...endpoint,
    name: given.name === undefined ? endpoint.name : memberName(given.name, `${at}name`),
    weight: check.number(weight, `${at}weight`, { above: 0 }),
    priority: check.whole(priority, `${at}priority`, { least: -(2 ** 31), most: 2 ** 31 - 1 }),
    canary: canaryShare(given.canary, `${at}canary`),
    headers: memberHeaders(given.headers, endpoint, `${at}headers`),
  };
}

/**
 * What the key travels in is the pool's to set: what becomes of a request is held against the key.
 *
 * @param {unknown} value
 * @param {Endpoint} endpoint
 * @param {string} name
 */
function memberHeaders(value, { keys, keyHeader }, name) {
  const headers = normalizeHeaders(value, name);
  const taken = keys.length > 0 ? (keyHeader ?? 'authorization') : undefined;
  for (const [header] of headers) {
    if (header === taken) throw new SSEOptionError(`${name} must not set "${header}": apiKey does`);
    if (/^x-request-(id|attempt)$/.test(header)) {
      throw new SSEOptionError(`${name} must not set "${header}": chat() does`);
    }
  }
  return headers;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function memberName(value, name) {
  const text = check.text(value, name);
  if (text === '' || hasControls(text)) {
    throw new SSEOptionError(`${name} must be neither empty nor hold control characters`);
  }
  return wellFormedText(text, name);
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function canaryShare(value, name) {
  // None is not the same as 0: an endpoint without a canary's share gets ordinary traffic.
  if (value === undefined) return 0;
  const share = check.number(value, name, { above: 0, most: 1 });
  return Math.max(1, Math.round(share * PLACES));
}

/**
 * What changes of an endpoint's share of the traffic; `null` stays as it is.
 *
 * @param {unknown} value
 */
function normalizeShare(value) {
  if (value === undefined) throw check.wrong('changes', 'an object', value);
  const { weight, canary } = check.group(value, 'changes', ['weight', 'canary']);
  return {
    weight: weight === undefined ? null : check.number(weight, 'changes.weight', { above: 0 }),
    canary: canary === undefined ? null : newCanary(canary),
  };
}

/**
 * 0 is refused: whether it stands for no traffic or for ordinary traffic could be mistaken.
 *
 * @param {unknown} value
 */
function newCanary(value) {
  return value === null ? 0 : canaryShare(value, 'changes.canary');
}

/**
 * @param {unknown} value
 * @param {unknown} options
 */
function normalizePool(value, options) {
  const { cooldown = COOLDOWN, breaker } = check.group(options, '', ['cooldown', 'breaker']);
  const endpoints = check.list(value, 'endpoints').map((endpoint, index) => {
    return normalizeMember(endpoint, `endpoints[${index}]`);
  });
  for (const [index, { name }] of endpoints.entries()) {
    const first = endpoints.findIndex((endpoint) => endpoint.name === name);
    if (first < index) {
      throw new SSEOptionError(
        `endpoints[${index}].name is that of endpoints[${first}]; give each a name of its own`,
      );
    }
  }
  return {
    cooldown: check.milliseconds(cooldown, 'cooldown'),
    breaker: normalizeBreaker(breaker),
    endpoints,
  };
}

/** @param {unknown} value */
function normalizeBreaker(value) {
  if (value === false) return null;
  const given = check.group(value, 'breaker', Object.keys(BREAKER));
  const set = Object.entries(given).filter(([, member]) => member !== undefined);
  const rules = { ...BREAKER, ...Object.fromEntries(set) };
  const openFor = check.milliseconds(rules.openFor, 'breaker.openFor', { above: 0 });
  const maxOpenFor = check.milliseconds(rules.maxOpenFor, 'breaker.maxOpenFor', { above: 0 });
  if (given.maxOpenFor !== undefined && maxOpenFor < openFor) {
    throw new SSEOptionError(
      `breaker.maxOpenFor must be at least breaker.openFor (${openFor}), got ${maxOpenFor}`,
    );
  }
  return {
    window: check.milliseconds(rules.window, 'breaker.window', { above: 0 }),
    requests: check.whole(rules.requests, 'breaker.requests', { least: 1, most: 0xffff_ffff }),
    failures: check.number(rules.failures, 'breaker.failures', { above: 0, most: 1 }),
    openFor,
    maxOpenFor: Math.max(openFor, maxOpenFor),
  };
}

/**
 * Where a caller stands among all: what is in the key itself never leaves this process.
 *
 * @param {unknown} value
 * @returns {number | null}
 */
function affinityPlace(value) {
  if (value === undefined) return null;
  const hash = crypto().createHash('sha256').update(check.text(value, 'affinity')).digest();
  return hash.readUInt32BE() % PLACES;
}

/** Stands for the base URL of any endpoint. */
const BASE = 'http://pool/base/';

/**
 * A path, and query, below the base URL of the endpoint that is asked.
 *
 * @param {unknown} value
 */
function pooledPath(value) {
  if (typeof value !== 'string' || URL.canParse(value) || hasControls(value)) {
    throw new SSEOptionError('url must be a path below the base URLs of the pool: "v1/events"');
  }
  const { href } = new URL(value.replace(/^\/+/, './'), BASE);
  if (!href.startsWith(BASE)) {
    throw new SSEOptionError('url must not lead out of the base URLs of the pool');
  }
  return href.slice(BASE.length).replace(/#.*/, '');
}

module.exports = { affinityPlace, normalizeMember, normalizePool, normalizeShare, pooledPath };
