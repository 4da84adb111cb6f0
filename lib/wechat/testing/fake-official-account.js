'use strict';

const { randomBytes, randomInt } = require('node:crypto');
const { CLOCK } = require('../clock.js');
const { Encryption } = require('../encryption.js');
const { isSignature, signatureOf } = require('../signature.js');
const { buildXml, parseXml } = require('../xml.js');
const { AccessTokens } = require('./access-tokens.js');
const { deliverThrice, targetOf } = require('./delivery.js');

/** What a user sees where an account gives no answer, or one that is none. */
const UNAVAILABLE = '该公众号暂时无法提供服务，请稍后再试';

/** How many messages an account may send, in what time after one of the user. */
const QUOTA = 5;
const QUOTA_MS = 48 * 3_600_000;

/** How long a sign of typing is shown, in milliseconds. */
const TYPING_MS = 15_000;

/** The longest text, in bytes. */
const LONGEST = 2048;

/** See `FakeOfficialAccount` in testing.d.ts. */
class FakeOfficialAccount {
  #options;
  #clock;
  #target;
  #encryption;
  /** @type {Map<string, import('./testing.js').ShownText[]>} */
  #shown = new Map();
  /** @type {Map<string, { at: number, sent: number }>} */
  #quota = new Map();
  #messages = 1_000_000;
  /** @type {Map<string, number>} */
  #typingUntil = new Map();

