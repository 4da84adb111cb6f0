'use strict';

const { createConversations } = require('./conversations.js');
const { WeChatError } = require('./error.js');
const { officialAccount } = require('./official-account.js');
const { wecomApp } = require('./wecom-app.js');
const { wecomBot } = require('./wecom-bot.js');
const { wecomBotConnection } = require('./wecom-bot-connection.js');
const { wecomGroupRobot } = require('./wecom-group-robot.js');

module.exports = {
  WeChatError,
  createConversations,
  officialAccount,
  wecomApp,
  wecomBot,
  wecomBotConnection,
  wecomGroupRobot,
};
