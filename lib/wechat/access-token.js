'use strict';

const { sleep } = require('./clock.js');
const { WeChatError } = require('./error.js');
const { parsedOrNothing } = require('./json.js');

/** How long before its end a token is renewed: WeChat lets both be good for so long. */
const EARLY_MS = 300_000;

/** How long a process may take to fetch a token before another one does. */
const LOCK_MS = 15_000;

/** How often a process looks whether another one has a token. */
const LOOK_MS = 200;

/** How far two demands for another token than the one that WeChat gave last must be apart. */
const FORCED_MS = 30_000;

/**
 * @typedef {{ token: string, expires: number }} Kept
 * @typedef {(force: boolean) => Promise<{ token: string, expiresIn: number }>} FetchToken expiresIn in seconds
 */

/** The access token of an account: fetched by one call at a time, in one process of all that share a store. */
class AccessToken {
  #store;
  #clock;
  #key;
  #fetch;
  /** @type {Kept | undefined} */
  #kept;
  /** @type {Promise<string> | undefined} */
  #renewal;
  #lookAgain = 0;

  /**
   * @param {object} options
   * @param {import('../../index.js').Store} options.store
   * @param {import('./clock.js').Clock} options.clock
   * @param {string} options.key
   * @param {FetchToken} options.fetch
   */
  constructor({ store, clock, key, fetch }) {
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
    this.#fetch = fetch;
  }

  /** A token that is good now. One that soon is not is renewed meanwhile, so that nobody waits for it. */
  async get() {
    const left = (this.#kept?.expires ?? 0) - this.#clock.now();
    if (this.#kept === undefined || left <= 0) return this.#renew(undefined);
    if (left <= EARLY_MS && this.#clock.now() >= this.#lookAgain) {
      this.#lookAgain = this.#clock.now() + FORCED_MS;
      this.#renew(this.#kept.token).catch(() => {});
    }
    return this.#kept.token;
  }

  /**
   * Another token than one that WeChat refused.
   *
   * @param {string} refused
   */
  async replace(refused) {
    return this.#kept !== undefined && this.#kept.token !== refused
      ? this.#kept.token
      : this.#renew(refused, true);
  }

  /**
   * @param {string | undefined} old
   * @param {boolean} [isRefused]
   */
  #renew(old, isRefused = false) {
    this.#renewal ??= this.#obtain(old, isRefused).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /**
   * @param {string | undefined} old
   * @param {boolean} isRefused
   * @returns {Promise<string>}
   */
  async #obtain(old, isRefused) {
    const until = this.#clock.now() + LOCK_MS;
    for (;;) {
      const other = await this.#shared(old);
      if (other !== undefined) return this.#keep(other);
      if (await this.#store.setIfAbsent(`${this.#key}:lock`, '', LOCK_MS)) break;
      if (this.#clock.now() > until) {
        throw new WeChatError('another process did not fetch the access token in time; try again', {
          code: 'ERR_WECHAT_TOKEN',
        });
      }
      await sleep(this.#clock, LOOK_MS);
    }
    try {
      return await this.#fetchNew(old, isRefused);
    } finally {
      await this.#store.remove(`${this.#key}:lock`);
    }
  }

  /**
   * What another process has fetched, if it is of use.
   *
   * @param {string | undefined} old
   */
  async #shared(old) {
    /** @type {Kept | undefined} */
    const kept = parsedOrNothing(await this.#store.get(this.#key));
    const left = (kept?.expires ?? 0) - this.#clock.now();
    return kept !== undefined && kept.token !== old && left > 0 ? kept : undefined;
  }

  /**
   * @param {string | undefined} old
   * @param {boolean} isRefused
   */
  async #fetchNew(old, isRefused) {
    let got = await this.#fetch(false);
    // WeChat gives the token that it has until that soon ends; one that it refuses is not asked for too often.
    if (isRefused && got.token === old) {
      if (!(await this.#store.setIfAbsent(`${this.#key}:forced`, '', FORCED_MS))) {
        throw new WeChatError('WeChat refuses the access token that it gave; look at the console', {
          code: 'ERR_WECHAT_TOKEN',
        });
      }
      got = await this.#fetch(true);
    }
    const lifetime = got.expiresIn * 1000;
    const kept = { token: got.token, expires: this.#clock.now() + lifetime };
    await this.#store.set(this.#key, JSON.stringify(kept), lifetime);
    return this.#keep(kept);
  }

  /** @param {Kept} kept */
  #keep(kept) {
    this.#kept = kept;
    return kept.token;
  }
}

module.exports = { AccessToken };
