'use strict';

const { missing, missingClass } = require('./missing.js');

module.exports = {
  WeChatError: missingClass('WeChatError'),
  createConversations: missing('createConversations()'),
  officialAccount: missing('officialAccount()'),
  wecomApp: missing('wecomApp()'),
  wecomBot: missing('wecomBot()'),
  wecomBotConnection: missing('wecomBotConnection()'),
  wecomGroupRobot: missing('wecomGroupRobot()'),
};
