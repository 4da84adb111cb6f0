'use strict';

const { memoryStore } = require('../../index.js');
const check = require('./checks.js');
const { CLOCK } = require('./clock.js');
const { PATIENCE_MS } = require('./deadlines.js');
const { WeChatError } = require('./error.js');
const { Histories } = require('./history.js');
const { takeLease } = require('./turn-lease.js');

const DAY = 86_400_000;

/** What is kept of a conversation, and how many messages of a user may wait. */
const DEFAULTS = Object.freeze({ messages: 20, bytes: 32_768, lifetime: DAY, waiting: 3 });

const OPTIONS = ['store', 'clock', 'prefix', ...Object.keys(DEFAULTS)];

/**
 * @typedef {import('./types/conversations.js').TurnContext} TurnContext
 * @typedef {import('./types/conversations.js').TurnResult} TurnResult
 */

/** See `Conversations` in types/conversations.d.ts. */
class Conversations {
  #store;
  #clock;
  #prefix;
  #waiting;
  #histories;
  /** @type {Map<string, { last: Promise<unknown>, count: number }>} */
  #queues = new Map();

  /** @param {unknown} given */
  constructor(given) {
    /** @type {Record<string, any>} */
    const options = { ...DEFAULTS, ...check.group(given ?? {}, OPTIONS) };
    this.#store =
      options.store === undefined ? memoryStore({ name: 'wechat' }) : check.store(options.store);
    this.#clock = options.clock === undefined ? CLOCK : check.clock(options.clock);
    this.#prefix = check.text(options.prefix ?? 'wechat', 'prefix');
    this.#waiting = check.whole(options.waiting, 'waiting', 1, 'messages');
    const bound = {
      messages: check.whole(options.messages, 'messages', 1, 'messages'),
      bytes: check.whole(options.bytes, 'bytes', 1, 'bytes'),
    };
    const lifetime = check.whole(options.lifetime, 'lifetime', 1, 'milliseconds');
    this.#histories = new Histories(this.#store, `${this.#prefix}:history:`, bound, lifetime);
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {(context: TurnContext) => Promise<TurnResult | null>} answer
   * @param {{ until?: number, id?: string, resumed?: boolean }} [options]
   */
  async turn(key, text, answer, options = {}) {
    const { until = this.#clock.now() + PATIENCE_MS, id = '', resumed = false } = options;
    const queue = this.#queues.get(key) ?? { last: Promise.resolve(), count: 0 };
    if (queue.count >= this.#waiting) throw busy();
    this.#queues.set(key, queue);
    queue.count += 1;
    const before = queue.last;
    const turn = (async () => {
      await before;
      return this.#alone(key, text, answer, { until, id, resumed });
    })();
    queue.last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      queue.count -= 1;
      if (queue.count === 0) this.#queues.delete(key);
    }
  }

  /** @param {string} key */
  history(key) {
    return this.#histories.read(key);
  }

  /** @param {string} key */
  clear(key) {
    return this.#histories.clear(key);
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {(context: TurnContext) => Promise<TurnResult | null>} answer
   * @param {{ until: number, id: string, resumed: boolean }} options `resumed`: whether an earlier process has begun it
   */
  async #alone(key, text, answer, options) {
    const lease = `${this.#prefix}:turn:${key}`;
    const release = await takeLease(this.#store, this.#clock, lease, options);
    if (release === undefined) throw busy();
    try {
      const messages = await this.#asked(key, text, options.resumed);
      const result = await answer({ messages });
      if (result !== null && result.content !== '') {
        await this.#histories.append(key, {
          role: 'assistant',
          content: result.interrupted ? `${result.content}…` : result.content,
        });
      }
      return result;
    } finally {
      await release();
    }
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {boolean} resumed
   */
  async #asked(key, text, resumed) {
    if (resumed) {
      const messages = await this.#histories.read(key);
      const last = messages.at(-1);
      if (last?.role === 'user' && last.content === text) return messages;
    }
    return this.#histories.append(key, { role: 'user', content: text });
  }
}

const busy = () =>
  new WeChatError('too many messages of one user wait for an answer; answer this one later', {
    code: 'ERR_WECHAT_BUSY',
  });

/**
 * See `createConversations` in types/conversations.d.ts.
 *
 * @param {unknown} [options]
 */
const createConversations = (options) => new Conversations(options);

module.exports = { Conversations, DEFAULTS, createConversations };