  /** @param {any} options */
  constructor(options) {
    this.#options = { account: 'gh_fake', permissions: true, ...options };
    this.#clock = options.clock ?? CLOCK;
    this.#target = targetOf(options.target);
    const { encodingAESKey, appId } = options;
    this.#encryption =
      encodingAESKey === undefined ? undefined : new Encryption(encodingAESKey, appId);
    this.tokens = new AccessTokens(this.#clock);
    /** @type {string[]} */
    this.typing = [];
    this.fetch = this.fetch.bind(this);
  }

  /** @param {string} user */
  shown(user) {
    return (this.#shown.get(user) ?? []).map(({ text }) => text);
  }

  /** @param {string} user */
  record(user) {
    return [...(this.#shown.get(user) ?? [])];
  }

  async verify() {
    const echo = randomBytes(8).toString('hex');
    const url = this.#url({ echostr: echo });
    const response = await this.#target.deliver(new Request(url));
    return response.status === 200 && (await response.text()) === echo;
  }

  /**
   * @param {string} user
   * @param {string} text
   */
  say(user, text) {
    this.#messages += 1;
    return this.deliver(user, { MsgType: 'text', Content: text, MsgId: String(this.#messages) });
  }

  /**
   * @param {string} user
   * @param {string} event
   * @param {Record<string, string>} [fields]
   */
  event(user, event, fields = {}) {
    return this.deliver(user, { MsgType: 'event', Event: event, ...fields });
  }

  /**
   * @param {string} user
   * @param {Record<string, string>} fields
   */
  async deliver(user, fields) {
    const { account } = this.#options;
    this.#quota.set(user, { at: this.#clock.now(), sent: 0 });
    const xml = buildXml({
      ToUserName: account,
      FromUserName: user,
      CreateTime: Math.floor(this.#clock.now() / 1000),
      ...fields,
    });
    const got = await deliverThrice(this.#clock, this.#target.deliver, () =>
      this.#request(xml, user),
    );
    const reply = got === null ? null : this.#read(got.body);
    if (got !== null && reply === undefined) return { tries: got.tries, text: '' };
    const text = reply ?? UNAVAILABLE;
    this.#show(user, text, 'reply');
    return { tries: got?.tries ?? 3, text };
  }

  /**
   * The API of WeChat, for the option `fetch`.
   *
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
    const { appId, appSecret, permissions } = this.#options;
    if (path === '/cgi-bin/stable_token') {
      if (body.appid !== appId || body.secret !== appSecret) {
        return { errcode: 40125, errmsg: 'invalid appsecret' };
      }
      return this.tokens.issue(body.force_refresh === true);
    }
    const refusal = this.tokens.refusal(query.get('access_token'));
    if (refusal !== undefined) return refusal;
    if (!permissions) return { errcode: 48001, errmsg: 'api unauthorized' };
    if (path === '/cgi-bin/message/custom/typing') return this.#typing(body.touser);
    if (path === '/cgi-bin/message/custom/send') return this.#send(body);
    return { errcode: 40066, errmsg: 'invalid url' };
  }

  /** @param {string} user */
  #typing(user) {
    const now = this.#clock.now();
    const until = this.#typingUntil.get(user) ?? 0;
    if (until > now) return { errcode: 45081, errmsg: 'is typing' };
    this.#typingUntil.set(user, now + TYPING_MS);
    this.typing.push(user);
    return { errcode: 0, errmsg: 'ok' };
  }

  /** @param {{ touser: string, text?: { content?: string } }} message */
  #send({ touser, text }) {
    const content = text?.content ?? '';
    const quota = this.#quota.get(touser);
    if (quota === undefined || this.#clock.now() - quota.at > QUOTA_MS) {
      return { errcode: 45015, errmsg: 'response out of time limit' };
    }
    if (quota.sent >= QUOTA) return { errcode: 45047, errmsg: 'out of response count limit' };
    if (Buffer.byteLength(content) > LONGEST) {
      return { errcode: 45002, errmsg: 'content size out of limit' };
    }
    quota.sent += 1;
    this.#show(touser, content, 'message');
    return { errcode: 0, errmsg: 'ok' };
  }

  /**
   * @param {string} user
   * @param {string} text
   * @param {'reply' | 'message'} by
   */
  #show(user, text, by) {
    const shown = this.#shown.get(user) ?? [];
    this.#shown.set(user, shown);
    shown.push({ text, by, at: new Date(this.#clock.now()) });
  }

  /**
   * @param {string} xml
   * @param {string} user
   */
  #request(xml, user) {
    const headers = { 'content-type': 'text/xml' };
    if (this.#encryption === undefined) {
      return { url: this.#url({ openid: user }), init: { method: 'POST', headers, body: xml } };
    }
    const sealed = this.#encryption.encrypt(xml);
    const url = this.#url({ openid: user, encrypt_type: 'aes' }, sealed);
    const body = buildXml({ ToUserName: this.#options.account, Encrypt: sealed });
    return { url, init: { method: 'POST', headers, body } };
  }

  /**
   * @param {Record<string, string>} query
   * @param {string} [sealed]
   */
  #url(query, sealed) {
    const { token } = this.#options;
    const timestamp = String(Math.floor(this.#clock.now() / 1000));
    const nonce = String(randomInt(1_000_000_000));
    const url = new URL(this.#target.url);
    const signature = signatureOf([token, timestamp, nonce]);
    const signed = { signature, timestamp, nonce, ...query };
    for (const [name, value] of Object.entries(signed)) url.searchParams.set(name, value);
    if (sealed !== undefined) {
      const parts = [token, timestamp, nonce, sealed];
      url.searchParams.set('msg_signature', signatureOf(parts));
    }
    return url.href;
  }

  /**
   * The text of a reply; nothing for one that says nothing, `null` for one that is none.
   *
   * @param {string} body
   */
  #read(body) {
    if (body === '' || body === 'success') return undefined;
    try {
      let fields = parseXml(body);
      if (this.#encryption !== undefined) {
        const { Encrypt: sealed, MsgSignature: signature, TimeStamp: time, Nonce: nonce } = fields;
        const parts = [this.#options.token, time, nonce, sealed];
        if (!isSignature(signature, parts)) return null;
        fields = parseXml(this.#encryption.decrypt(sealed));
      }
      const text = fields.Content;
      const fits = fields.MsgType === 'text' && Buffer.byteLength(text) <= LONGEST;
      return fits ? text : null;
    } catch {
      return null;
    }
  }
}

/**
 * See `fakeOfficialAccount` in testing.d.ts.
 *
 * @param {any} options
 */
const fakeOfficialAccount = (options) => new FakeOfficialAccount(options);

module.exports = { fakeOfficialAccount };
