'use strict';

const { randomUUID } = require('node:crypto');
const { CLOCK } = require('../clock.js');
const { memoryWebSocket } = require('./memory-socket.js');

/** How long a stream may take from its first frame, in milliseconds. */
const STREAM_MS = 6 * 60_000;

/** How many messages a conversation may get in a time. */
const LIMITS = [
  { window: 60_000, most: 30 },
  { window: 3_600_000, most: 1000 },
];

/** The longest text, in bytes. */
const LONGEST = 20_480;

/**
 * @typedef {object} Exchange a message and what answers it
 * @property {string} user
 * @property {string} chat
 * @property {string[]} frames
 * @property {number | undefined} began
 * @property {import('./testing.js').ShownText | undefined} shown
 * @property {boolean} finished
 * @property {(answer: import('./testing.js').WecomAnswer) => void} resolve
 */

/** See `FakeWecomServer` in testing.d.ts. */
class FakeWecomServer {
  #options;
  #clock;
  /** @type {any} */
  #connection;
  #messages = 0;
  /** @type {Map<string, Exchange>} */
  #exchanges = new Map();
  /** @type {Map<string, number[]>} */
  #sent = new Map();
  /** @type {Map<string, import('./testing.js').ShownText[]>} */
  #shown = new Map();
  /** @type {string[]} */
  violations = [];
  subscriptions = 0;
  connections = 0;
  isAway = false;
  isMute = false;

  /** @param {any} options */
  constructor(options) {
    this.#options = options;
    this.#clock = options.clock ?? CLOCK;
    this.accept = this.accept.bind(this);
    this.WebSocket = memoryWebSocket(() => (this.isAway ? undefined : this.accept));
  }

  /** @param {string} chat */
  shown(chat) {
    return this.record(chat).map(({ text }) => text);
  }

