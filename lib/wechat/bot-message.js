'use strict';

const { createHash } = require('node:crypto');
const { isIdentifier } = require('./identifier.js');

/** @param {any} value */
const string = (value) => (typeof value === 'string' ? value : '');

/** What the user said, of the kinds that are text or became text. */
/** @type {Record<string, (body: any) => string>} */
const TEXTS = {
  text: (body) => string(body.text?.content),
  voice: (body) => string(body.voice?.content),
  mixed: (body) => {
    const items = Array.isArray(body.mixed?.msg_item) ? body.mixed.msg_item : [];
    return items
      .filter((/** @type {any} */ item) => item?.msgtype === 'text')
      .map((/** @type {any} */ item) => string(item.text?.content))
      .join('\n');
  },
};

/**
 * A message or an event of a bot of WeCom as an object.
 *
 * @param {any} body
 * @returns {import('./types/wecom.js').WecomBotMessage}
 */
function botMessageOf(body) {
  const type = string(body.msgtype);
  const event = string(body.event?.eventtype);
  return {
    id: string(body.msgid),
    bot: string(body.aibotid),
    user: string(body.from?.userid),
    ...(string(body.chatid) === '' ? {} : { chat: body.chatid }),
    type,
    text: Object.hasOwn(TEXTS, type) ? (TEXTS[type]?.(body) ?? '') : '',
    ...(event === '' ? {} : { event }),
    fields: body,
  };
}

/**
 * Whether all ids of a message can be some. Only a group has one of a chat.
 *
 * @param {import('./types/wecom.js').WecomBotMessage} message
 */
const isIdentified = ({ id, user, bot, chat }) =>
  [id, user, ...(bot === '' ? [] : [bot]), ...(chat === undefined ? [] : [chat])].every(
    isIdentifier,
  );

/**
 * The key of the conversation that a message belongs to.
 *
 * @param {import('./types/wecom.js').WecomBotMessage} message
 */
const conversationOf = ({ bot, chat = '', user }) => [bot, chat, user].join(':');

/**
 * The id of the stream that answers a message: the same in all processes.
 *
 * @param {import('./types/wecom.js').WecomBotMessage} message
 */
const streamIdOf = ({ bot, id }) =>
  createHash('sha256').update(`${bot}\n${id}`).digest('base64url').slice(0, 22);

/**
 * @param {string} id
 * @param {string} content
 * @param {boolean} finish
 */
const streamReply = (id, content, finish) => ({
  msgtype: 'stream',
  stream: { id, finish, content },
});

module.exports = { botMessageOf, conversationOf, isIdentified, streamIdOf, streamReply };
