'use strict';

const { CLOCK } = require('../clock.js');
const { AccessTokens } = require('./access-tokens.js');

/** What an app's text is cut at, without a word, and what a robot's may have, in bytes. */
const LONGEST = { app: 2048, text: 2048, markdown: 4096 };

/** How many messages a robot may send in a minute. */
const MOST = 20;
const MINUTE = 60_000;

/** See `FakeWecomApi` in testing.d.ts. */
class FakeWecomApi {
  #options;
  #clock;
  /** @type {number[]} */
  #robot = [];
  /** @type {{ to: string, text: string, at: Date }[]} */
  messages = [];

  /** @param {any} options */
  constructor(options) {
    this.#options = { users: [], ...options };
    this.#clock = options.clock ?? CLOCK;
    this.tokens = new AccessTokens(this.#clock);
    this.fetch = this.fetch.bind(this);
  }

  /**
   * @param {string | URL | Request} input
   * @param {RequestInit} [init]
   */
  async fetch(input, init) {
    const request = new Request(input, init);
    const { pathname, searchParams } = new URL(request.url);
    const body = request.method === 'POST' ? JSON.parse(await request.text()) : {};
    return Response.json(this.#call(pathname, searchParams, body));
  }

  /**
   * @param {string} path
   * @param {URLSearchParams} query
   * @param {any} body
   */
  #call(path, query, body) {
    const { corpId, secret, key } = this.#options;
    if (path === '/cgi-bin/gettoken') {
      const known = query.get('corpid') === corpId && query.get('corpsecret') === secret;
      return known ? this.tokens.issue(false) : { errcode: 40_001, errmsg: 'invalid secret' };
    }
    if (path === '/cgi-bin/webhook/send') {
      return query.get('key') === key
        ? this.#webhook(body)
        : { errcode: 93_000, errmsg: 'no robot' };
    }
    const refusal = this.tokens.refusal(query.get('access_token'));
    if (refusal !== undefined) return refusal;
    return path === '/cgi-bin/message/send'
      ? this.#message(body)
      : { errcode: 40_066, errmsg: 'invalid url' };
  }

  /** @param {any} body */
  #message({ touser = '', text }) {
    const names = touser.split('|').filter(Boolean);
    const unknown = names.filter(
      (/** @type {string} */ name) => !this.#options.users.includes(name),
    );
    const bytes = Buffer.from(text.content).subarray(0, LONGEST.app);
    this.#note(touser, bytes.toString());
    return { errcode: 0, errmsg: 'ok', invaliduser: unknown.join('|') };
  }

  /** @param {any} body */
  #webhook(body) {
    const now = this.#clock.now();
    this.#robot = this.#robot.filter((at) => at > now - MINUTE);
    if (this.#robot.length >= MOST) return { errcode: 130_101, errmsg: 'send too fast' };
    const type = body.msgtype === 'markdown' ? 'markdown' : 'text';
    const { content } = body[type];
    if (Buffer.byteLength(content) > LONGEST[type]) {
      return { errcode: 40_058, errmsg: 'content exceeds max length' };
    }
    this.#robot.push(now);
    this.#note('group', content);
    return { errcode: 0, errmsg: 'ok' };
  }

  /**
   * @param {string} to
   * @param {string} text
   */
  #note(to, text) {
    this.messages.push({ to, text, at: new Date(this.#clock.now()) });
  }
}

/**
 * See `fakeWecomApi` in testing.d.ts.
 *
 * @param {any} options
 */
const fakeWecomApi = (options) => new FakeWecomApi(options);

module.exports = { fakeWecomApi };
