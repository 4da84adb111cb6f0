import type { Store } from '../../../index.js';
import type { Clock } from './bots.js';
import type { AccessToken } from './official-account.js';

/**
 * A self-built app of WeCom (企业微信自建应用), which sends messages to users.
 *
 * @example
 * const app = wecomApp({ corpId, agentId: 1000002, secret });
 * await app.send('ann', 'The build is green.');
 *
 * @throws {SSEOptionError} For a wrong option.
 */
export function wecomApp(options: WecomAppOptions): WecomApp;

/** Options of {@link wecomApp}. */
export interface WecomAppOptions {
  /** The id of the corporation. */
  corpId: string;
  /** The id of the app. */
  agentId: number;
  /** The secret of the app. */
  secret: string;
  /** Where the access token is kept. Processes that send for one app must share one. Defaults to a store in memory. */
  store?: Store;
  /** Where the API of WeCom begins. Defaults to `'https://qyapi.weixin.qq.com'`. */
  baseUrl?: string;
  /** What calls it. Defaults to `globalThis.fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Defaults to that of the machine. */
  clock?: Clock;
}

/** Made by {@link wecomApp}. */
export interface WecomApp {
  /** The access token of the app, for calls of your own. */
  readonly accessToken: AccessToken;
  /**
   * Sends text, in parts of 2,048 bytes: WeCom would leave out what is behind them, without a word.
   *
   * @param to A userid, `'@all'`, or lists of ids.
   * @returns How many parts there were, and which of those in `to` WeCom does not know.
   * @throws {WeChatError} When a part is not taken; those before it are sent.
   */
  send(to: string | WecomAddress, text: string): Promise<{ parts: number; unknown: string[] }>;
}

/** Whom a message is for; at least one of them. */
export interface WecomAddress {
  users?: readonly string[];
  parties?: readonly string[];
  tags?: readonly string[];
}

/**
 * A robot in a group of WeCom (企业微信群机器人), which sends and does not hear.
 *
 * @example
 * const robot = wecomGroupRobot({ key });
 * await robot.send({ markdown: '**green**' });
 *
 * @throws {SSEOptionError} For a wrong option.
 */
export function wecomGroupRobot(options: WecomGroupRobotOptions): WecomGroupRobot;

/** Options of {@link wecomGroupRobot}. */
export interface WecomGroupRobotOptions {
  /** The `key` of its webhook, which is a secret. */
  key: string;
  /** Where the API of WeCom begins. Defaults to `'https://qyapi.weixin.qq.com'`. */
  baseUrl?: string;
  /** What calls it. Defaults to `globalThis.fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Defaults to that of the machine. */
  clock?: Clock;
}

/** Made by {@link wecomGroupRobot}. */
export interface WecomGroupRobot {
  /**
   * Sends text in parts of 2,048 bytes, or Markdown in parts of 4,096, twenty in a minute: what is more waits. Use one object a robot, in
   * one process: the limit is the robot's.
   *
   * @returns How many parts there were.
   * @throws {WeChatError} When a part is not taken; those before it are sent.
   */
  send(message: string | { text: string } | { markdown: string }): Promise<number>;
}
