'use strict';

const { createRelay } = require('../../index.js');
const { answering } = require('./answering.js');
const { botMessageOf, conversationOf, isIdentified, streamIdOf } = require('./bot-message.js');
const { BotSocket } = require('./bot-socket.js');
const { BotStream } = require('./bot-stream.js');
const check = require('./checks.js');
const { before } = require('./clock.js');
const { SEEN_MS, passiveDeadline } = require('./deadlines.js');
const { COMMON, Door, commonOptions } = require('./door.js');
const { WeChatError } = require('./error.js');
const { PushBudget } = require('./push-budget.js');
const { reconnectDelay } = require('./reconnect-delay.js');
const { sharedAnswer } = require('./shared-answer.js');
const { pushMarkdown, pushStream } = require('./stream-pusher.js');
const { wording } = require('./texts.js');
const { startTurn } = require('./turn.js');
const { openWebSocket } = require('./web-socket.js');

const OPTIONS = ['botId', 'secret', 'url', 'WebSocket', 'relay', ...COMMON];

/** How many refusals in a row mean that the credentials are wrong. */
const REFUSALS = 5;

/** See `wecomBotConnection` in types/wecom-connection.d.ts. */
class WecomBotConnection extends Door {
  #common;
  #relay;
  #credentials;
  #url;
  #WebSocket;
  /** @type {InstanceType<typeof BotSocket> | undefined} */
  #socket;
  /** @type {'idle' | 'connecting' | 'open' | 'closed'} */
  #state = 'idle';
  #failures = 0;
  #refusals = 0;
  #forgetWait = () => {};
  /** @type {Set<{ resolve: () => void, reject: (error: Error) => void }>} */
  #waiting = new Set();
  /** @type {Map<string, InstanceType<typeof PushBudget>>} */
  #budgets = new Map();

