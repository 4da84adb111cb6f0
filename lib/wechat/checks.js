'use strict';

const { SSEOptionError } = require('../core/errors.js');

const STORE = ['get', 'set', 'setIfAbsent', 'take', 'replace', 'remove'];

/**
 * A value as a message may show it: its kind, never its content, which may be a secret.
 *
 * @param {unknown} value
 */
function kind(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === undefined) return 'undefined';
  if (typeof value === 'number') return String(value);
  return `a value of type ${typeof value}`;
}

/**
 * @param {string} name
 * @param {string} expected
 * @param {unknown} value
 */
const wrong = (name, expected, value) =>
  new SSEOptionError(`${name} must be ${expected}, got ${kind(value)}`);

/**
 * An object with none but known members.
 *
 * @param {unknown} value
 * @param {readonly string[]} known
 * @param {string} [name]
 * @returns {Record<string, any>}
 */
function group(value, known, name = 'options') {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(name, 'an object', value);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const option = name === 'options' ? unknown : `${name}.${unknown}`;
    throw new SSEOptionError(`unknown option "${option}"; there are ${known.join(', ')}`);
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {string} [hint] where it is found
 */
function text(value, name, hint = 'a string that is not empty') {
  if (typeof value !== 'string' || value === '') throw wrong(name, hint, value);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {number} least
 * @param {string} unit
 */
function whole(value, name, least, unit) {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw wrong(name, `a whole number of ${unit} >= ${least}`, value);
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {(...args: any[]) => any}
 */
function callable(value, name) {
  if (typeof value !== 'function') throw wrong(name, 'a function', value);
  return /** @type {(...args: any[]) => any} */ (value);
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {readonly string[]} words
 * @returns {string}
 */
function oneOf(value, name, words) {
  const found = words.find((word) => word === value);
  if (found === undefined) throw wrong(name, words.map((word) => `'${word}'`).join(' or '), value);
  return found;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {readonly string[]} methods
 * @param {string} maker
 * @returns {any}
 */
function having(value, name, methods, maker) {
  const missing = methods.some((method) => typeof Object(value)[method] !== 'function');
  if (missing) throw wrong(name, `what ${maker} returns`, value);
  return value;
}

/** @param {unknown} value */
const store = (value) => having(value, 'store', STORE, 'memoryStore()');

/** @param {unknown} value */
const relay = (value) => having(value, 'relay', ['run', 'resume'], 'createRelay()');

/** @param {unknown} value */
const clock = (value) => having(value, 'clock', ['now', 'after'], 'virtualClock()');

/**
 * The address of an API.
 *
 * @param {unknown} value
 * @param {string} name
 * @param {RegExp} [protocols]
 */
function address(value, name, protocols = /^https?:$/) {
  const url = URL.canParse(String(value)) ? new URL(String(value)) : undefined;
  if (url === undefined || !protocols.test(url.protocol)) {
    throw new SSEOptionError(`${name} must be the URL of a server`);
  }
  return url.href.replace(/\/$/, '');
}

module.exports = {
  address,
  callable,
  clock,
  group,
  having,
  oneOf,
  relay,
  store,
  text,
  whole,
  wrong,
};
