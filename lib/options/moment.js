'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { deadline } = require('./checks.js');

/**
 * A moment: a `Date`, or milliseconds from now; nothing, or `null`, for never.
 *
 * @param {unknown} value
 * @param {string} name
 * @returns {number | null} milliseconds from now, 0 for a moment that has passed
 */
function moment(value, name) {
  if (value === undefined || value === null) return null;
  if (!(value instanceof Date)) return deadline(value, name);
  if (Number.isNaN(value.getTime())) throw new SSEOptionError(`${name} must be a valid Date`);
  return Math.max(0, value.getTime() - Date.now());
}

module.exports = { moment };
