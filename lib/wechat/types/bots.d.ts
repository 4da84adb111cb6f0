import type { EventEmitter } from 'node:events';
import type { ChatMessage, ChatStream, Store } from '../../../index.js';
import type { ConversationOptions } from './conversations.js';

/**
 * What answers a message: an answer of `chat()` that is not used yet, text, text in pieces, or nothing (`null`, `undefined`)
 * where nothing is to be said. Of an answer of `chat()` only the visible text is used.
 */
export type Answer = ChatStream | AsyncIterable<string> | string | null | undefined;

/** What the function of a bot is given to answer one message. */
export interface Turn<Message> {
  /** The message. */
  message: Message;
  /** Who asks: an openid or a userid. */
  user: string;
  /** What the user said. */
  text: string;
  /** The conversation so far, this message last. Give it to `chat()`, behind a message of the system if you have one. */
  messages: ChatMessage[];
  /**
   * When the answer is cut, whatever came of it. Give it to `chat()` as its `deadline`: no wait between two attempts then outlives
   * it.
   */
  deadline: Date;
}

/** The options that all bots have. */
export interface BotOptions<Message> {
  /**
   * Answers a message that is text, or became text. Called once for a message, however often WeChat delivers it. What it
   * throws is told to listeners of `error`; the user gets `texts.failed`.
   */
  answer: (turn: Turn<Message>) => Answer | Promise<Answer>;
  /**
   * Answers anything else: events, images, places. It has no conversation. Defaults to none: nothing is said.
   */
  onMessage?: (message: Message) => Answer | Promise<Answer>;
  /**
   * Where the bot keeps which messages it has seen, conversations, turns and access tokens. Processes that serve one bot must
   * share one. Defaults to a store in memory.
   */
  store?: Store;
  /** What is kept of a conversation. Defaults as {@link ConversationOptions} says. */
  conversation?: ConversationOptions;
  /**
   * How long an answer may take, in milliseconds, at most 59 minutes. What came of it until then is sent, and the
   * user is told that it is not whole. Defaults to `600000`, ten minutes.
   */
  patience?: number;
  /** What the bot says by itself. */
  texts?: Partial<BotTexts>;
  /** What calls the API of WeChat. Defaults to `globalThis.fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Where the bot has its time from; a test has one of its own. Defaults to that of the machine. */
  clock?: Clock;
}

/** What bots say by themselves, each at most 256 bytes long. */
export interface BotTexts {
  /** The answer is not there in time. Defaults to `正在思考，回复 1 查看。` */
  thinking?: string;
  /** At the end of a part that is not the last one. Defaults to `（未完，回复 1 查看余下部分）` */
  more?: string;
  /** The rest comes as a message of its own. Defaults to `（未完，稍后推送）` */
  later?: string;
  /** There was no room for all of it. Defaults to `（内容过长，余下部分已省略）` */
  cut?: string;
  /** Behind what came of an answer that broke off. Defaults to `（回答中断）` */
  interrupted?: string;
  /** Nothing came of the answer. Defaults to `暂时无法回答，请稍后再试。` */
  failed?: string;
  /** Too many messages of this user wait. Defaults to `您的上一条消息还在处理，请稍候。` */
  busy?: string;
}

/** Where a bot has its time from. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back after so many milliseconds. What it returns forgets that. */
  after(delay: number, callback: () => void): () => void;
}

/** One step of a turn, for logs: none of them has a secret or what was said. */
export interface BotStep {
  /**
   * What happened: a message was `received`, or was a `duplicate`; a part of the answer went out as a `frame`, it was `replied`
   * to the callback, `finished` as a stream, `pushed` as messages of its own, or `parked` until the user asks; the
   * user sees `typing`; another process `recovered` a stream.
   */
  step:
    | 'received'
    | 'duplicate'
    | 'frame'
    | 'replied'
    | 'finished'
    | 'pushed'
    | 'parked'
    | 'typing'
    | 'recovered';
  /** The id of the message. */
  message: string;
  /** Who sent it. */
  user: string;
  /** How long after the message came, in milliseconds. */
  ms: number;
  /** Of `received`: the type of the message. */
  type?: string;
  /** Bytes that went out. */
  bytes?: number;
  /** Of `pushed`: how many parts were sent. */
  parts?: number;
  /** Of `pushed`: of how many. */
  of?: number;
}

/** A request that was refused. Whoever sent it was told nothing. */
export interface Refused {
  /**
   * Why: the `method` of the request; a `signature` that is wrong; a timestamp that is `stale`, which a repeated request has; a
   * `size` of more than 128 KiB; a `body` that is no message of WeChat; a message that is `plain` although the bot has a key,
   * or `encrypted` although it has none; a failed `decryption`; a `receiver` that is another account.
   */
  reason:
    | 'method'
    | 'signature'
    | 'stale'
    | 'size'
    | 'body'
    | 'plain'
    | 'encrypted'
    | 'decryption'
    | 'receiver';
  /** When. */
  at: Date;
}

/** The events of a bot. */
export interface BotEvents {
  /** One step of a turn. */
  step: [step: BotStep];
  /** A request that was refused. */
  refused: [refused: Refused];
  /**
   * A failure that no caller could be told of: of an answer, of the store, of the API of WeChat. Without a listener
   * nothing is thrown.
   */
  error: [error: Error];
}

/** What all bots have. */
export interface Bot extends EventEmitter {
  on<K extends keyof BotEvents>(name: K, listener: (...args: BotEvents[K]) => void): this;
  once<K extends keyof BotEvents>(name: K, listener: (...args: BotEvents[K]) => void): this;
  off<K extends keyof BotEvents>(name: K, listener: (...args: BotEvents[K]) => void): this;
}
