'use strict';

const { SSEOptionError } = require('../core/errors.js');
const check = require('./checks.js');
const { LINE_BREAK } = require('./hub.js');
const { identifier } = require('./identifier.js');

const MESSAGE = ['event', 'data'];
const PUBLICATION = [...MESSAGE, 'key', 'dedupeId'];

/** The longest of these, in UTF-8. */
const LONGEST_NAME = 256;

/**
 * What a hub is to send to one client.
 *
 * @param {unknown} given
 * @param {ReadonlySet<string>} reserved names of events that hubs send by themselves
 */
function normalizeMessage(given, reserved) {
  return message(members(given, MESSAGE), reserved);
}

/**
 * What a hub is to send to a channel.
 *
 * @param {unknown} given
 * @param {ReadonlySet<string>} reserved
 */
function normalizePublication(given, reserved) {
  const event = members(given, PUBLICATION);
  return {
    ...message(event, reserved),
    key: optional(event.key, 'event.key'),
    dedupeId: optional(event.dedupeId, 'event.dedupeId'),
  };
}

/**
 * @param {unknown} given
 * @param {readonly string[]} known
 */
function members(given, known) {
  if (given === undefined) throw check.wrong('event', 'an object', given);
  return check.group(given, 'event', known);
}

/**
 * @param {Record<string, any>} event
 * @param {ReadonlySet<string>} reserved
 */
function message({ event, data }, reserved) {
  return { event: eventName(event, reserved), data: textOf(data) };
}

/**
 * @param {unknown} value
 * @param {ReadonlySet<string>} reserved
 */
function eventName(value, reserved) {
  // What has no name is a message; so is what is called one.
  if (value === undefined || value === 'message') return null;
  const name = identifier(value, 'event.event', LONGEST_NAME);
  if (LINE_BREAK.test(name)) {
    throw new SSEOptionError('event.event must not contain CR, LF or NUL');
  }
  if (reserved.has(name)) {
    throw new SSEOptionError(
      `event.event must not be ${JSON.stringify(name)}, which the hub sends itself; its option ` +
        '"events" gives that another name',
    );
  }
  return name;
}

/**
 * @param {unknown} data
 * @returns {string}
 */
function textOf(data) {
  if (typeof data === 'string') return data;
  let json;
  try {
    json = JSON.stringify(data);
  } catch (cause) {
    throw unwritable(data, cause);
  }
  if (json === undefined) throw unwritable(data);
  return json;
}

/**
 * @param {unknown} data
 * @param {unknown} [cause]
 */
function unwritable(data, cause) {
  const { message } = check.wrong('event.data', 'a string, or a value that JSON can hold', data);
  return cause === undefined
    ? new SSEOptionError(message)
    : new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
}

/**
 * @param {unknown} value
 * @param {string} name
 */
const optional = (value, name) =>
  value === undefined ? null : identifier(value, name, LONGEST_NAME);

module.exports = { MESSAGE, PUBLICATION, normalizeMessage, normalizePublication };
