'use strict';

const { createCipheriv, createDecipheriv, randomBytes } = require('node:crypto');
const { SSEOptionError } = require('../core/errors.js');
const { Refusal } = require('./refusal.js');

/** PKCS#7 with blocks of this size, not those of the cipher. */
const BLOCK = 32;

/** Random bytes, then the length of the message. */
const RANDOM = 16;
const HEAD = RANDOM + 4;

/** The encryption of callbacks: AES-256-CBC with a key of the console, for one receiver. */
class Encryption {
  #key;
  #receiver;

  /**
   * @param {unknown} encodingAESKey
   * @param {string} receiver an appid or corpid; empty for a bot of one's own
   */
  constructor(encodingAESKey, receiver) {
    if (typeof encodingAESKey !== 'string' || !/^[A-Za-z0-9+/]{43}$/.test(encodingAESKey)) {
      throw new SSEOptionError(
        'encodingAESKey must be the EncodingAESKey of the console: 43 letters and digits',
      );
    }
    this.#key = Buffer.from(`${encodingAESKey}=`, 'base64');
    this.#receiver = receiver;
  }

  /**
   * @param {string} message
   * @returns {string} in base64
   */
  encrypt(message) {
    const text = Buffer.from(message);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    const parts = [randomBytes(RANDOM), length, text, Buffer.from(this.#receiver)];
    const plain = Buffer.concat(parts);
    const padding = BLOCK - (plain.length % BLOCK);
    const cipher = createCipheriv('aes-256-cbc', this.#key, this.#key.subarray(0, 16));
    cipher.setAutoPadding(false);
    return Buffer.concat([
      cipher.update(plain),
      cipher.update(Buffer.alloc(padding, padding)),
      cipher.final(),
    ]).toString('base64');
  }

  /**
   * @param {string} encrypted in base64
   * @returns {string}
   * @throws {Refusal} For what was encrypted with another key, or for another receiver.
   */
  decrypt(encrypted) {
    const plain = this.#decipher(encrypted);
    const padding = plain.at(-1) ?? 0;
    const end = plain.length - padding;
    const padded = padding >= 1 && padding <= BLOCK && end >= HEAD;
    if (!padded || plain.subarray(end).some((byte) => byte !== padding)) {
      throw new Refusal('decryption');
    }
    const length = plain.readUInt32BE(RANDOM);
    if (length > end - HEAD) throw new Refusal('decryption');
    const receiver = plain.subarray(HEAD + length, end).toString();
    if (receiver !== this.#receiver) throw new Refusal('receiver');
    return plain.subarray(HEAD, HEAD + length).toString();
  }

  /** @param {string} encrypted */
  #decipher(encrypted) {
    const bytes = Buffer.from(encrypted, 'base64');
    if (bytes.length === 0 || bytes.length % 16 !== 0) throw new Refusal('decryption');
    const decipher = createDecipheriv('aes-256-cbc', this.#key, this.#key.subarray(0, 16));
    decipher.setAutoPadding(false);
    return Buffer.concat([decipher.update(bytes), decipher.final()]);
  }
}

module.exports = { Encryption };
