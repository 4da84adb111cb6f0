'use strict';

const { SSEOptionError } = require('../core/errors.js');

/**
 * A value as a message may show it: kinds rather than contents, and never at length.
 *
 * @param {unknown} value
 */
function show(value) {
  switch (typeof value) {
    case 'string':
      return value.length > 40 ? 'a long string' : JSON.stringify(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
    default:
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
  }
}

/**
 * @param {string} name
 * @param {string} expected
 * @param {unknown} value
 */
const wrong = (name, expected, value) =>
  new SSEOptionError(`${name} must be ${expected}, got ${show(value)}`);

/**
 * An options object with none but known members; `undefined` is an empty one.
 *
 * @param {unknown} value
 * @param {string} name how messages call it; the empty string for the outermost
 * @param {readonly string[]} known
 * @returns {Record<string, any>}
 */
function group(value, name, known) {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(name || 'options', 'an object', value);
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const option = name ? `${name}.${key}` : key;
    throw new SSEOptionError(`unknown option "${option}"; there are ${known.join(', ')}`);
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {{ above?: number, least?: number, most?: number, unit?: string, nullable?: boolean }} [range]
 * @returns {number}
 */
function number(value, name, range = {}) {
  const { above = -Infinity, least = -Infinity, most = Infinity, unit, nullable } = range;
  const given = /** @type {number} */ (value);
  if (Number.isFinite(value) && given > above && given >= least && given <= most) return given;
  const bounds = Object.entries({ '>': above, '>=': least, '<=': most })
    .filter(([, bound]) => Math.abs(bound) < Number.MAX_SAFE_INTEGER)
    .map((pair) => pair.join(' '));
  const kind = unit ? `a number of ${unit}` : 'a number';
  const none = nullable ? ', or null for no limit' : '';
  throw wrong(name, `${kind} ${bounds.join(' and ')}${none}`, value);
}

/**
 * Milliseconds, rounded up to whole ones: the core counts in whole milliseconds, and a wait must
 * not round to nothing.
 *
 * @param {unknown} value
 * @param {string} name
 * @param {{ above?: number, least?: number, nullable?: boolean }} [range]
 */
function milliseconds(value, name, range = { least: 0 }) {
  const most = Number.MAX_SAFE_INTEGER;
  return Math.ceil(number(value, name, { ...range, most, unit: 'milliseconds' }));
}

/**
 * A deadline: positive, or `null` for none.
 *
 * @param {unknown} value
 * @param {string} name
 */
function deadline(value, name) {
  return value === null ? null : milliseconds(value, name, { above: 0, nullable: true });
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {{ least: number, most?: number, unit?: string, nullable?: boolean }} range
 */
function whole(value, name, { least, most = Number.MAX_SAFE_INTEGER, unit = '', nullable }) {
  if (typeof value === 'number' && !Number.isInteger(value)) {
    throw wrong(name, 'a whole number', value);
  }
  return number(value, name, { least, most, unit, nullable });
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function flag(value, name) {
  if (typeof value !== 'boolean') throw wrong(name, 'true or false', value);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function text(value, name) {
  if (typeof value !== 'string') throw wrong(name, 'a string', value);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {unknown[]}
 */
function list(value, name) {
  if (!Array.isArray(value)) throw wrong(name, 'an array', value);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {readonly string[]} words
 */
function oneOf(value, name, words) {
  if (!words.includes(/** @type {string} */ (value))) {
    throw wrong(name, words.map((word) => `'${word}'`).join(' or '), value);
  }
}

module.exports = {
  deadline,
  flag,
  group,
  list,
  milliseconds,
  number,
  oneOf,
  text,
  whole,
  wrong,
};
