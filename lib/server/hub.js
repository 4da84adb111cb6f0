'use strict';

const { inspect } = require('node:util');
const { SSEOptionError, SSEStateError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');
const { version } = require('../core/version.js');
const { EVERYONE, channelName, channelOf, userName } = require('../options/channel.js');
const { identifier } = require('../options/identifier.js');
const check = require('../options/checks.js');
const asking = require('../options/hub-client.js');
const { normalizeClose, normalizeHub } = require('../options/hub.js');
const { normalizeMessage, normalizePublication } = require('../options/publication.js');
const { normalizeTicket } = require('../options/ticket.js');
const { Admission } = require('./admission.js');
const { ContextEmitter } = require('./context-emitter.js');
const { HubClients } = require('./hub-clients.js');
const { checkExchange } = require('./exchange.js');
const { openHub, openListener } = require('./native-hub.js');
const { ResponseSink } = require('./response-sink.js');
const { StreamSink } = require('./stream-sink.js');

const inspecting = lazy(() => require('../core/inspection.js'));
const warnings = lazy(() => require('../stream/warnings.js'));
const measuring = lazy(() => require('./hub-metrics.js'));
const listening = lazy(() => ({
  ...require('./listener.js'),
  ...require('./door.js'),
  ...require('../options/listen.js'),
}));
const ticketing = lazy(() => require('./tickets.js'));

/**
 * @typedef {ReturnType<typeof normalizeHub>} NormalizedHub
 * @typedef {import('../../index.js').HubEvent} HubEvent
 */

/** Hubs by their names, for all copies of this module that a bundler makes. */
const HUBS = Symbol.for(`perennial-sse.hubs.${version}`);
/** @type {Record<symbol, Map<string, Hub>>} */
const shared = /** @type {any} */ (globalThis);
shared[HUBS] ??= new Map();
const hubs = shared[HUBS];

/**
 * Replaces what the same hub is made with again.
 *
 * @type {(hub: Hub, asked: NormalizedHub) => void}
 */
let replace;

/** See `Hub` in index.d.ts. */
class Hub extends ContextEmitter {
  #name;
  #native;
  #options;
  #clients;
  #verbs;
  #admission;
  #tickets;
  /** @type {Promise<void> | undefined} */
  #closing;
  #closed = false;

  static {
    replace = (hub, asked) => {
      if (toldOf(asked) !== hub.#options) throw otherOptions(hub.name);
      hub.removeAllListeners();
      hub.#admission.replace(asked);
    };
  }

  /** @param {NormalizedHub} asked */
  constructor(asked) {
    super();
    const { native } = asked;
    this.#options = toldOf(asked);
    this.#native = openHub(native);
    this.#clients = new HubClients(this, this.#native, native);
    this.#verbs = this.#clients.verbs;
    this.#tickets = lazy(() => ticketing().ticketsOf(asked, this.#verbs));
    this.#admission = new Admission(this.#clients, this.#tickets, asked);
    this.#name = native.name;
  }

  get name() {
    return this.#name;
  }

  /**
   * @param {any} request
   * @param {any} response
   * @param {import('../../index.js').HubConnectOptions} [options]
   */
  async connect(request, response, options) {
    const asked = asking.normalizeConnect(options);
    checkExchange(request, response);
    return this.#admission.admit(new ResponseSink(response), request, asked);
  }

  /**
   * @param {any} request
   * @param {import('../../index.js').HubResponseOptions} [options]
   * @returns {Promise<Response>}
   */
  async response(request, options) {
    const { onClient, ...asked } = asking.normalizeResponse(options);
    if (typeof request?.headers?.get !== 'function') {
      throw check.wrong('request', 'a Request', request);
    }
    const sink = new StreamSink(request.signal);
    const client = await this.#admission.admit(sink, request, asked);
    try {
      if (sink.reason === undefined) onClient?.(client);
    } catch (error) {
      sink.handleEvent();
      throw error;
    }
    // Of a request that was aborted nothing is read.
    return sink.response ?? new Response(null);
  }

  /** @param {unknown} options */
  async listen(options) {
    const { Listener, Door, normalizeListen } = listening();
    const { native, authorize } = normalizeListen(options);
    if (this.#closing !== undefined) throw closed();
    const clients = this.#clients;
    const door = new Door(this.#admission, authorize, (error) => clients.failed(error));
    const asked = { ...native, ...this.#admission.asks, authorizes: authorize !== undefined };
    const socket = openListener(this.#native, asked);
    const listener = new Listener(clients, socket, door, () => this.metrics());
    clients.listen(socket.id, listener);
    return Listener.opened(listener);
  }

  /** @param {HubEvent} event */
  async broadcast(event) {
    return this.#publish(EVERYONE, event);
  }

  /**
   * @param {string} channel
   * @param {HubEvent} event
   */
  async publish(channel, event) {
    return this.#publish(channelName(channel, 'channel'), event);
  }

  /**
   * @param {string} user
   * @param {HubEvent} event
   */
  async toUser(user, event) {
    return this.#publish(channelOf(userName(user, 'user')), event);
  }

  /**
   * @param {string} id
   * @param {import('../../index.js').HubMessage} event
   */
  async toClient(id, event) {
    const client = check.text(id, 'id');
    const { event: name, data } = normalizeMessage(event, this.#clients.reserved);
    return this.#verbs.send(client, name, data);
  }

  /**
   * @param {string} id
   * @param {string} channel
   */
  async subscribe(id, channel) {
    return this.#verbs.subscribe(check.text(id, 'id'), channelName(channel, 'channel'));
  }

  /**
   * @param {string} id
   * @param {string} channel
   */
  async unsubscribe(id, channel) {
    return this.#verbs.unsubscribe(check.text(id, 'id'), channelName(channel, 'channel'));
  }

  async users() {
    return this.#verbs.users();
  }

  async channels() {
    return this.#verbs.channels();
  }

  /** @param {string} channel */
  async presence(channel) {
    return this.#verbs.presence(channelName(channel, 'channel'));
  }

  /** @param {import('../../index.js').HubDisconnect} target */
  async disconnect(target) {
    return this.#verbs.disconnect(asking.normalizeDisconnect(target));
  }

  /**
   * @param {string} user
   * @param {import('../../index.js').HubRevoke} [options]
   */
  async revoke(user, options) {
    await this.#verbs.revoke(userName(user, 'user'), asking.normalizeRevoke(options));
  }

  /** @param {import('../../index.js').HubTicketOptions} [options] */
  async ticket(options) {
    return this.#tickets().issue(normalizeTicket(options));
  }

  /** @param {import('../../index.js').HubFilter} [filter] */
  clients(filter) {
    const asked = asking.normalizeFilter(filter);
    return this.#clients.of(this.#native.clients(JSON.stringify(asked)));
  }

  stats() {
    return JSON.parse(this.#native.stats());
  }

  metrics() {
    return measuring().metrics(this.name, this.stats());
  }

  /** @param {import('../../index.js').HubCloseOptions} [options] */
  async close(options) {
    const asked = normalizeClose(options);
    this.#closing ??= this.#clients.close(asked).then(() => {
      this.#closed = true;
      if (hubs.get(this.name) === this) hubs.delete(this.name);
    });
    await this.#closing;
  }

  /** @param {Parameters<import('../core/inspection.js').Inspect>} how */
  [inspect.custom](...how) {
    const { name } = this;
    return inspecting().inspection(this, () => ({ name, clients: this.stats().clients }), how);
  }

  /**
   * @param {string} channel
   * @param {HubEvent} publication
   */
  #publish(channel, publication) {
    const said = normalizePublication(publication, this.#clients.reserved);
    if (this.#closed) throw closed();
    return this.#verbs.publish(channel, said);
  }
}

/**
 * What a hub is made with, and may not change.
 *
 * @param {NormalizedHub} asked
 */
const toldOf = ({ native, store }) => JSON.stringify([native, store?.kind, store?.options]);

/** @param {string} name */
const otherOptions = (name) =>
  new SSEOptionError(
    `there is a hub "${name}" with other options in this process; give this one another name, or ` +
      'the same options',
  );

const closed = () => new SSEStateError('the hub is closed', { code: 'ERR_SSE_CLOSED' });

/**
 * See `createHub` in index.d.ts.
 *
 * @param {unknown} [options]
 */
function createHub(options) {
  const asked = normalizeHub(options);
  const { name } = asked.native;
  const known = hubs.get(name);
  if (known !== undefined) {
    replace(known, asked);
    return known;
  }
  if (asked.native.log.redis === undefined) warnings().warnOfCluster();
  const hub = new Hub(asked);
  hubs.set(name, hub);
  return hub;
}

/**
 * See `getHub` in index.d.ts.
 *
 * @param {string} [name]
 */
function getHub(name = 'default') {
  const hub = hubs.get(identifier(name, 'name'));
  if (hub !== undefined) return hub;
  throw new SSEStateError(`there is no hub "${name}"; createHub makes it`, {
    code: 'ERR_SSE_CLOSED',
  });
}

module.exports = { ...loadedClasses({ Hub }), createHub, getHub };
