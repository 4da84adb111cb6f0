import type { Relay } from '../../../index.js';
import type { Bot, BotEvents, BotOptions } from './bots.js';
import type { WecomBotMessage } from './wecom.js';

/**
 * An intelligent bot of WeCom (企业微信智能机器人) with a long connection: it needs no public address and no callback URL, but the
 * package `ws`.
 *
 * An answer grows before the user's eyes, by a frame every two and a half seconds at the most: a conversation may get 30 messages a
 * minute. The last frame is always sent, also after the connection broke and was made again. What does not fit into 20,480
 * bytes, or comes after five and a half minutes, follows as messages of its own.
 *
 * WeCom allows one connection a bot. When another one takes over, this one is closed and not made again.
 *
 * @example
 * const bot = wecomBotConnection({
 *   botId, secret,
 *   answer: ({ messages, deadline }) =>
 *     chat({ pool, model: 'deepseek-v3.2', messages, deadline, resume: 'restart' }),
 * }).connect();
 *
 * @throws {SSEOptionError} For a wrong option.
 */
export function wecomBotConnection(options: WecomBotConnectionOptions): WecomBotConnection;

/** Options of {@link wecomBotConnection}. */
export interface WecomBotConnectionOptions extends BotOptions<WecomBotMessage> {
  /** The id of the bot. */
  botId: string;
  /** The secret of its long connection. */
  secret: string;
  /** Where to connect. Defaults to `'wss://openws.work.weixin.qq.com'`. */
  url?: string;
  /** What connects: the class `WebSocket` of the package `ws`, or one like it. Defaults to that of `ws`. */
  WebSocket?: new (
    url: string,
  ) => WebSocketLike;
  /** Where answers of `chat()` are kept while they are on their way. Defaults to `createRelay({ name: 'wechat' })`. */
  relay?: Relay;
}

/** A `WebSocket` of the package `ws`, as far as it matters. */
export interface WebSocketLike {
  // biome-ignore lint/suspicious/noExplicitAny: what each event brings is its own
  on(event: string, listener: (...args: any[]) => void): unknown;
  send(text: string): void;
  terminate(): void;
}

/** The events of a {@link WecomBotConnection}, beside those of all bots. */
export interface WecomBotConnectionEvents extends BotEvents {
  /** WeCom knows the bot, and messages may come. */
  open: [];
  /**
   * The connection broke and is made again after `delay` milliseconds: a second, doubled with each failure in a row up to thirty,
   * half of it by chance.
   */
  reconnect: [info: { delay: number; failures: number }];
  /**
   * It is over: closed here, or for good, with an `error` (`ERR_WECHAT_CLOSED`): another connection has taken over, or WeCom has refused
   * the bot five times.
   */
  close: [info: { error?: Error }];
}

/** An intelligent bot with a long connection. Made by {@link wecomBotConnection}. */
export interface WecomBotConnection extends Bot {
  /** Where it is. */
  readonly state: 'idle' | 'connecting' | 'open' | 'closed';
  /** Connects, and stays connected. */
  connect(): this;
  /** Ends it. What is not sent yet is lost. */
  close(): void;
  /**
   * Sends text as messages of its own, in Markdown, in parts of 20,480 bytes, as fast as the budget of the conversation allows.
   *
   * @param chat The userid, or the `chatid` of a group.
   * @param options `group`: whether it is a group. Defaults to `false`.
   * @throws {WeChatError} When there is no connection, or WeCom refuses.
   */
  send(chat: string, text: string, options?: { group?: boolean }): Promise<void>;
  on<K extends keyof WecomBotConnectionEvents>(
    name: K,
    listener: (...args: WecomBotConnectionEvents[K]) => void,
  ): this;
  once<K extends keyof WecomBotConnectionEvents>(
    name: K,
    listener: (...args: WecomBotConnectionEvents[K]) => void,
  ): this;
  off<K extends keyof WecomBotConnectionEvents>(
    name: K,
    listener: (...args: WecomBotConnectionEvents[K]) => void,
  ): this;
}
