import type { Relay } from '../../../index.js';
import type { Bot, BotOptions } from './bots.js';
import type { CallbackRoutes } from './routes.js';

/** A message or an event of an intelligent bot of WeCom. */
export interface WecomBotMessage {
  /** The `msgid`. */
  readonly id: string;
  /** The `aibotid`. */
  readonly bot: string;
  /** The userid. */
  readonly user: string;
  /** The `chatid`, in a group. */
  readonly chat?: string;
  /** `text`, `voice`, `mixed`, `image`, `file`, `video`, `event`, and what else WeCom sends. */
  readonly type: string;
  /** What the user said; empty for what is no text. */
  readonly text: string;
  /** Of an event, which: `enter_chat`, `template_card_event`, `feedback_event`, and others. */
  readonly event?: string;
  /** Everything that WeCom sent, by its own names. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * An intelligent bot of WeCom (企业微信智能机器人) with a callback URL.
 *
 * An answer grows before the user's eyes: WeCom asks for it each second, and gets the text so far, out of memory. It is finished after
 * five and a half minutes; what comes later, or did not fit into 20,480 bytes, follows as one message. A `reset` of the
 * answer costs nothing here: `resume: 'restart'` of `chat()` is the policy of choice.
 *
 * @example
 * const bot = wecomBot({
 *   token, encodingAESKey,
 *   answer: ({ messages, deadline, user }) =>
 *     chat({ pool, model: 'deepseek-v3.2', messages, deadline, resume: 'restart', affinity: user }),
 * });
 * http.createServer(bot.handler).listen(3000);
 *
 * @throws {SSEOptionError} For a wrong option.
 */
export function wecomBot(options: WecomBotOptions): WecomBot;

/** Options of {@link wecomBot}. */
export interface WecomBotOptions extends BotOptions<WecomBotMessage> {
  /** The token of the callback URL. */
  token: string;
  /** The EncodingAESKey of the callback URL. */
  encodingAESKey: string;
  /**
   * Where answers of `chat()` are kept while they are on their way. With one whose log all processes share, each of them can be asked
   * for a stream, and goes on with what was logged when another one dies. Defaults to `createRelay({ name: 'wechat' })`,
   * in memory: all requests must then reach one process.
   */
  relay?: Relay;
  /**
   * What becomes of an answer whose process has died: the user gets what was logged, and a word that it broke off (`fail`), or it
   * is asked for, and paid, again (`restart`). Defaults to `'fail'`.
   */
  onLost?: 'fail' | 'restart';
}

/** An intelligent bot with a callback URL. Made by {@link wecomBot}. */
export interface WecomBot extends Bot, CallbackRoutes {}
