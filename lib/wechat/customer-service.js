'use strict';

/** There may be a sign of typing already. */
const TYPING_ALREADY = 45081;

/** Messages that are not asked for, to users of an Official Account. */
class CustomerService {
  #api;
  #accessToken;

  /**
   * @param {InstanceType<typeof import('./api.js').Api>} api
   * @param {InstanceType<typeof import('./access-token.js').AccessToken>} accessToken
   */
  constructor(api, accessToken) {
    this.#api = api;
    this.#accessToken = accessToken;
  }

  /**
   * Shows that an answer is on its way.
   *
   * @param {string} user
   */
  async typing(user) {
    try {
      await this.#call('typing', { touser: user, command: 'Typing' });
    } catch (error) {
      if (error.errcode !== TYPING_ALREADY) throw error;
    }
  }

  /**
   * Sends texts one after the other, and stops at the first that is not taken.
   *
   * @param {string} user
   * @param {readonly string[]} parts
   * @returns {Promise<{ sent: number, error?: any }>}
   */
  async send(user, parts) {
    for (const [sent, content] of parts.entries()) {
      try {
        await this.#call('send', { touser: user, msgtype: 'text', text: { content } });
      } catch (error) {
        return { sent, error };
      }
    }
    return { sent: parts.length };
  }

  /**
   * @param {string} verb
   * @param {object} body
   */
  #call(verb, body) {
    return this.#api.authorized(this.#accessToken, `/cgi-bin/message/custom/${verb}`, body);
  }
}

module.exports = { CustomerService };
