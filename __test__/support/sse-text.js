'use strict';

/**
 * The bytes of one event, written independently of the encoder under test.
 *
 * @param {{ id?: string | number, event?: string, data?: string, retry?: number | string }} event
 */
function eventText({ id, event, data, retry }) {
  let text = '';
  if (retry !== undefined) text += `retry: ${retry}\n`;
  if (event !== undefined) text += `event: ${event}\n`;
  if (id !== undefined) text += `id: ${id}\n`;
  if (data !== undefined) {
    for (const line of String(data).split(/\r\n|\r|\n/)) text += `data: ${line}\n`;
  }
  return `${text}\n`;
}

/** A comment line. */
const commentText = (text) => `: ${text}\n`;

module.exports = { commentText, eventText };
