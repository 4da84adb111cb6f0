'use strict';

const { SSECallbackError } = require('../core/errors.js');
const { EVERYONE, OF_USER, channelOf } = require('../options/channel.js');
const { corsHeaders, preflightHeaders } = require('./cors.js');
const { cursorOf } = require('./cursor.js');
const { Client } = require('./hub-client.js');
const { HEADERS } = require('./outputs.js');
const { randomName } = require('./random-name.js');
const { refusal } = require('./refusal.js');
const { slices } = require('./slices.js');

/**
 * @typedef {import('../options/hub-client.js').NormalizedClient} NormalizedClient
 * @typedef {Omit<NormalizedClient, 'onClient'>} Asked
 * @typedef {InstanceType<typeof import('./response-sink.js').ResponseSink> |
 *   InstanceType<typeof import('./stream-sink.js').StreamSink>} Sink
 * @typedef {ReturnType<typeof import('../options/hub.js').normalizeHub>} NormalizedHub
 * @typedef {ReturnType<typeof import('./tickets.js').ticketsOf>} Tickets
 * @typedef {Awaited<ReturnType<Tickets['open']>>} Session
 */

/** Who becomes a client of a hub, with what of the position that it comes with, and who does not. */
class Admission {
  #clients;
  #tickets;
  #cors;
  #admit;
  #retryDelay;

  /**
   * @param {InstanceType<typeof import('./hub-clients.js').HubClients>} clients
   * @param {() => Tickets} tickets
   * @param {NormalizedHub} options
   */
  constructor(clients, tickets, { cors, admit, native }) {
    this.#clients = clients;
    this.#tickets = tickets;
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

  /** What a listener is told: which pages may read, and whether it is asked of channels of before. */
  get asks() {
    const cors = this.#cors;
    const admits = this.#admit !== undefined;
    if (cors === undefined) return { admits, cors: null };
    const { origin, credentials, headers, maxAge } = cors;
    const origins = typeof origin === 'function' ? null : [...origin];
    return { admits, cors: { any: origin === '*', origins, credentials, headers, maxAge } };
  }

  /**
   * Answers a request; where that makes no client, with one that is closed.
   *
   * @param {Sink} sink
   * @param {any} request
   * @param {Asked} asked
   * @returns {Promise<InstanceType<typeof Client>>}
   */
  admit(sink, request, asked) {
    return slices.run(() => this.#answer(sink, request, asked));
  }

  /**
   * @param {Sink} sink
   * @param {any} request
   * @param {Asked} asked
   * @returns {Promise<InstanceType<typeof Client>>}
   */
  async #answer(sink, request, asked) {
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
    const begin = () =>
      sink.reason === undefined
        ? this.#begin(sink, { headers, shared }, asked, position ?? null)
        : none();
    if (!this.#waits(asked, position)) return begin();
    /** @type {Session | undefined} */
    let session;
    try {
      session = await this.#opened(asked);
      await this.#prepare(request, asked, position);
    } catch (thrown) {
      const error = /** @type {import('../../index.js').SSEError} */ (thrown);
      if (!sink.over('refused', error)) return none();
      if (error.code === 'ERR_SSE_UNAUTHORIZED') deny(sink, 401, shared);
      else sink.refuse(headers, this.#wait());
      return none();
    }
    // Thousands may have waited for the same answer.
    const client = await slices.run(begin);
    if (sink.reason === undefined) {
      await session?.holdBy(client).catch((error) => this.#clients.failed(error));
    }
    return client;
  }

  /**
   * Prepares what a client that comes by a listener needs; its session, if a ticket opens one.
   *
   * @param {any} request
   * @param {Asked} asked
   */
  async prepare(request, asked) {
    const position = asked.lastEventId ?? cursorOf(request);
    if (!this.#waits(asked, position)) return undefined;
    const session = await this.#opened(asked);
    await this.#prepare(request, asked, position);
    return session;
  }

  /**
   * Whether pages of the request's origin may read what it is answered with.
   *
   * @param {any} request
   */
  allowsOrigin(request) {
    return 'access-control-allow-origin' in this.#shared(undefined, request);
  }

  /**
   * Whether others are asked before it becomes a client.
   *
   * @param {Asked} asked
   * @param {string | undefined} position
   */
  #waits(asked, position) {
    if (asked.ticket !== undefined || this.#clients.remote !== undefined) return true;
    if (position === undefined || this.#admit === undefined) return false;
    return this.#others(position, asked).length > 0;
  }

  /**
   * Opens the session of the ticket that is shown, if one is, and takes what that says.
   *
   * @param {Asked} asked
   */
  async #opened(asked) {
    if (asked.ticket === undefined) return undefined;
    const session = await this.#tickets().open(asked.ticket);
    Object.assign(asked, session.options);
    return session;
  }

  /**
   * Adds the channels that it may have besides, and has the core fetch what it needs of other processes.
   *
   * @param {any} request
   * @param {Asked} asked
   * @param {string | undefined} position
   */
  async #prepare(request, asked, position) {
    const { remote } = this.#clients;
    const { user, channels } = asked;
    if (position !== undefined) {
      if (remote !== undefined) await remote.prepare([], position, null);
      const others = this.#others(position, asked);
      if (others.length > 0 && this.#admit !== undefined) {
        channels.push(...(await this.#admitted(others, request)));
      }
    }
    if (remote !== undefined) {
      // Without channels it would be the position alone that is made ready.
      await remote.prepare([EVERYONE, ...channels], position ?? null, user);
    }
  }

  /**
   * @param {Sink} sink
   * @param {{ headers: Record<string, string>, shared: Record<string, string> }} answer all that it says, and to pages
   *   of other origins
   * @param {Asked} asked
   * @param {string | null} position
   */
  #begin(sink, { headers, shared }, asked, position) {
    const { user, channels, expires, issuedAt } = asked;
    // The id of a client is as good as a key to it.
    const name = randomName();
    const json = JSON.stringify({ name, user, channels, position, expires, issuedAt });
    const { number, id, refused, retry } = JSON.parse(this.#clients.native.connect(json));
    const client = new Client(this.#clients, sink, asked, id ?? '');
    if (refused !== undefined) {
      sink.over('refused', refusal(refused));
      if (refused === 'revoked') deny(sink, 403, shared);
      else sink.refuse(headers, retry);
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
   * @param {Sink | undefined} sink
   * @param {any} request
   */
  #shared(sink, request) {
    try {
      return corsHeaders(this.#cors, request, sink?.header('vary'));
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
    try {
      const verdicts = await Promise.all(channels.map(async (channel) => admit(channel, request)));
      return channels.filter((_, index) => verdicts[index] === true);
    } catch (thrown) {
      throw this.#failed('admit', thrown);
    }
  }

  /**
   * @param {string} name of the caller's function
   * @param {unknown} cause
   */
  #failed(name, cause) {
    const details = { code: /** @type {const} */ ('ERR_SSE_CALLBACK'), cause };
    const error = new SSECallbackError(`${name} threw`, details);
    this.#clients.failed(error);
    return error;
  }

  /** How long a client waits that could not be judged: not all the same time. */
  #wait() {
    const [least, most] = this.#retryDelay;
    return Math.round(least + Math.random() * (most - least));
  }
}

/**
 * Refuses for good, as no other refusal does: with what it has shown, this one may never come in.
 *
 * @param {Sink} sink
 * @param {number} status
 * @param {Record<string, string>} shared
 */
const deny = (sink, status, shared) =>
  sink.answer(status, { 'Cache-Control': 'no-store', ...shared });

module.exports = { Admission };