  /** @param {string} chat */
  record(chat) {
    return [...(this.#shown.get(chat) ?? [])];
  }

  /** @param {string} chat */
  sent(chat) {
    return (this.#sent.get(chat) ?? []).map((at) => new Date(at));
  }

  /** @param {any} socket */
  accept(socket) {
    this.connections += 1;
    socket.on('message', (/** @type {unknown} */ data) => {
      if (!this.isMute) this.#take(socket, JSON.parse(String(data)));
    });
    socket.on('close', () => {
      if (this.#connection === socket) this.#connection = undefined;
    });
  }

  drop() {
    this.#connection?.terminate();
  }

  /**
   * @param {string} user
   * @param {string} text
   * @param {{ chat?: string }} [options]
   */
  say(user, text, options) {
    return this.deliver(user, { msgtype: 'text', text: { content: text } }, options);
  }

  /**
   * @param {string} user
   * @param {string} eventtype
   */
  event(user, eventtype) {
    return this.deliver(user, { msgtype: 'event', event: { eventtype } });
  }

  /**
   * @param {string} user
   * @param {Record<string, any>} fields
   * @param {{ chat?: string }} [options]
   * @returns {Promise<import('./testing.js').WecomAnswer>}
   */
  deliver(user, fields, { chat } = {}) {
    this.#messages += 1;
    const request = randomUUID();
    const group = chat === undefined ? { chattype: 'single' } : { chattype: 'group', chatid: chat };
    const common = { msgid: `message-${this.#messages}`, aibotid: this.#options.botId };
    const body = { ...common, from: { userid: user }, ...group, ...fields };
    const cmd = fields.msgtype === 'event' ? 'aibot_event_callback' : 'aibot_msg_callback';
    // Nobody is told later of what came while there was no connection.
    if (this.#connection === undefined) {
      return Promise.resolve({ text: '', tries: 0, finished: false, frames: [] });
    }
    return new Promise((resolve) => {
      const exchange = { user, chat: chat ?? user, frames: [], began: undefined, shown: undefined };
      this.#exchanges.set(request, { ...exchange, finished: false, resolve });
      this.#connection.send(JSON.stringify({ cmd, headers: { req_id: request }, body }));
    });
  }

  /**
   * @param {any} socket
   * @param {any} frame
   */
  #take(socket, { cmd, headers, body }) {
    const id = headers?.req_id;
    const errcode = this.#judge(socket, cmd, id, body);
    const errmsg = errcode === 0 ? 'ok' : 'refused';
    socket.send(JSON.stringify({ headers: { req_id: id }, errcode, errmsg }));
  }

  /**
   * @param {any} socket
   * @param {string} cmd
   * @param {string} id
   * @param {any} body
   * @returns {number}
   */
  #judge(socket, cmd, id, body) {
    if (cmd === 'aibot_subscribe') return this.#subscribe(socket, body);
    if (socket !== this.#connection) return 846_600;
    if (cmd === 'ping') return 0;
    if (cmd === 'aibot_send_msg') return this.#push(body);
    const exchange = this.#exchanges.get(id);
    if (exchange === undefined) return 846_605;
    if (cmd === 'aibot_respond_welcome_msg') return this.#welcome(exchange, body);
    return cmd === 'aibot_respond_msg' ? this.#frame(exchange, body.stream) : 40_066;
  }

  /**
   * @param {any} socket
   * @param {{ bot_id: string, secret: string }} credentials
   */
  #subscribe(socket, { bot_id: id, secret }) {
    if (id !== this.#options.botId || secret !== this.#options.secret) return 846_601;
    const old = this.#connection;
    this.#connection = socket;
    this.subscriptions += 1;
    if (old !== undefined && old !== socket) {
      const body = { msgtype: 'event', event: { eventtype: 'disconnected_event' } };
      const headers = { req_id: randomUUID() };
      old.send(JSON.stringify({ cmd: 'aibot_event_callback', headers, body }));
      queueMicrotask(() => old.close());
    }
    return 0;
  }

  /**
   * @param {Exchange} exchange
   * @param {{ content?: string, finish: boolean }} stream
   */
  #frame(exchange, { content = '', finish }) {
    const now = this.#clock.now();
    const began = exchange.began ?? now;
    exchange.began = began;
    if (now - began > STREAM_MS) return 846_608;
    if (exchange.finished) this.violations.push('a frame behind the last one');
    if (!this.#hasRoom(exchange.chat, content)) return 45_009;
    exchange.shown ??= this.#show(exchange.chat, '', 'reply');
    exchange.shown.text = content;
    exchange.shown.at = new Date(now);
    exchange.frames.push(content);
    if (finish) {
      exchange.finished = true;
      exchange.resolve({ text: content, tries: 1, finished: true, frames: exchange.frames });
    }
    return 0;
  }

  /**
   * @param {Exchange} exchange
   * @param {any} body
   */
  #welcome(exchange, { text }) {
    if (!this.#hasRoom(exchange.chat, text.content)) return 45_009;
    this.#show(exchange.chat, text.content, 'reply');
    exchange.resolve({ text: text.content, tries: 1, finished: true, frames: [] });
    return 0;
  }

  /** @param {any} body */
  #push({ chatid, markdown }) {
    if (!this.#hasRoom(chatid, markdown.content)) return 45_009;
    this.#show(chatid, markdown.content, 'message');
    return 0;
  }

  /**
   * @param {string} chat
   * @param {string} content
   */
  #hasRoom(chat, content) {
    const now = this.#clock.now();
    const sent = this.#sent.get(chat) ?? [];
    this.#sent.set(chat, sent);
    const full = LIMITS.some(
      ({ window, most }) => sent.filter((at) => at > now - window).length >= most,
    );
    if (full) this.violations.push('too many messages for a conversation');
    if (Buffer.byteLength(content) > LONGEST) this.violations.push('a text is too long');
    if (!full) sent.push(now);
    return !full;
  }

  /**
   * @param {string} chat
   * @param {string} text
   * @param {'reply' | 'message'} by
   */
  #show(chat, text, by) {
    const all = this.#shown.get(chat) ?? [];
    this.#shown.set(chat, all);
    const one = { text, by, at: new Date(this.#clock.now()) };
    all.push(one);
    return one;
  }
}

/**
 * See `fakeWecomServer` in testing.d.ts.
 *
 * @param {any} options
 */
const fakeWecomServer = (options) => new FakeWecomServer(options);

module.exports = { fakeWecomServer };
