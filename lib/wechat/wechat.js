'use strict';

const { createConversations } = require('./conversations.js');
const { WeChatError } = require('./error.js');
const { officialAccount } = require('./official-account.js');

module.exports = {
  WeChatError,
  createConversations,
  officialAccount,
};
