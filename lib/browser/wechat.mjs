// The same functions as `require('perennial-sse/wechat')` gives here.
import wechat from './wechat.js';

export const {
  WeChatError,
  createConversations,
  officialAccount,
  wecomApp,
  wecomBot,
  wecomBotConnection,
  wecomGroupRobot,
} = wechat;
