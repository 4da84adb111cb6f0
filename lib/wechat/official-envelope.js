'use strict';

const { randomBytes } = require('node:crypto');
const { TOLERANCE_MS } = require('./deadlines.js');
const { Refusal } = require('./refusal.js');
const { isFresh, isSignature, signatureOf } = require('./signature.js');
const { buildXml, parseXml } = require('./xml.js');

/** What requests of an Official Account, or of an app of WeCom, come in, and replies go out in. */
class OfficialEnvelope {
  #token;
  #encryption;
  #clock;

  /**
   * @param {object} options
   * @param {string} options.token
   * @param {InstanceType<typeof import('./encryption.js').Encryption> | undefined} options.encryption none for plain messages
   * @param {import('./clock.js').Clock} options.clock
   */
  constructor({ token, encryption, clock }) {
    this.#token = token;
    this.#encryption = encryption;
    this.#clock = clock;
  }

  /**
   * @param {import('./callback-route.js').Callback} callback
   * @returns {Promise<{ echo: string } | { fields: Record<string, any>, nonce: string }>}
   * @throws {Refusal} For a request that is not WeChat's.
   */
  async open({ method, query, body }) {
    const timestamp = query.get('timestamp') ?? '';
    const nonce = query.get('nonce') ?? '';
    if (!isSignature(query.get('signature'), [this.#token, timestamp, nonce])) {
      throw new Refusal('signature');
    }
    if (!isFresh(timestamp, this.#clock.now(), TOLERANCE_MS)) throw new Refusal('stale');
    if (method === 'GET') return { echo: query.get('echostr') ?? '' };
    const encrypted = query.get('encrypt_type') === 'aes';
    // Who could leave the encryption out could forge a message with one signature that was seen.
    if (this.#encryption !== undefined && !encrypted) throw new Refusal('plain');
    if (this.#encryption === undefined && encrypted) throw new Refusal('encrypted');
    const fields = parseXml(await body());
    if (this.#encryption === undefined) return { fields, nonce };
    const { Encrypt: sealed } = fields;
    if (typeof sealed !== 'string') throw new Refusal('body');
    const parts = [this.#token, timestamp, nonce, sealed];
    if (!isSignature(query.get('msg_signature'), parts)) throw new Refusal('signature');
    return { fields: parseXml(this.#encryption.decrypt(sealed)), nonce };
  }

  /** @param {string} text */
  plain(text) {
    return { status: 200, type: 'text/plain; charset=utf-8', body: text };
  }

  /**
   * A text as the reply to a message.
   *
   * @param {{ user: string, account: string }} message
   * @param {string} text
   * @param {string} nonce of the request
   */
  seal({ user, account }, text, nonce) {
    const seconds = Math.floor(this.#clock.now() / 1000);
    const reply = buildXml({
      ToUserName: user,
      FromUserName: account,
      CreateTime: seconds,
      MsgType: 'text',
      Content: text,
    });
    return {
      status: 200,
      type: 'application/xml; charset=utf-8',
      body: this.#sealed(reply, seconds, nonce),
    };
  }

  /**
   * @param {string} reply
   * @param {number} seconds
   * @param {string} nonce
   */
  #sealed(reply, seconds, nonce) {
    if (this.#encryption === undefined) return reply;
    const sealed = this.#encryption.encrypt(reply);
    const own = nonce === '' ? randomBytes(8).toString('hex') : nonce;
    return buildXml({
      Encrypt: sealed,
      MsgSignature: signatureOf([this.#token, String(seconds), own, sealed]),
      TimeStamp: seconds,
      Nonce: own,
    });
  }
}

module.exports = { OfficialEnvelope };
