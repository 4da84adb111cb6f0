'use strict';

const { SSECallbackError, SSEOptionError } = require('../core/errors.js');
const { channelNames } = require('../options/channel.js');
const check = require('../options/checks.js');
const { normalizeConnect } = require('../options/hub-client.js');

/**
 * @typedef {InstanceType<typeof import('./listener-request.js').ListenerRequest>} ListenerRequest
 * @typedef {InstanceType<typeof import('./admission.js').Admission>} Admission
 * @typedef {Awaited<ReturnType<Admission['prepare']>>} Session
 */

/** Who comes in by a listener, as the application and the hub say it. */
class Door {
  #admission;
  #authorize;
  #failed;

  /**
   * @param {Admission} admission
   * @param {Function | undefined} authorize
   * @param {(error: import('../../index.js').SSEError) => void} failed
   */
  constructor(admission, authorize, failed) {
    this.#admission = admission;
    this.#authorize = authorize;
    this.#failed = failed;
  }

  /**
   * Whether a page of another origin may read.
   *
   * @param {ListenerRequest} request
   * @returns {boolean}
   */
  origin(request) {
    return this.#admission.allowsOrigin(request);
  }

  /**
   * What becomes of a request.
   *
   * @param {ListenerRequest} request
   * @returns {Promise<{ verdict: { type: string }, data?: unknown, session?: Session }>}
   */
  async judge(request) {
    const origin = this.origin(request);
    try {
      const said = await this.#said(request);
      if (said?.status !== undefined) {
        const range = { least: 400, most: 599 };
        const status = check.whole(said.status, 'authorize(…).status', range);
        return { verdict: { type: 'status', status, origin } };
      }
      const asked = normalizeConnect(said);
      const session = await this.#admission.prepare(request, asked);
      const { user, channels, data, issuedAt } = asked;
      const expires = asked.expires === null ? null : Math.ceil(asked.expires);
      const position = asked.lastEventId ?? null;
      const verdict = { type: 'admit', user, channels, expires, issuedAt, position, origin };
      return { verdict, data, session };
    } catch (thrown) {
      return { verdict: { ...this.#refusal(thrown), origin } };
    }
  }

  /** @param {ListenerRequest} request */
  async #said(request) {
    const authorize = this.#authorize;
    if (authorize === undefined) return publicly(request);
    const said = await authorize(request);
    if (typeof said === 'object' && said !== null) return said;
    throw check.wrong('authorize', 'a function that returns an object', said);
  }

  /** @param {unknown} thrown */
  #refusal(thrown) {
    const error = /** @type {import('../../index.js').SSEError} */ (thrown);
    if (error?.code === 'ERR_SSE_UNAUTHORIZED') return { type: 'status', status: 401 };
    if (this.#authorize === undefined && error instanceof SSEOptionError) {
      // The path names a channel that there cannot be.
      return { type: 'status', status: 404 };
    }
    if (error?.code !== 'ERR_SSE_CALLBACK' && error?.code !== 'ERR_SSE_OVERLOAD') {
      const details = { code: /** @type {const} */ ('ERR_SSE_CALLBACK'), cause: thrown };
      const why = thrown instanceof SSEOptionError ? ` what cannot be used: ${thrown.message}` : '';
      const message = why === '' ? 'authorize threw' : `authorize returned${why}`;
      this.#failed(new SSECallbackError(message, details));
    }
    return { type: 'later' };
  }
}

/**
 * Without anybody who says otherwise: what the ticket says, or the channel of the path.
 *
 * @param {ListenerRequest} request
 * @returns {Record<string, unknown>}
 */
function publicly({ params, query }) {
  const ticket = query.get('ticket');
  if (ticket !== null) return { ticket };
  const channels = params.channel === undefined ? [] : [params.channel];
  return { channels: channelNames(channels, 'channels') };
}

module.exports = { Door };
