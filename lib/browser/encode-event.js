'use strict';

const { SSEOptionError } = require('../errors.js');
const { wellFormed } = require('../http-values.js');

const TEXTS = /** @type {const} */ (['data', 'event', 'id', 'comment']);
const LINE_END = /\r\n|\r|\n/;
const BREAKS = /[\r\n\0]/;

/**
 * @param {string} field
 * @param {string} value
 */
const line = (field, value) => (value === '' ? `${field}:\n` : `${field}: ${value}\n`);

/**
 * @param {string} field
 * @param {string | undefined} text
 */
function lines(field, text) {
  if (text === undefined) return '';
  return wellFormed(text)
    .split(LINE_END)
    .map((part) => line(field, part))
    .join('');
}

/**
 * `encodeEvent` of index.d.ts, where there is no native core.
 *
 * @param {import('../../index.js').OutgoingEvent} event
 * @returns {string}
 */
function encodeEvent(event) {
  if (typeof event !== 'object' || event === null) {
    throw new SSEOptionError('encodeEvent needs an event object');
  }
  for (const name of TEXTS) {
    const value = event[name];
    if (value !== undefined && typeof value !== 'string') {
      throw new SSEOptionError(`${name} must be a string, got ${typeof value}`);
    }
  }
  const { data, event: name = '', id, retry, comment } = event;
  if (retry !== undefined && !(Number.isSafeInteger(retry) && retry >= 0)) {
    throw new SSEOptionError(`retry must be a whole number of milliseconds, got ${String(retry)}`);
  }
  for (const [field, value] of Object.entries({ event: name, id })) {
    if (value === undefined || !BREAKS.test(value)) continue;
    throw new SSEOptionError(
      `${field} must not contain CR, LF or NUL; remove them before encoding`,
    );
  }
  const fields = [
    // The default name need not be written.
    name === '' || name === 'message' ? '' : lines('event', name),
    lines('id', id),
    retry === undefined ? '' : line('retry', String(retry)),
    lines('data', data),
  ].join('');
  return lines('', comment) + (fields === '' ? '' : `${fields}\n`);
}

module.exports = { encodeEvent };
