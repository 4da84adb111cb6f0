'use strict';

const { memoryStore, splitUtf8 } = require('../../index.js');
const { AccessToken } = require('./access-token.js');
const { Api, fetchOption } = require('./api.js');
const check = require('./checks.js');
const { CLOCK } = require('./clock.js');

const OPTIONS = ['corpId', 'agentId', 'secret', 'store', 'baseUrl', 'fetch', 'clock'];

/** The longest text, in bytes: what is behind it WeCom leaves out without a word. */
const LONGEST = 2048;

/** What a message may be addressed to. */
const ADDRESSES = Object.freeze({ users: 'touser', parties: 'toparty', tags: 'totag' });

/** See `wecomApp` in types/wecom-push.d.ts. */
class WecomApp {
  #agentId;
  #api;

  /** @param {unknown} given */
  constructor(given) {
    const options = check.group(given, OPTIONS);
    const corpId = check.text(options.corpId, 'corpId');
    const secret = check.text(options.secret, 'secret');
    this.#agentId = check.whole(options.agentId, 'agentId', 0, 'an app');
    const clock = options.clock === undefined ? CLOCK : check.clock(options.clock);
    const store =
      options.store === undefined ? memoryStore({ name: 'wechat' }) : check.store(options.store);
    const baseUrl = check.address(options.baseUrl ?? 'https://qyapi.weixin.qq.com', 'baseUrl');
    const api = new Api({ baseUrl, fetch: fetchOption(options.fetch ?? globalThis.fetch), clock });
    this.#api = api;
    this.accessToken = new AccessToken({
      store,
      clock,
      key: `wecom:${corpId}:${this.#agentId}:token`,
      fetch: async () => {
        const query = { corpid: corpId, corpsecret: secret };
        const reply = await api.call('/cgi-bin/gettoken', undefined, query);
        return { token: reply.access_token, expiresIn: reply.expires_in };
      },
    });
  }

  /**
   * @param {unknown} to
   * @param {string} text
   */
  async send(to, text) {
    const address = addressOf(to);
    const parts = splitUtf8(check.text(text, 'text'), LONGEST);
    /** @type {string[]} */
    const unknown = [];
    for (const content of parts) {
      const body = { ...address, agentid: this.#agentId, msgtype: 'text', text: { content } };
      const path = '/cgi-bin/message/send';
      const reply = await this.#api.authorized(this.accessToken, path, body);
      const refused = [reply.invaliduser, reply.invalidparty, reply.invalidtag];
      unknown.push(...refused.flatMap((one) => String(one ?? '').split('|')).filter(Boolean));
    }
    return { parts: parts.length, unknown: [...new Set(unknown)] };
  }
}

/**
 * @param {unknown} to
 * @returns {Record<string, string>}
 */
function addressOf(to) {
  if (typeof to === 'string') return { touser: check.text(to, 'to') };
  const given = check.group(to, Object.keys(ADDRESSES), 'to');
  const entries = Object.entries(ADDRESSES)
    .filter(([name]) => given[name] !== undefined)
    .map(([name, field]) => {
      const list = given[name];
      const isList = Array.isArray(list) && list.length > 0 && list.every(isName);
      if (!isList) throw check.wrong(`to.${name}`, 'a list of names that is not empty', list);
      return [field, list.join('|')];
    });
  if (entries.length === 0) throw check.wrong('to', 'a user, or { users, parties, tags }', to);
  return Object.fromEntries(entries);
}

/** @param {unknown} name */
const isName = (name) => typeof name === 'string' && name !== '' && !name.includes('|');

/**
 * See `wecomApp` in types/wecom-push.d.ts.
 *
 * @param {unknown} options
 */
const wecomApp = (options) => new WecomApp(options);

module.exports = { WecomApp, wecomApp };
