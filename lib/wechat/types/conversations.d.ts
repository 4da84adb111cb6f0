import type { ChatMessage, Store } from '../../../index.js';
import type { Clock } from './bots.js';

/** What is kept of a conversation. */
export interface ConversationOptions {
  /** How many messages, those of the user and the assistant together. Defaults to `20`. */
  messages?: number;
  /** How many bytes, as JSON. The last message is kept whatever its size. Defaults to `32768`. */
  bytes?: number;
  /** How long, in milliseconds since the last message. Defaults to `86400000`, a day. */
  lifetime?: number;
  /**
   * How many messages of one user may be answered or wait at a time; those beyond that are refused. Defaults to `3`, which is
   * what WeCom allows.
   */
  waiting?: number;
}

/** Options of {@link createConversations}. */
export interface ConversationsOptions extends ConversationOptions {
  /** Where they are kept. Processes that serve the same users must share one. Defaults to a store in memory. */
  store?: Store;
  /** What their keys in the store begin with. Defaults to `'wechat'`. */
  prefix?: string;
  /** Where they have their time from. Defaults to that of the machine. */
  clock?: Clock;
}

/**
 * Conversations by a key, such as a user: one turn at a time, over all processes that share the store, and a history with a
 * bound. Bots have some of their own; make them yourself for a channel that this package does not know.
 *
 * @throws {SSEOptionError} For a wrong option.
 */
export function createConversations(options?: ConversationsOptions): Conversations;

/** What a turn is given. */
export interface TurnContext {
  /** The conversation so far, the new message last. */
  messages: ChatMessage[];
}

/** What became of a turn. */
export interface TurnResult {
  /** What the assistant said. */
  content: string;
  /** Whether it is not whole. It is kept with an ellipsis behind it. Defaults to `false`. */
  interrupted?: boolean;
}

/** Made by {@link createConversations}. */
export interface Conversations {
  /**
   * Waits for the turns of this key that came before, here and in other processes, adds the message of the user to the history,
   * and calls the function. What it gives is added, too, once it is there; `null` adds nothing. Resolves with the same.
   *
   * @param key At most 900 bytes of any text.
   * @param options `until`: when to give up waiting, in milliseconds since 1970; defaults to ten minutes from now.
   * @throws {WeChatError} `ERR_WECHAT_BUSY` if too many wait already, or the turn was not free in time.
   */
  turn<Result extends TurnResult | null>(
    key: string,
    text: string,
    answer: (context: TurnContext) => Promise<Result>,
    options?: { until?: number },
  ): Promise<Result>;
  /** What is kept of one. */
  history(key: string): Promise<ChatMessage[]>;
  /** Forgets one, as after "new topic". */
  clear(key: string): Promise<void>;
}
