'use strict';

/** The longest that one of WeChat may be, in bytes: keys of a store have room for several. */
const LONGEST = 200;

/**
 * Whether text can be an id of a message, a user, a bot or a conversation.
 *
 * @param {string} text
 */
const isIdentifier = (text) =>
  text !== '' && Buffer.byteLength(text) <= LONGEST && !/\p{Surrogate}/u.test(text);

module.exports = { isIdentifier };
