'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { hasControls } = require('../core/http-values.js');
const check = require('./checks.js');
const { identifier } = require('./identifier.js');

/** The longest name of a channel or a user, in UTF-8: both stand in the position that clients keep. */
const LONGEST = 256;

/** The channel of all clients, and what the names of users' channels begin with. */
const EVERYONE = '*';
const OF_USER = 'user:';

/** @param {string} user */
const channelOf = (user) => `${OF_USER}${user}`;

/**
 * The name of a channel that callers may name: the others have verbs of their own.
 *
 * @param {unknown} value
 * @param {string} name
 */
function channelName(value, name) {
  const channel = visible(value, name);
  if (channel === EVERYONE) {
    throw new SSEOptionError(`${name} must not be "*", which every client has: use broadcast()`);
  }
  if (channel.startsWith(OF_USER)) {
    throw new SSEOptionError(
      `${name} must not begin with "user:": each user has such a channel already, use toUser()`,
    );
  }
  return channel;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function userName(value, name) {
  return visible(value, name);
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function visible(value, name) {
  const text = identifier(value, name, LONGEST);
  if (hasControls(text) || text.includes('\t')) {
    throw new SSEOptionError(`${name} must not contain control characters`);
  }
  return text;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {string[]} each once
 */
function channelNames(value, name) {
  const names = check
    .list(value, name)
    .map((channel, index) => channelName(channel, `${name}[${index}]`));
  return [...new Set(names)];
}

module.exports = { EVERYONE, OF_USER, channelName, channelNames, channelOf, userName };
