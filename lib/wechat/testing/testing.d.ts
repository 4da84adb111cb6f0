import type { Store } from '../../../index.js';
import type { Clock } from '../types/bots.js';
import type { WebSocketLike } from '../types/wecom-connection.js';

/**
 * A clock that stands still until it is told to go on: six minutes of a stream pass in a few milliseconds.
 *
 * @param start Its time at the beginning: a `Date`, or milliseconds since 1970. Defaults to the first of January 2026.
 */
export function virtualClock(start?: number | Date): VirtualClock;

/** Made by {@link virtualClock}. Give it as `clock` to a bot and to what stands for WeChat. */
export interface VirtualClock extends Clock {
  /**
   * Goes on by so many milliseconds, calls back what is due at its time, and lets what that began go on in between: promises,
   * and whatever takes a few turns of the event loop. For what takes longer, such as another server, wait yourself.
   */
  advance(ms: number): Promise<void>;
  /** Lets what was begun go on, without any time. */
  settle(): Promise<void>;
}

/** A store in memory whose values end by a clock of the test. */
export function virtualStore(clock: Clock): Store;

/** Where WeChat delivers: the URL of a server, or the `fetch` of a bot. */
export type Target = string | URL | ((request: Request) => Promise<Response> | Response);

/** A text that a user saw. */
export interface ShownText {
  text: string;
  /** As the reply to a message, or as a message of its own. */
  by: 'reply' | 'message';
  at: Date;
}

/**
 * WeChat, as an Official Account sees it. It signs and encrypts, cuts a callback after five seconds and delivers it three times
 * under the same `MsgId`, and refuses what WeChat refuses.
 *
 * @example
 * const clock = virtualClock();
 * const settings = { token: 'token', appId: 'wx1', appSecret: 'secret', clock };
 * const wechat = fakeOfficialAccount({ ...settings, target: (request) => bot.fetch(request) });
 * const bot = officialAccount({ ...settings, fetch: wechat.fetch, answer: ({ text }) => text });
 * await wechat.say('ann', 'hello');
 * wechat.shown('ann'); // ['hello']
 */
export function fakeOfficialAccount(options: FakeOfficialAccountOptions): FakeOfficialAccount;

/** Options of {@link fakeOfficialAccount}. */
export interface FakeOfficialAccountOptions {
  /** Where it delivers. */
  target: Target;
  token: string;
  appId: string;
  /** Which the API wants. */
  appSecret?: string;
  /** For the safe mode. Defaults to none, the plain mode. */
  encodingAESKey?: string;
  /** Whether the account may send messages of the customer service. Defaults to `true`. */
  permissions?: boolean;
  /** The id of the account. Defaults to `'gh_fake'`. */
  account?: string;
  /** Defaults to that of the machine. */
  clock?: Clock;
}

/** Made by {@link fakeOfficialAccount}. */
export interface FakeOfficialAccount {
  /** Whether the target verifies the URL, as the console asks. */
  verify(): Promise<boolean>;
  /** A user sends text. Resolves when WeChat has what it shows as the reply, or has given up. */
  say(user: string, text: string): Promise<Delivered>;
  /** A user does something, such as `subscribe`. */
  event(user: string, event: string, fields?: Record<string, string>): Promise<Delivered>;
  /** Delivers a message with these fields, by WeChat's own names. */
  deliver(user: string, fields: Record<string, string>): Promise<Delivered>;
  /** What a user saw, in order. */
  shown(user: string): string[];
  /** The same with times. */
  record(user: string): ShownText[];
  /** The users for whom a sign of typing was shown. */
  readonly typing: string[];
  /** The API, for the option `fetch` of a bot. */
  readonly fetch: typeof globalThis.fetch;
  /** Its access tokens. */
  readonly tokens: FakeTokens;
}

/** The access tokens of an account. */
export interface FakeTokens {
  /** How many there were. */
  readonly issued: number;
  /** Makes all of them void. */
  revoke(): void;
}

/** What became of a delivery. */
export interface Delivered {
  /** How often it was delivered. */
  tries: number;
  /** What the user saw as the reply; empty for nothing. */
  text: string;
}

/**
 * WeCom, as an intelligent bot with a callback URL sees it. It signs and encrypts, delivers three times, asks for a stream each second
 * for at most six minutes, and notes what WeCom would not take.
 */
export function fakeWecomBot(options: FakeWecomBotOptions): FakeWecomBot;

