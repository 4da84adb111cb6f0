'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { wellFormed } = require('../core/http-values.js');
const { outgoingEvent } = require('../server/outgoing-event.js');

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
  const { data, name = '', id, retry, comment } = outgoingEvent(event);
  for (const [field, value] of Object.entries({ event: name, id })) {
    if (value === undefined || !BREAKS.test(value)) continue;
    throw new SSEOptionError(
      `${field} must not contain CR, LF or NUL; remove them before encoding`,
    );
  }
  const fields = [
    name === '' ? '' : lines('event', name),
    lines('id', id),
    retry === undefined ? '' : line('retry', String(retry)),
    lines('data', data),
  ].join('');
  return lines('', comment) + (fields === '' ? '' : `${fields}\n`);
}

module.exports = { encodeEvent };
