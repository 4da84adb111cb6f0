'use strict';

const { TOLERANCE_MS } = require('./deadlines.js');
const { Refusal } = require('./refusal.js');
const { isFresh, isSignature, signatureOf } = require('./signature.js');

/** What requests of a bot of WeCom come in, and replies go out in: JSON, always encrypted. */
class BotEnvelope {
  #token;
  #encryption;
  #clock;

  /**
   * @param {object} options
   * @param {string} options.token
   * @param {InstanceType<typeof import('./encryption.js').Encryption>} options.encryption
   * @param {import('./clock.js').Clock} options.clock
   */
  constructor({ token, encryption, clock }) {
    this.#token = token;
    this.#encryption = encryption;
    this.#clock = clock;
  }

  /**
   * @param {import('./callback-route.js').Callback} callback
   * @returns {Promise<{ echo: string } | { body: any, nonce: string }>}
   * @throws {Refusal} For a request that is not WeCom's.
   */
  async open({ method, query, body }) {
    const timestamp = query.get('timestamp') ?? '';
    const nonce = query.get('nonce') ?? '';
    const sealed = method === 'GET' ? (query.get('echostr') ?? '') : sealedIn(await body());
    const parts = [this.#token, timestamp, nonce, sealed];
    if (!isSignature(query.get('msg_signature'), parts)) throw new Refusal('signature');
    if (!isFresh(timestamp, this.#clock.now(), TOLERANCE_MS)) throw new Refusal('stale');
    const text = this.#encryption.decrypt(sealed);
    return method === 'GET' ? { echo: text } : { body: parsed(text), nonce };
  }

  /** @param {string} text */
  plain(text) {
    return { status: 200, type: 'text/plain; charset=utf-8', body: text };
  }

  /**
   * @param {object} message
   * @param {string} nonce of the request
   */
  seal(message, nonce) {
    const sealed = this.#encryption.encrypt(JSON.stringify(message));
    const timestamp = Math.floor(this.#clock.now() / 1000);
    const signature = signatureOf([this.#token, String(timestamp), nonce, sealed]);
    const body = JSON.stringify({ encrypt: sealed, msgsignature: signature, timestamp, nonce });
    return { status: 200, type: 'application/json; charset=utf-8', body };
  }
}

/** @param {string} text */
function sealedIn(text) {
  const { encrypt } = parsed(text);
  if (typeof encrypt !== 'string') throw new Refusal('body');
  return encrypt;
}

/**
 * @param {string} text
 * @returns {any}
 */
function parsed(text) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('body');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('body');
  }
  return value;
}

module.exports = { BotEnvelope };
