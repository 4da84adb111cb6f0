'use strict';

const { valueAt } = require('./json-path.js');
const { painter, visible, visibleJson } = require('./terminal-text.js');

/**
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {import('../../index.js').OutgoingEvent} OutgoingEvent
 *
 * @typedef {object} Form how events are written
 * @property {(event: ServerSentEvent) => string | undefined} event `undefined` writes nothing
 * @property {(text: string) => string} [comment]
 *
 * @typedef {object} Screen where they are written
 * @property {boolean} terminal
 * @property {boolean} colour
 */

/**
 * An event a line: its name and id if it has any, then its data, further lines of it indented.
 *
 * @param {Screen} screen
 * @returns {Form}
 */
function text({ terminal, colour }) {
  const paint = painter(colour);
  const shown = terminal ? visible : String;
  return {
    event({ event, id, data }) {
      const name = event === 'message' ? '' : `${paint('cyan', shown(event))} `;
      const mark = id ? `${paint('dim', `#${shown(id)}`)} ` : '';
      return `${name}${mark}${shown(data).replaceAll('\n', '\n  ')}\n`;
    },
  };
}

/**
 * An event a line, as JSON.
 *
 * @param {Screen} screen
 * @returns {Form}
 */
function ndjson({ terminal }) {
  const shown = terminal ? visibleJson : String;
  return { event: (event) => `${shown(JSON.stringify(event))}\n` };
}

/**
 * The event stream again.
 *
 * @param {(event: OutgoingEvent) => string} encodeEvent
 * @param {Screen} screen
 * @returns {Form}
 */
function raw(encodeEvent, { terminal }) {
  const shown = terminal ? visible : String;
  return {
    event: ({ event, data, id, retry }) =>
      shown(
        encodeEvent({
          // Readers may get a NUL in a name, writers may not send one.
          event: event.replaceAll('\0', '\ufffd'),
          data,
          id,
          ...(Number.isSafeInteger(retry) && { retry }),
        }),
      ),
    comment: (comment) => shown(encodeEvent({ comment })),
  };
}

/**
 * A value of the data of each event. Events without it, or with null there, write nothing.
 *
 * @param {object} how
 * @param {readonly string[]} how.path
 * @param {boolean} how.lines whether a value is written as one line of JSON, also a string
 * @param {boolean} how.join whether values follow each other without line breaks
 * @param {Screen} screen
 * @param {(data: string) => void} skipped called for data that is no JSON
 * @returns {Form}
 */
function json({ path, lines, join }, { terminal }, skipped) {
  const end = join ? '' : '\n';
  const shown = terminal ? visible : String;
  const shownJson = terminal ? visibleJson : String;
  return {
    event({ data }) {
      let parsed;
      try {
        parsed = JSON.parse(data);
      } catch {
        skipped(data);
        return undefined;
      }
      const value = valueAt(parsed, path);
      if (value === undefined || value === null) return undefined;
      if (lines) return `${shownJson(JSON.stringify(value))}${end}`;
      if (typeof value === 'string') return `${shown(value)}${end}`;
      return `${shownJson(JSON.stringify(value, null, 2))}${end}`;
    },
  };
}

module.exports = { json, ndjson, raw, text };
