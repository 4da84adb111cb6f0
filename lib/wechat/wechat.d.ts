export * from './types/bots.js';
export type * from './types/conversations.js';
export { createConversations } from './types/conversations.js';
export type * from './types/errors.js';
export { WeChatError } from './types/errors.js';
export type * from './types/messages.js';
export type * from './types/official-account.js';
export { officialAccount } from './types/official-account.js';
export type * from './types/routes.js';
