import type { Bot, BotOptions } from './bots.js';
import type { OfficialAccountMessage } from './messages.js';
import type { CallbackRoutes } from './routes.js';

/**
 * A bot in an Official Account (公众号, 服务号).
 *
 * An answer that is there within 4.5 seconds, and fits into 2,048 bytes, is the reply to its message. Another one is sent later: pushed
 * as up to five messages, or kept until the user says "1" (`late`).
 *
 * @example
 * const bot = officialAccount({
 *   token, appId, appSecret, encodingAESKey,
 *   answer: ({ messages, deadline, user }) =>
 *     chat({ pool, model: 'deepseek-v3.2', messages, deadline, affinity: user }),
 * });
 * http.createServer(bot.handler).listen(3000);
 *
 * @throws {SSEOptionError} For a wrong option.
 */
export function officialAccount(options: OfficialAccountOptions): OfficialAccount;

/** Options of {@link officialAccount}. */
export interface OfficialAccountOptions extends BotOptions<OfficialAccountMessage> {
  /** The token that is set in the console. */
  token: string;
  /** The AppID. */
  appId: string;
  /** The AppSecret, for messages that are pushed. Defaults to none. */
  appSecret?: string;
  /**
   * The EncodingAESKey of the console, for the safe mode. With it a message that is not encrypted is refused. Without it
   * who has seen one request can forge others for five minutes: the signature of the plain mode does not cover
   * the message. Defaults to none, the plain mode.
   */
  encodingAESKey?: string;
  /**
   * What becomes of an answer that is too late or too long for the reply: `push` sends it as messages of the customer service,
   * which takes a verified account; `park` keeps it until the user says "1". Defaults to `push` with an `appSecret`, else to
   * `park`. What could not be pushed is kept, too.
   */
  late?: 'push' | 'park';
  /** Where the API of WeChat begins. Defaults to `'https://api.weixin.qq.com'`. */
  baseUrl?: string;
}

/** A bot in an Official Account. Made by {@link officialAccount}. */
export interface OfficialAccount extends Bot, CallbackRoutes {
  /** The access token of the account, for calls of your own. */
  readonly accessToken: AccessToken;
  /**
   * Sends text as messages of the customer service, in parts of 2,048 bytes. Resolves with how many they were.
   *
   * @throws {WeChatError} When a part is not taken; those before it are sent.
   */
  send(user: string, text: string): Promise<number>;
}

/** An access token: fetched once for all that wait, in one of all processes that share the store, and renewed five minutes early. */
export interface AccessToken {
  /**
   * One that is good now.
   *
   * @throws {WeChatError} When WeChat gives none.
   */
  get(): Promise<string>;
  /**
   * Another one than one that WeChat has refused.
   *
   * @throws {WeChatError} When WeChat gives none.
   */
  replace(refused: string): Promise<string>;
}
