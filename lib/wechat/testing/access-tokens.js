'use strict';

/** How long a token is good, in milliseconds, and how long before its end there is a new one beside it. */
const LIFETIME_MS = 7_200_000;
const OVERLAP_MS = 300_000;

/** How far apart two tokens must be that are forced. */
const FORCED_MS = 30_000;

/** The access tokens of one account. */
class AccessTokens {
  #clock;
  /** @type {{ token: string, expires: number }[]} */
  #tokens = [];
  #forced = Number.NEGATIVE_INFINITY;
  /** How many there were. */
  issued = 0;

  /** @param {import('../clock.js').Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * @param {boolean} force
   * @returns {object} what the API answers
   */
  issue(force) {
    const now = this.#clock.now();
    const current = this.#tokens.at(-1);
    if (force && now - this.#forced < FORCED_MS) return { errcode: 45009, errmsg: 'too fast' };
    if (force) this.#forced = now;
    const fresh = current !== undefined && current.expires - now > OVERLAP_MS && !force;
    if (!fresh) {
      this.issued += 1;
      const token = `token-${this.issued}`;
      this.#tokens = force ? [] : this.#tokens.slice(-1);
      this.#tokens.push({ token, expires: now + LIFETIME_MS });
    }
    const { token, expires } = /** @type {{ token: string, expires: number }} */ (
      this.#tokens.at(-1)
    );
    return { access_token: token, expires_in: Math.floor((expires - now) / 1000) };
  }

  /**
   * @param {string | null} token
   * @returns {object | undefined} why it is refused
   */
  refusal(token) {
    const known = this.#tokens.find((one) => one.token === token);
    if (known === undefined) return { errcode: 40001, errmsg: 'invalid credential' };
    if (known.expires <= this.#clock.now()) return { errcode: 42001, errmsg: 'token expired' };
    return undefined;
  }

  /** Makes all of them void, as a console does where the secret is reset. */
  revoke() {
    this.#tokens = this.#tokens.map(({ token }) => ({ token: `void-${token}`, expires: 0 }));
  }
}

module.exports = { AccessTokens };
