'use strict';

const { randomBytes } = require('node:crypto');
const { CLOCK, sleep } = require('../clock.js');
const { Encryption } = require('../encryption.js');
const { isSignature, signatureOf } = require('../signature.js');
const { deliverThrice, targetOf } = require('./delivery.js');

/** How often a stream is asked for, and for how long after its message, in milliseconds. */
const REFRESH_MS = 1000;
const STREAM_MS = 6 * 60_000;

/** How long a `response_url` is good, in milliseconds. */
const RESPONSE_URL_MS = 60 * 60_000;

/** The longest text, in bytes. */
const LONGEST = 20_480;

/** How many messages of a user may be in progress. */
const IN_PROGRESS = 3;

/** See `FakeWecomBot` in testing.d.ts. */
class FakeWecomBot {
  #token;
  #bot;
  #clock;
  #target;
  #encryption;
  #messages = 0;
  /** @type {Map<string, number>} */
  #inProgress = new Map();
  /** @type {Map<string, { user: string, until: number }>} */
  #responseUrls = new Map();
  /** @type {Map<string, import('./testing.js').ShownText[]>} */
  #shown = new Map();
  /** @type {string[]} */
  violations = [];

  /** @param {any} options */
  constructor(options) {
    this.#token = options.token;
    this.#bot = options.bot ?? 'bot-1';
    this.#clock = options.clock ?? CLOCK;
    this.#target = targetOf(options.target);
    this.#encryption = new Encryption(options.encodingAESKey, '');
    this.fetch = this.fetch.bind(this);
  }

  /** @param {string} user */
  shown(user) {
    return this.record(user).map(({ text }) => text);
  }

