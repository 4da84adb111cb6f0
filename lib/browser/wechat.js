'use strict';

const { missing, missingClass } = require('./missing.js');

module.exports = {
  WeChatError: missingClass('WeChatError'),
  createConversations: missing('createConversations()'),
  officialAccount: missing('officialAccount()'),
  wecomBot: missing('wecomBot()'),
};
