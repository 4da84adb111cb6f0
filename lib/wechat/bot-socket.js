'use strict';

const { randomUUID } = require('node:crypto');
const { WeChatError } = require('./error.js');

/** How long an acknowledgement may take, in milliseconds. */
const ACKNOWLEDGED_MS = 5000;

/** How often the connection gives a sign, and how many may have no answer. */
const HEARTBEAT_MS = 30_000;
const MISSED = 2;

/**
 * @typedef {object} Handlers
 * @property {() => void} ready
 * @property {(frame: any) => void} frame
 * @property {(error: unknown) => void} closed once
 */

/** One long connection of a bot of WeCom. */
class BotSocket {
  #socket;
  #clock;
  #handlers;
  #credentials;
  /** @type {Map<string, { resolve: (frame: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #isOver = false;
  #missed = 0;
  #forgetBeat = () => {};

  /**
   * @param {any} socket what the package ws makes, or what is like it
   * @param {{ bot_id: string, secret: string }} credentials
   * @param {import('./clock.js').Clock} clock
   * @param {Handlers} handlers
   */
  constructor(socket, credentials, clock, handlers) {
    this.#socket = socket;
    this.#credentials = credentials;
    this.#clock = clock;
    this.#handlers = handlers;
    socket.on('open', () => this.#subscribe());
    socket.on('message', (/** @type {unknown} */ data) => this.#take(String(data)));
    socket.on('error', (/** @type {unknown} */ error) => this.#end(error));
    socket.on('close', () => this.#end(undefined));
    // A server that takes a connection and says nothing.
    this.#forgetBeat = clock.after(HEARTBEAT_MS, () => this.#end(silence()));
  }

  /**
   * Sends a command; resolves with its acknowledgement.
   *
   * @param {string} cmd
   * @param {object} body
   * @param {string} [id] of the request that it replies to
   * @returns {Promise<any>}
   */
  send(cmd, body, id = randomUUID()) {
    if (this.#isOver) return Promise.reject(lost());
    return new Promise((resolve, reject) => {
      const forget = this.#clock.after(ACKNOWLEDGED_MS, () => settle(() => reject(silence())));
      /** @param {() => void} finish */
      const settle = (finish) => {
        forget();
        if (this.#waiting.get(id) === waiter) this.#waiting.delete(id);
        finish();
      };
      const waiter = {
        resolve: (/** @type {any} */ frame) => settle(() => resolve(frame)),
        reject: (/** @type {Error} */ error) => settle(() => reject(error)),
      };
      this.#waiting.set(id, waiter);
      this.#socket.send(JSON.stringify({ cmd, headers: { req_id: id }, body }));
    });
  }

  close() {
    this.#end(undefined);
  }

  async #subscribe() {
    try {
      const { errcode, errmsg } = await this.send('aibot_subscribe', this.#credentials);
      if (errcode !== 0) throw refused('aibot_subscribe', errcode, errmsg);
      this.#forgetBeat();
      this.#beat();
      this.#handlers.ready();
    } catch (error) {
      this.#end(error);
    }
  }

  #beat() {
    this.#forgetBeat = this.#clock.after(HEARTBEAT_MS, () => {
      this.#missed += 1;
      if (this.#missed > MISSED) {
        this.#end(silence());
        return;
      }
      this.send('ping', {}).then(
        () => {
          this.#missed = 0;
        },
        () => {},
      );
      this.#beat();
    });
  }

  /** @param {string} text */
  #take(text) {
    if (this.#isOver) return;
    /** @type {any} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    this.#missed = 0;
    if (typeof frame?.cmd === 'string') this.#handlers.frame(frame);
    else this.#waiting.get(String(frame?.headers?.req_id))?.resolve(frame);
  }

  /** @param {unknown} error */
  #end(error) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forgetBeat();
    for (const { reject } of [...this.#waiting.values()]) reject(lost());
    // What a socket says that is given up is of no use.
    this.#socket.on('error', () => {});
    this.#socket.terminate();
    this.#handlers.closed(error);
  }
}

const silence = () =>
  new WeChatError('WeCom said nothing in time; the connection is made anew', {
    code: 'ERR_WECHAT_NETWORK',
  });

const lost = () =>
  new WeChatError('the connection to WeCom broke; what was sent may not have arrived', {
    code: 'ERR_WECHAT_NETWORK',
  });

/**
 * @param {string} cmd
 * @param {number} errcode
 * @param {unknown} errmsg
 */
const refused = (cmd, errcode, errmsg) =>
  new WeChatError(`${cmd} of WeCom: errcode ${errcode}, ${String(errmsg ?? '').slice(0, 200)}`, {
    code: 'ERR_WECHAT_API',
    errcode,
  });

module.exports = { BotSocket, refused };
