'use strict';

const { createConversations } = require('./conversations.js');
const { WeChatError } = require('./error.js');
const { officialAccount } = require('./official-account.js');
const { wecomBot } = require('./wecom-bot.js');

module.exports = {
  WeChatError,
  createConversations,
  officialAccount,
  wecomBot,
};