  /** @param {string} user */
  record(user) {
    return [...(this.#shown.get(user) ?? [])];
  }

  async verify() {
    const echo = randomBytes(8).toString('hex');
    const sealed = this.#encryption.encrypt(echo);
    const response = await this.#target.deliver(
      new Request(this.#url(sealed, { echostr: sealed })),
    );
    return response.status === 200 && (await response.text()) === echo;
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
   * @param {Record<string, unknown>} fields
   * @param {{ chat?: string }} [options]
   * @returns {Promise<import('./testing.js').WecomAnswer>}
   */
  async deliver(user, fields, { chat } = {}) {
    const busy = this.#inProgress.get(user) ?? 0;
    if (busy >= IN_PROGRESS) throw new Error('WeCom takes no fourth message in progress');
    this.#inProgress.set(user, busy + 1);
    try {
      return await this.#exchange(user, { ...fields, ...this.#common(user, chat) });
    } finally {
      this.#inProgress.set(user, (this.#inProgress.get(user) ?? 1) - 1);
    }
  }

  /**
   * What takes messages at a `response_url`, for the option `fetch`.
   *
   * @param {string | URL | Request} input
   * @param {RequestInit} [init]
   */
  async fetch(input, init) {
    const request = new Request(input, init);
    const known = this.#responseUrls.get(request.url);
    this.#responseUrls.delete(request.url);
    if (known === undefined || known.until < this.#clock.now()) {
      return Response.json({ errcode: 60_140, errmsg: 'invalid response_code' });
    }
    const { msgtype, markdown } = /** @type {any} */ (await request.json());
    const content = msgtype === 'markdown' ? String(markdown?.content ?? '') : '';
    if (content === '' || Buffer.byteLength(content) > LONGEST) {
      this.violations.push('a message at response_url is empty or too long');
      return Response.json({ errcode: 40_058, errmsg: 'invalid markdown' });
    }
    this.#show(known.user, { text: content, by: 'message' });
    return Response.json({ errcode: 0, errmsg: 'ok' });
  }

  /**
   * @param {string} user
   * @param {string | undefined} chat
   */
  #common(user, chat) {
    this.#messages += 1;
    const code = randomBytes(8).toString('hex');
    const responseUrl = `https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=${code}`;
    this.#responseUrls.set(responseUrl, { user, until: this.#clock.now() + RESPONSE_URL_MS });
    return {
      msgid: `message-${this.#messages}`,
      aibotid: this.#bot,
      from: { userid: user },
      response_url: responseUrl,
      ...(chat === undefined ? { chattype: 'single' } : { chattype: 'group', chatid: chat }),
    };
  }

  /**
   * @param {string} user
   * @param {Record<string, any>} body
   * @returns {Promise<import('./testing.js').WecomAnswer>}
   */
  async #exchange(user, body) {
    const started = this.#clock.now();
    const got = await deliverThrice(this.#clock, this.#target.deliver, () => this.#request(body));
    if (got === null) return { text: '', tries: 3, finished: false, frames: [] };
    const reply = this.#read(got.body);
    if (reply?.msgtype === 'text') {
      this.#show(user, { text: reply.text.content, by: 'reply' });
      return { text: reply.text.content, tries: got.tries, finished: true, frames: [] };
    }
    if (reply?.msgtype !== 'stream')
      return { text: '', tries: got.tries, finished: true, frames: [] };
    const shown = this.#show(user, { text: '', by: 'reply' });
    const frames = [this.#take(reply.stream, shown, undefined)];
    while (!frames.at(-1)?.finish && this.#clock.now() + REFRESH_MS - started <= STREAM_MS) {
      await sleep(this.#clock, REFRESH_MS);
      const next = await this.#refresh(body, reply.stream.id);
      if (next !== undefined) frames.push(this.#take(next, shown, reply.stream.id));
    }
    const finished = frames.at(-1)?.finish === true;
    if (!finished) this.violations.push('a stream was not finished after six minutes');
    return {
      text: shown.text,
      tries: got.tries,
      finished,
      frames: frames.map(({ content }) => content),
    };
  }

  /**
   * @param {{ id: string, content?: string, finish: boolean }} stream
   * @param {import('./testing.js').ShownText} shown
   * @param {string | undefined} id
   */
  #take({ id: own, content = '', finish }, shown, id) {
    if (id !== undefined && own !== id) this.violations.push('a frame is of another stream');
    if (Buffer.byteLength(content) > LONGEST) this.violations.push('a frame is too long');
    shown.text = content;
    shown.at = new Date(this.#clock.now());
    return { content, finish };
  }

  /**
   * @param {Record<string, any>} body
   * @param {string} id
   */
  async #refresh({ msgid, aibotid, from, chattype }, id) {
    const asked = { msgid: `${msgid}-refresh`, aibotid, from, chattype, msgtype: 'stream' };
    const { url, init } = this.#request({ ...asked, stream: { id } });
    try {
      const response = await this.#target.deliver(new Request(url, init));
      if (response.status !== 200) return undefined;
      return this.#read(await response.text())?.stream;
    } catch {
      // A server that is away is asked again.
      return undefined;
    }
  }

  /** @param {object} body */
  #request(body) {
    const sealed = this.#encryption.encrypt(JSON.stringify(body));
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ encrypt: sealed }),
    };
    return { url: this.#url(sealed, {}), init };
  }

  /**
   * @param {string} sealed
   * @param {Record<string, string>} query
   */
  #url(sealed, query) {
    const timestamp = String(Math.floor(this.#clock.now() / 1000));
    const nonce = randomBytes(6).toString('hex');
    const signature = signatureOf([this.#token, timestamp, nonce, sealed]);
    const url = new URL(this.#target.url);
    const all = { msg_signature: signature, timestamp, nonce, ...query };
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * @param {string} text
   * @returns {any}
   */
  #read(text) {
    if (text === '') return undefined;
    const { encrypt, msgsignature, timestamp, nonce } = JSON.parse(text);
    const parts = [this.#token, String(timestamp), nonce, encrypt];
    if (!isSignature(msgsignature, parts)) {
      this.violations.push('a reply has a wrong signature');
      return undefined;
    }
    return JSON.parse(this.#encryption.decrypt(encrypt));
  }

  /**
   * @param {string} user
   * @param {{ text: string, by: 'reply' | 'message' }} shown
   */
  #show(user, { text, by }) {
    const all = this.#shown.get(user) ?? [];
    this.#shown.set(user, all);
    const one = { text, by, at: new Date(this.#clock.now()) };
    all.push(one);
    return one;
  }
}

/**
 * See `fakeWecomBot` in testing.d.ts.
 *
 * @param {any} options
 */
const fakeWecomBot = (options) => new FakeWecomBot(options);

module.exports = { fakeWecomBot };