  /** @param {unknown} given */
  constructor(given) {
    const options = check.group(given, OPTIONS);
    const common = commonOptions(options, 'wecom');
    super(common.clock);
    this.#common = common;
    this.#credentials = {
      bot_id: check.text(options.botId, 'botId'),
      secret: check.text(options.secret, 'secret'),
    };
    const url = options.url ?? 'wss://openws.work.weixin.qq.com';
    this.#url = check.address(url, 'url', /^wss?:$/);
    this.#WebSocket =
      options.WebSocket === undefined ? undefined : check.callable(options.WebSocket, 'WebSocket');
    this.#relay =
      options.relay === undefined ? createRelay({ name: 'wechat' }) : check.relay(options.relay);
  }

  get state() {
    return this.#state;
  }

  connect() {
    if (this.#state !== 'idle') return this;
    this.#state = 'connecting';
    this.#dial();
    return this;
  }

  close() {
    this.#finish(undefined);
  }

  /**
   * @param {string} chat
   * @param {string} text
   * @param {{ group?: boolean }} [options]
   */
  async send(chat, text, { group = false } = {}) {
    check.text(text, 'text');
    await pushMarkdown(
      text,
      this.#outlet(check.text(chat, 'chat'), group, () => {}),
    );
  }

  #dial() {
    try {
      const socket = openWebSocket(this.#WebSocket, this.#url);
      this.#socket = new BotSocket(socket, this.#credentials, this.#common.clock, {
        ready: () => this.#open(),
        frame: (frame) => this.#take(frame),
        closed: (error) => this.#lost(error),
      });
    } catch (error) {
      if (error.code === 'ERR_WECHAT_PEER') throw error;
      this.#lost(error);
    }
  }

  #open() {
    this.#state = 'open';
    this.#failures = 0;
    this.#refusals = 0;
    this.emit('open');
    for (const { resolve } of [...this.#waiting]) resolve();
  }

  /** @param {any} error */
  #lost(error) {
    if (this.#state === 'closed') return;
    this.#state = 'connecting';
    this.#failures += 1;
    if (error !== undefined) this.fail(error);
    if (error?.code === 'ERR_WECHAT_API') {
      this.#refusals += 1;
      if (this.#refusals >= REFUSALS) {
        this.#finish(over('WeCom refuses the bot; look at botId and secret', error));
        return;
      }
    }
    const delay = reconnectDelay(this.#failures, Math.random());
    this.emit('reconnect', { delay, failures: this.#failures });
    this.#forgetWait = this.#common.clock.after(delay, () => this.#dial());
  }

  /** @param {Error | undefined} error */
  #finish(error) {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#forgetWait();
    this.#socket?.close();
    for (const { reject } of [...this.#waiting]) reject(error ?? over('the connection is closed'));
    if (error !== undefined) this.fail(error);
    this.emit('close', error === undefined ? {} : { error });
  }

  /** @param {any} frame */
  #take({ cmd, headers, body }) {
    const request = String(headers?.req_id ?? '');
    if (typeof body !== 'object' || body === null) return;
    if (body.event?.eventtype === 'disconnected_event') {
      // Two that take the connection from each other would never end.
      this.#finish(over('a newer connection of this bot has taken over; it is not made again'));
      return;
    }
    if (cmd !== 'aibot_msg_callback' && cmd !== 'aibot_event_callback') return;
    this.#answer(body, request).catch((error) => this.fail(error));
  }

  /**
   * @param {any} body
   * @param {string} request
   */
  async #answer(body, request) {
    const { clock, store } = this.#common;
    const message = botMessageOf(body);
    const { id, user, text } = message;
    if (!isIdentified(message)) return;
    const turn = { message: id, user, key: conversationOf(message), text, at: clock.now() };
    if (!(await store.setIfAbsent(`wecom:seen:${message.bot}:${id}`, '', SEEN_MS))) {
      this.tell('duplicate', turn);
      return;
    }
    this.tell('received', turn, { type: message.event ?? message.type });
    const outlet = this.#outlet(message.chat ?? user, message.chat !== undefined, (step, more) =>
      this.tell(step, turn, more),
    );
    if (text.trim() === '') {
      await this.#toOther(message, turn, request, outlet);
      return;
    }
    const record = { id: streamIdOf(message), turn, responseUrl: '' };
    await pushStream(this.#start(message, record), request, outlet);
  }

  /**
   * @param {import('./types/wecom.js').WecomBotMessage} message
   * @param {import('./bot-stream.js').Record} record
   */
  #start(message, record) {
    const { answer } = this.#common;
    const { id, turn } = record;
    const { user, text } = turn;
    const source = startTurn(
      this.#common,
      turn,
      (opening) => {
        const make = () => answer({ message, user, text, ...opening });
        return sharedAnswer(this.#relay, id, make);
      },
      (error) => this.fail(error),
    );
    return new BotStream(record, source, this.#common);
  }

  /**
   * @param {import('./types/wecom.js').WecomBotMessage} message
   * @param {import('./turn.js').Turn} turn
   * @param {string} request
   * @param {import('./stream-pusher.js').Outlet} outlet
   */
  async #toOther(message, turn, request, outlet) {
    const { clock, onMessage, texts } = this.#common;
    if (onMessage === undefined) return;
    const outcome = await answering(await onMessage(message)).over;
    const text = outcome === null ? '' : wording(outcome, texts);
    if (text === '') return;
    const inTime = clock.now() < passiveDeadline(turn.at);
    if (message.event === 'enter_chat' && inTime && outlet.budget.takeFinal(clock.now())) {
      const welcome = { msgtype: 'text', text: { content: text } };
      await outlet.send('aibot_respond_welcome_msg', welcome, request);
      this.tell('replied', turn, { bytes: Buffer.byteLength(text) });
      return;
    }
    await pushMarkdown(text, outlet);
  }

  /**
   * @param {string} chat
   * @param {boolean} isGroup
   * @param {(step: string, more: object) => void} tell
   * @returns {import('./stream-pusher.js').Outlet}
   */
  #outlet(chat, isGroup, tell) {
    const { clock, texts } = this.#common;
    return {
      send: (cmd, body, id) => this.#socket?.send(cmd, body, id) ?? Promise.reject(over('closed')),
      connected: () => this.#connected(),
      budget: this.#budgetOf(chat),
      chat: { chatid: chat, chat_type: isGroup ? 2 : 1 },
      clock,
      texts,
      tell,
    };
  }

  /** @param {string} chat */
  #budgetOf(chat) {
    const now = this.#common.clock.now();
    for (const [name, budget] of this.#budgets) {
      if (!budget.isIdle(now)) break;
      this.#budgets.delete(name);
    }
    const budget = this.#budgets.get(chat) ?? new PushBudget(now);
    // Behind all others, so that the first ones are those that rest.
    this.#budgets.delete(chat);
    this.#budgets.set(chat, budget);
    return budget;
  }

  /** Resolves when there is a connection; rejects when there will be none, or not in time. */
  async #connected() {
    if (this.#state === 'open') return;
    if (this.#state !== 'connecting') throw over('the connection is closed');
    const { clock, patience } = this.#common;
    /** @type {() => void} */
    let forget = () => {};
    const open = new Promise((resolve, reject) => {
      const waiter = { resolve: () => resolve(true), reject };
      this.#waiting.add(waiter);
      forget = () => this.#waiting.delete(waiter);
    });
    open.catch(() => {});
    try {
      const made = await before(clock, clock.now() + patience, open);
      if (made === undefined) throw over('there is no connection to WeCom');
    } finally {
      forget();
    }
  }
}

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
const over = (message, cause) => new WeChatError(message, { code: 'ERR_WECHAT_CLOSED', cause });

/**
 * See `wecomBotConnection` in types/wecom-connection.d.ts.
 *
 * @param {unknown} options
 */
const wecomBotConnection = (options) => new WecomBotConnection(options);

module.exports = { WecomBotConnection, wecomBotConnection };
