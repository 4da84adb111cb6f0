'use strict';

const { SSECallbackError, SSEOptionError } = require('../core/errors.js');
const { channelNames } = require('../options/channel.js');
const check = require('../options/checks.js');
const { normalizeConnect } = require('../options/hub-client.js');

/**
 * @typedef {InstanceType<typeof import('./listener-request.js').ListenerRequest>} ListenerRequest
 * @typedef {InstanceType<typeof import('./admission.js').Admission>} Admission
 * @typedef {Awaited<ReturnType<Admission['prepare']>>} Session
 * @typedef {{ type: string, origin?: boolean, [member: string]: unknown }} Verdict as the core takes it
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
   * @returns {Promise<{ verdict: Verdict, data?: unknown, session?: Session }>}
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
    let said;
    try {
      said = await authorize(request);
    } catch (thrown) {
      if (isUnauthorized(thrown)) throw thrown;
      const error = callbackError('authorize threw', thrown);
      this.#failed(error);
      throw error;
    }
    if (typeof said === 'object' && said !== null) return said;
    throw check.wrong('authorize', 'a function that returns an object', said);
  }

  /** @param {any} thrown */
  #refusal(thrown) {
    if (isUnauthorized(thrown)) return { type: 'status', status: thrown.status ?? 401 };
    if (thrown instanceof SSEOptionError) {
      // Without `authorize` it is the path that names a channel which there cannot be.
      if (this.#authorize === undefined) return { type: 'status', status: 404 };
      const message = `authorize returned what cannot be used: ${thrown.message}`;
      this.#failed(callbackError(message, thrown));
    } else if (!isTold(thrown)) {
      this.#failed(thrown);
    }
    return { type: 'later' };
  }
}

/** @param {any} thrown */
const isUnauthorized = (thrown) => thrown?.code === 'ERR_SSE_UNAUTHORIZED';

/**
 * What is no fault of the application, or was told where it came from.
 *
 * @param {any} thrown
 */
const isTold = (thrown) =>
  thrown?.code === 'ERR_SSE_OVERLOAD' || thrown?.code === 'ERR_SSE_CALLBACK';

/**
 * @param {string} message
 * @param {unknown} cause
 */
const callbackError = (message, cause) =>
  new SSECallbackError(message, { code: 'ERR_SSE_CALLBACK', cause });

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
