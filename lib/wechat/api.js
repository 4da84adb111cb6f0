'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { sleep } = require('./clock.js');
const { WeChatError } = require('./error.js');

/** How long a call may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** WeChat says that it is busy, and did nothing. */
const BUSY = -1;
const TRIES = 3;
const PAUSE_MS = 500;

/** The token is none, or is over. */
const BAD_TOKEN = [40001, 40014, 42001];

/** Failures of a connection before anything of the request was sent. */
const UNSENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

/**
 * A connection that waited for the next call may be closed from the other side in the moment of that call, and then nobody knows
 * whether a message was sent.
 */
const HEADERS = Object.freeze({ 'content-type': 'application/json', connection: 'close' });

/** Calls of an API of WeChat: JSON there and back, an `errcode` for a failure. */
class Api {
  #baseUrl;
  #fetch;
  #clock;

  /**
   * @param {object} options
   * @param {string} options.baseUrl
   * @param {typeof globalThis.fetch} options.fetch
   * @param {import('./clock.js').Clock} options.clock
   */
  constructor({ baseUrl, fetch, clock }) {
    this.#baseUrl = baseUrl;
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /**
   * Calls again what was surely not done, and nothing else: a message could come twice.
   *
   * @param {string} path
   * @param {object | undefined} body none for GET
   * @param {Record<string, string>} [query] may hold secrets, which no error tells
   * @returns {Promise<Record<string, any>>}
   */
  call(path, body, query = {}) {
    const url = new URL(`${this.#baseUrl}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return this.callUrl(url.href, path, body);
  }

  /**
   * The same with a URL that is a secret.
   *
   * @param {string} url
   * @param {string} name how errors call it
   * @param {object | undefined} body
   * @returns {Promise<Record<string, any>>}
   */
  async callUrl(url, name, body) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(url, name, body);
      } catch (error) {
        const unsent = UNSENT.includes(Object(error.cause)?.code);
        if (attempt === TRIES || !(unsent || error.errcode === BUSY)) throw error;
      }
      await sleep(this.#clock, PAUSE_MS * attempt);
    }
  }

  /**
   * The same with the access token in the query; one that is refused is replaced once.
   *
   * @param {InstanceType<typeof import('./access-token.js').AccessToken>} accessToken
   * @param {string} path
   * @param {object} body
   */
  async authorized(accessToken, path, body) {
    const token = await accessToken.get();
    try {
      return await this.call(path, body, { access_token: token });
    } catch (error) {
      if (!BAD_TOKEN.includes(error.errcode)) throw error;
    }
    return this.call(path, body, { access_token: await accessToken.replace(token) });
  }

  /**
   * @param {string} url
   * @param {string} name
   * @param {object | undefined} body
   */
  async #once(url, name, body) {
    const controller = new AbortController();
    const forget = this.#clock.after(TIMEOUT_MS, () => controller.abort());
    /** @type {any} */
    let reply;
    try {
      const response = await this.#fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: HEADERS,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: controller.signal,
      });
      reply = JSON.parse(await response.text());
    } catch (error) {
      throw new WeChatError(`${name} of WeChat gave no answer; look at the network and try again`, {
        code: 'ERR_WECHAT_NETWORK',
        // An error of fetch has the URL, and with it the token, in places that change.
        cause: causeOf(error),
      });
    } finally {
      forget();
    }
    const { errcode = 0, errmsg = '' } = Object(reply);
    if (errcode === 0) return reply;
    throw new WeChatError(
      `${name} of WeChat: errcode ${errcode}, ${String(errmsg).slice(0, 200)}`,
      {
        code: 'ERR_WECHAT_API',
        errcode,
      },
    );
  }
}

/** @param {any} error */
function causeOf(error) {
  const { code, name } = error.cause ?? error;
  return Object.assign(new Error(String(code ?? name)), typeof code === 'string' ? { code } : {});
}

/**
 * @param {unknown} value
 * @returns {typeof globalThis.fetch}
 */
function fetchOption(value) {
  if (typeof value !== 'function') throw new SSEOptionError('fetch must be a function');
  return /** @type {any} */ (value);
}

module.exports = { Api, fetchOption };
