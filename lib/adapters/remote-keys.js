'use strict';

const { SSEAuthError } = require('../core/errors.js');

/**
 * @typedef {typeof import('jose', { with: { 'resolution-mode': 'import' } })} Jose
 * @typedef {(header: any, token: any) => Promise<any>} Resolver
 *
 * @typedef {object} Remote
 * @property {string} url
 * @property {number} maxAge
 * @property {number} cooldown
 * @property {number} stale
 * @property {number} timeout
 */

/** No set of keys is as long, in bytes. */
const LONGEST = 1024 * 1024;

/** While there are no keys at all, nobody can be judged: they are asked for this often, in milliseconds. */
const SOON = 1000;

const ACCEPT = { accept: 'application/jwk-set+json, application/json' };

/** The keys that an issuer publishes at a URL: kept, fetched anew in time, and kept longer while it is away. */
class RemoteKeys {
  #jose;
  #options;
  /** @type {Resolver | undefined} */
  #keys;
  /** When the kept ones came. */
  #fetched = Number.NEGATIVE_INFINITY;
  /** When the last request for them was sent. */
  #asked = Number.NEGATIVE_INFINITY;
  /** Why that failed, if it did. */
  /** @type {unknown} */
  #failure;
  /** @type {Promise<void> | undefined} */
  #pending;

  /**
   * @param {Jose} jose
   * @param {Remote} options
   */
  constructor(jose, options) {
    this.#jose = jose;
    this.#options = options;
  }

  /**
   * The key of a token.
   *
   * @type {Resolver}
   */
  resolver = async (header, token) => {
    const { maxAge, stale, cooldown } = this.#options;
    if (this.#age >= maxAge) await this.#refresh(this.#failure === undefined ? maxAge : cooldown);
    if (this.#keys === undefined || this.#age >= stale) throw this.#unavailable();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof this.#jose.errors.JWKSNoMatchingKey)) throw error;
      // The issuer may sign with a key that is newer than what is kept here.
      await this.#refresh(cooldown);
      if (this.#failure !== undefined) throw this.#unavailable();
      return this.#keys(header, token);
    }
  };

  get #age() {
    return Date.now() - this.#fetched;
  }

  /**
   * Fetches the keys, unless that was tried a moment ago: tokens with invented key ids cause no more requests.
   *
   * @param {number} pause in milliseconds
   */
  async #refresh(pause) {
    const least = this.#keys === undefined ? Math.min(pause, SOON) : pause;
    if (this.#pending === undefined) {
      if (Date.now() - this.#asked < least) return;
      this.#asked = Date.now();
      this.#pending = this.#fetch().finally(() => {
        this.#pending = undefined;
      });
    }
    await this.#pending;
  }

  async #fetch() {
    const { url, timeout } = this.#options;
    try {
      const signal = AbortSignal.timeout(timeout);
      const response = await fetch(url, { headers: ACCEPT, redirect: 'error', signal });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`it answered with status ${response.status}`);
      }
      this.#keys = this.#jose.createLocalJWKSet(JSON.parse(await textOf(response)));
      this.#fetched = this.#asked;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
    }
  }

  #unavailable() {
    const { origin, pathname } = new URL(this.#options.url);
    const details = /** @type {const} */ ({ code: 'ERR_SSE_KEYS', retryable: true });
    return new SSEAuthError(
      `the keys of ${origin}${pathname} cannot be had, so that no token can be judged; see cause`,
      { ...details, cause: this.#failure },
    );
  }
}

/** @param {Response} response */
async function textOf(response) {
  const body = /** @type {AsyncIterable<Uint8Array>} */ (/** @type {unknown} */ (response.body));
  const chunks = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > LONGEST) throw new Error(`the answer is longer than ${LONGEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

module.exports = { RemoteKeys };
