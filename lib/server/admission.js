'use strict';

const { SSECallbackError, SSEStateError } = require('../core/errors.js');
const { EVERYONE, OF_USER, channelOf } = require('../options/channel.js');
const { warnOfHub } = require('../stream/warnings.js');
const { tell } = require('./context-emitter.js');
const { corsHeaders, preflightHeaders } = require('./cors.js');
const { cursorOf } = require('./cursor.js');
const { Client } = require('./hub-client.js');
const { HEADERS } = require('./outputs.js');
const { randomName } = require('./random-name.js');

/**
 * @typedef {import('../options/hub-client.js').NormalizedClient} NormalizedClient
 * @typedef {Omit<NormalizedClient, 'onClient'>} Asked
 * @typedef {InstanceType<typeof import('./response-sink.js').ResponseSink> |
 *   InstanceType<typeof import('./stream-sink.js').StreamSink>} Sink
 * @typedef {ReturnType<typeof import('../options/hub.js').normalizeHub>} NormalizedHub
 */

/** Who becomes a client of a hub, with what of the position that it comes with, and who does not. */
class Admission {
  #hub;
  #clients;
  #cors;
  #admit;
  #retryDelay;

  /**
   * @param {InstanceType<typeof import('./context-emitter.js').ContextEmitter>} hub
   * @param {InstanceType<typeof import('./hub-clients.js').HubClients>} clients
   * @param {NormalizedHub} options
   */
  constructor(hub, clients, { cors, admit, native }) {
    this.#hub = hub;
    this.#clients = clients;
    this.#cors = cors;
    this.#admit = admit;
    this.#retryDelay = native.retryDelay;
  }

  /**
   * The same hub is made again.
   *
   * @param {NormalizedHub} options
   */
  replace({ cors, admit }) {
    this.#cors = cors;
    this.#admit = admit;
  }

  /**
   * Answers a request; where that makes no client, with one that is closed.
   *
   * @param {Sink} sink
   * @param {any} request
   * @param {Asked} asked
   * @returns {Promise<InstanceType<typeof Client>>}
   */
  async admit(sink, request, asked) {
    const none = () => new Client(this.#clients, sink, asked, '');
    const shared = this.#shared(sink, request);
    const { method } = request;
    if (sink.reason !== undefined) return none();
    if (method === 'OPTIONS' || method === 'HEAD') {
      sink.over('answered');
      if (method === 'HEAD') sink.answer(200, { ...HEADERS, ...shared });
      else sink.answer(204, preflightHeaders(this.#cors, shared));
      return none();
    }
    const headers = { ...HEADERS, ...shared };
    const position = asked.lastEventId ?? cursorOf(request);
    const { channels } = asked;
    const others = position === undefined ? [] : this.#others(position, asked);
    if (others.length > 0 && this.#admit !== undefined) {
      try {
        channels.push(...(await this.#admitted(others, request)));
      } catch (thrown) {
        if (sink.over('refused', this.#failed('admit', thrown))) sink.refuse(headers, this.#wait());
        return none();
      }
    }
    if (sink.reason !== undefined) return none();
    return this.#begin(sink, headers, asked, position);
  }

  /**
   * @param {Sink} sink
   * @param {Record<string, string>} headers
   * @param {Asked} asked
   * @param {string | undefined} position
   */
  #begin(sink, headers, asked, position) {
    const { user, channels, expires } = asked;
    // The id of a client is as good as a key to it.
    const name = randomName();
    const json = JSON.stringify({ name, user, channels, position: position ?? null, expires });
    const { number, id, refused, retry } = JSON.parse(this.#clients.native.connect(json));
    const client = new Client(this.#clients, sink, asked, id ?? '');
    if (refused !== undefined) {
      sink.over('refused', refusal(refused));
      sink.refuse(headers, retry);
      return client;
    }
    this.#clients.add(sink, number, client);
    try {
      sink.begin(headers);
    } catch (error) {
      this.#clients.drop(sink);
      throw error;
    }
    this.#clients.begun(sink);
    return client;
  }

  /**
   * What the response says to pages of other origins.
   *
   * @param {Sink} sink
   * @param {any} request
   */
  #shared(sink, request) {
    try {
      return corsHeaders(this.#cors, request, sink.header('vary'));
    } catch (thrown) {
      // Nothing is said, and a browser of another origin gets nothing.
      this.#failed('cors.origin', thrown);
      return {};
    }
  }

  /**
   * Channels of a position that the caller has not named, and that no user but this one has.
   *
   * @param {string} position
   * @param {Asked} asked
   */
  #others(position, { user, channels }) {
    const own = [EVERYONE, ...channels, ...(user === null ? [] : [channelOf(user)])];
    return this.#clients.native
      .places(position)
      .filter((channel) => !own.includes(channel) && !channel.startsWith(OF_USER));
  }

  /**
   * @param {string[]} channels
   * @param {any} request
   */
  async #admitted(channels, request) {
    const admit = /** @type {Function} */ (this.#admit);
    const verdicts = await Promise.all(channels.map(async (channel) => admit(channel, request)));
    return channels.filter((_, index) => verdicts[index] === true);
  }

  /**
   * @param {string} name of the caller's function
   * @param {unknown} cause
   */
  #failed(name, cause) {
    const details = { code: /** @type {const} */ ('ERR_SSE_CALLBACK'), cause };
    const error = new SSECallbackError(`${name} threw`, details);
    if (this.#hub.listenerCount('error') > 0) tell(this.#hub, 'error', error);
    else warnOfHub(error);
    return error;
  }

  /** How long a client waits that could not be judged: not all the same time. */
  #wait() {
    const [least, most] = this.#retryDelay;
    return Math.round(least + Math.random() * (most - least));
  }
}

/** @param {'clients' | 'user' | 'closing'} reason */
function refusal(reason) {
  if (reason === 'closing') {
    return new SSEStateError('the hub is closing', { code: 'ERR_SSE_CLOSED' });
  }
  const message =
    reason === 'user'
      ? 'the user has as many clients as maxPerUser allows'
      : 'the hub has as many clients as maxClients allows';
  return new SSEStateError(message, { code: 'ERR_SSE_OVERLOAD' });
}

module.exports = { Admission };