/** Options of {@link fakeWecomBot}. */
export interface FakeWecomBotOptions {
  /** Where it delivers. */
  target: Target;
  token: string;
  encodingAESKey: string;
  /** The id of the bot. Defaults to `'bot-1'`. */
  bot?: string;
  /** Defaults to that of the machine. */
  clock?: Clock;
}

/** What an answer looked like. */
export interface WecomAnswer {
  /** What the user saw at the end of the stream. */
  text: string;
  /** How often the message was delivered. */
  tries: number;
  /** Whether the stream was finished in time. */
  finished: boolean;
  /** All that was shown, one after the other. */
  frames: string[];
}

/** Made by {@link fakeWecomBot}. */
export interface FakeWecomBot {
  /** Whether the target verifies the URL, as the console asks. */
  verify(): Promise<boolean>;
  /**
   * A user sends text, alone or in a group. Resolves when the stream is finished, or WeCom has given up. Rejects for a fourth
   * message in progress.
   */
  say(user: string, text: string, options?: { chat?: string }): Promise<WecomAnswer>;
  /** Delivers a message with these fields, by WeCom's own names. */
  deliver(
    user: string,
    fields: Record<string, unknown>,
    options?: { chat?: string },
  ): Promise<WecomAnswer>;
  /** What a user sees, in order; a stream as it is now. */
  shown(user: string): string[];
  /** The same with times. */
  record(user: string): ShownText[];
  /** What WeCom would not have taken. */
  readonly violations: string[];
  /** What takes messages at a `response_url`, for the option `fetch` of a bot. */
  readonly fetch: typeof globalThis.fetch;
}

/**
 * WeCom, as an intelligent bot with a long connection sees it: one connection a bot, thirty messages a minute and a thousand an hour for a
 * conversation, six minutes for a stream.
 */
export function fakeWecomServer(options: FakeWecomServerOptions): FakeWecomServer;

/** Options of {@link fakeWecomServer}. */
export interface FakeWecomServerOptions {
  botId: string;
  secret: string;
  /** Defaults to that of the machine. */
  clock?: Clock;
}

/** Made by {@link fakeWecomServer}. */
export interface FakeWecomServer {
  /** For the option of this name: connects without a network. */
  readonly WebSocket: new (
    url: string,
  ) => WebSocketLike;
  /** Takes a connection of a server of the package `ws`. */
  accept(socket: WebSocketLike): void;
  /** A user sends text, alone or in a group. Resolves with the last frame; what comes without a connection is lost. */
  say(user: string, text: string, options?: { chat?: string }): Promise<WecomAnswer>;
  /** A user does something, such as `enter_chat`. */
  event(user: string, type: string): Promise<WecomAnswer>;
  /** Delivers a message with these fields, by WeCom's own names. */
  deliver(
    user: string,
    fields: Record<string, unknown>,
    options?: { chat?: string },
  ): Promise<WecomAnswer>;
  /** Breaks the connection. */
  drop(): void;
  /** Whether connections are refused. Defaults to `false`. */
  isAway: boolean;
  /** Whether it takes everything and says nothing. Defaults to `false`. */
  isMute: boolean;
  /** What is seen in a conversation, in order; a stream as it is now. */
  shown(chat: string): string[];
  /** The same with times. */
  record(chat: string): ShownText[];
  /** When it was sent something. */
  sent(chat: string): Date[];
  /** How many connections there were. */
  readonly connections: number;
  /** How many of them WeCom knew. */
  readonly subscriptions: number;
  /** What WeCom would not have taken. */
  readonly violations: string[];
}

/** The API of WeCom for apps and robots: a text of an app is cut without a word, a robot may send twenty messages a minute. */
export function fakeWecomApi(options: FakeWecomApiOptions): FakeWecomApi;

/** Options of {@link fakeWecomApi}. */
export interface FakeWecomApiOptions {
  corpId?: string;
  secret?: string;
  /** Of the robot. */
  key?: string;
  /** Who there is. Defaults to nobody: all are told to be unknown. */
  users?: string[];
  /** Defaults to that of the machine. */
  clock?: Clock;
}

/** Made by {@link fakeWecomApi}. */
export interface FakeWecomApi {
  /** For the option of this name. */
  readonly fetch: typeof globalThis.fetch;
  /** What was sent, in order; `to` is `'group'` for a robot. */
  readonly messages: { to: string; text: string; at: Date }[];
  readonly tokens: FakeTokens;
}
