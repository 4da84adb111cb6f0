'use strict';

const { SSEAuthError, SSEOptionError } = require('../core/errors.js');

/**
 * @typedef {import('../../index.js').Hub} Hub
 * @typedef {import('./hub-route-types.js').Authorized} Authorized
 *
 * @typedef {object} Answer to a request that the hub does not answer itself
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {string} body
 *
 * @typedef {{ connect: any } | { answer: Answer }} Decision about a request for the stream: options for the hub, or
 *   an answer
 */

const OPTIONS = ['admit', 'onError'];

/** The most that a body may have; one with a client's id and a channel has far less. */
const MAX_BODY = 4096;

/** When a browser comes back whose request could not be judged, in milliseconds. */
const COME_BACK = /** @type {const} */ ({ least: 2000, most: 4000 });

/** The routes of a hub, whatever the framework: who may connect, who may join and leave a channel. */
class HubRoutes {
  #hub;
  #authorize;
  #admit;
  #onError;

  /**
   * @param {any} hub
   * @param {any} authorize
   * @param {any} [options]
   */
  constructor(hub, authorize, options = {}) {
    if (typeof hub?.connect !== 'function' || typeof hub.response !== 'function') {
      throw new SSEOptionError('hub must be what createHub() returns');
    }
    if (typeof authorize !== 'function') {
      throw new SSEOptionError('authorize must be a function that tells who may connect');
    }
    const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
    if (unknown !== undefined) {
      throw new SSEOptionError(`unknown option "${unknown}"; there are ${OPTIONS.join(', ')}`);
    }
    for (const name of OPTIONS) {
      if (options[name] !== undefined && typeof options[name] !== 'function') {
        throw new SSEOptionError(`${name} must be a function`);
      }
    }
    this.#hub = /** @type {Hub} */ (hub);
    this.#authorize = authorize;
    this.#admit = options.admit;
    // Without the request: it has credentials.
    this.#onError = options.onError ?? ((/** @type {unknown} */ error) => console.error(error));
  }

  /**
   * Never rejects: any status but 200 ends a browser's EventSource for good, so that only one that `authorize`
   * gives is sent. Where it fails, the browser is told to come back.
   *
   * @param {unknown} request as the framework gives it
   * @param {string} method
   * @returns {Promise<Decision>}
   */
  async decide(request, method) {
    // A preflight has no credentials, and the hub answers it.
    if (method === 'OPTIONS') return { connect: { channels: [] } };
    try {
      const { status, ...connect } = await this.#authorized(request);
      return status === undefined ? { connect } : { answer: refusal(status, 'not allowed') };
    } catch (error) {
      this.#onError(error, request);
      return { answer: comeBack() };
    }
  }

  /**
   * @param {'subscribe' | 'unsubscribe'} verb
   * @param {unknown} request as the framework gives it
   * @param {() => unknown} readBody gives what was posted, parsed; nothing if that is not to be had
   * @returns {Promise<Answer>}
   */
  async change(verb, request, readBody) {
    const authorized = await this.#authorized(request);
    const { status, user, channels = [] } = authorized;
    if (status !== undefined) return refusal(status, 'not allowed');
    // Nobody has looked whether it is one.
    if ('ticket' in authorized) return refusal(403, 'a ticket opens the stream, and nothing else');
    const { clientId, channel } = Object(await readBody());
    if (typeof clientId !== 'string' || typeof channel !== 'string') {
      return refusal(400, 'the body must be JSON with two strings: { "clientId", "channel" }');
    }
    try {
      const [client] = this.#hub.clients({ client: clientId });
      if (client === undefined) return unknownClient();
      if ((client.user ?? null) !== (user ?? null)) return refusal(403, 'the client is not yours');
      if (verb === 'subscribe' && !channels.includes(channel)) {
        const admitted = await this.#admit?.(channel, request);
        if (admitted !== true) return refusal(403, 'the channel is not open to you');
      }
      // It may have left meanwhile.
      const found = await this.#hub[verb](clientId, channel);
      return found ? { status: 204, headers: {}, body: '' } : unknownClient();
    } catch (error) {
      if (error instanceof SSEOptionError) return refusal(400, error.message);
      throw error;
    }
  }

  /**
   * @param {unknown} request
   * @returns {Promise<{ status: number | undefined } & Authorized>}
   */
  async #authorized(request) {
    const given = (await this.#verdict(request)) ?? { status: 401 };
    if (typeof given !== 'object') {
      throw new SSEOptionError('authorize must give an object, or nothing to refuse');
    }
    const { status, ...others } = given;
    if (status === undefined || status === 204 || (status >= 400 && status <= 599)) {
      return { ...others, status };
    }
    throw new SSEOptionError('the status that authorize gives must be 204, or from 400 to 599');
  }

  /**
   * What `authorize` says, also by an error that is a verdict.
   *
   * @param {unknown} request
   */
  async #verdict(request) {
    try {
      return await this.#authorize(request);
    } catch (error) {
      if (error instanceof SSEAuthError && error.code === 'ERR_SSE_UNAUTHORIZED') {
        return { status: /** @type {any} */ (error).status ?? 401 };
      }
      throw error;
    }
  }
}

/** The hub tells browsers the same of itself when it takes no more of them. */
function comeBack() {
  const { least, most } = COME_BACK;
  const retry = Math.round(least + Math.random() * (most - least));
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
  return { status: 200, headers, body: `retry: ${retry}\n\n` };
}

const unknownClient = () => refusal(404, 'there is no such client');

/**
 * @param {number} status
 * @param {string} message
 * @returns {Answer}
 */
function refusal(status, message) {
  if (status === 204) return { status, headers: {}, body: '' };
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status, headers, body: JSON.stringify({ error: { message } }) };
}

/**
 * The JSON of a body; nothing if it is none, or too long.
 *
 * @param {AsyncIterable<Uint8Array> | null} chunks
 */
async function readJson(chunks) {
  /** @type {Uint8Array[]} */
  const kept = [];
  let size = 0;
  for await (const chunk of chunks ?? []) {
    size += chunk.length;
    // The rest is read nonetheless: a client that is not read to its end does not hear the answer.
    if (size <= MAX_BODY) kept.push(chunk);
  }
  return size <= MAX_BODY ? parsed(Buffer.concat(kept).toString()) : undefined;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

module.exports = { HubRoutes, parsed, readJson };
