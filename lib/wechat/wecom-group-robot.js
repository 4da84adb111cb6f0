'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { splitUtf8 } = require('../../index.js');
const { Api, fetchOption } = require('./api.js');
const check = require('./checks.js');
const { CLOCK, sleep } = require('./clock.js');
const { RateLimit } = require('./rate-limit.js');

const OPTIONS = ['key', 'baseUrl', 'fetch', 'clock'];

/** The longest text of each kind, in bytes. */
const LONGEST = Object.freeze({ text: 2048, markdown: 4096 });

/** How many messages a robot may send in a minute. */
const MOST = 20;
const MINUTE = 60_000;

/** See `wecomGroupRobot` in types/wecom-push.d.ts. */
class WecomGroupRobot {
  #key;
  #api;
  #clock;
  #limit = new RateLimit(MOST, MINUTE);

  /** @param {unknown} given */
  constructor(given) {
    const options = check.group(given, OPTIONS);
    this.#key = check.text(options.key, 'key');
    this.#clock = options.clock === undefined ? CLOCK : check.clock(options.clock);
    const baseUrl = check.address(options.baseUrl ?? 'https://qyapi.weixin.qq.com', 'baseUrl');
    const fetch = fetchOption(options.fetch ?? globalThis.fetch);
    this.#api = new Api({ baseUrl, fetch, clock: this.#clock });
  }

  /** @param {unknown} message */
  async send(message) {
    const { type, text } = contentOf(message);
    const parts = splitUtf8(text, LONGEST[type]);
    for (const content of parts) {
      const wait = this.#limit.take(this.#clock.now());
      if (wait > 0) await sleep(this.#clock, wait);
      const body = { msgtype: type, [type]: { content } };
      await this.#api.call('/cgi-bin/webhook/send', body, { key: this.#key });
    }
    return parts.length;
  }
}

/**
 * @param {unknown} message
 * @returns {{ type: 'text' | 'markdown', text: string }}
 */
function contentOf(message) {
  if (typeof message === 'string') return { type: 'text', text: check.text(message, 'message') };
  const { text, markdown } = check.group(message, ['text', 'markdown'], 'message');
  if ((text === undefined) === (markdown === undefined)) {
    throw new SSEOptionError('message must have text or markdown, and not both');
  }
  return text === undefined
    ? { type: 'markdown', text: check.text(markdown, 'message.markdown') }
    : { type: 'text', text: check.text(text, 'message.text') };
}

/**
 * See `wecomGroupRobot` in types/wecom-push.d.ts.
 *
 * @param {unknown} options
 */
const wecomGroupRobot = (options) => new WecomGroupRobot(options);

module.exports = { WecomGroupRobot, wecomGroupRobot };
