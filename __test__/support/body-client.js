'use strict';

const { EventStreamDecoder } = require('../../index.js');
const { PATIENCE_MS } = require('./client.js');
const { within } = require('./deadline.js');

/** A client whose body is read only when it is told to, so that it takes nothing in between. */
class BodyClient {
  /** @type {import('../../index.js').ServerSentEvent[]} */
  events = [];
  #reader;
  #decoder;

  /**
   * @param {import('../../index.js').Client} client
   * @param {Response} response
   */
  constructor(client, response) {
    this.client = client;
    this.#reader = response.body.getReader();
    this.#decoder = new EventStreamDecoder({ onEvent: (event) => this.events.push(event) });
  }

  /** Reads until an event came for which this is true. */
  async readUntil(wanted, what) {
    const reading = async () => {
      while (!this.events.some(wanted)) {
        const { value } = await this.#reader.read();
        this.#decoder.feed(value);
      }
    };
    await within(reading(), PATIENCE_MS, what);
  }

  /** What it ends with. */
  async end() {
    try {
      for (;;) {
        const { done } = await within(this.#reader.read(), PATIENCE_MS, 'the end');
        if (done) return undefined;
      }
    } catch (error) {
      return error;
    }
  }

  /** Its place, as an `EventSource` would have it. */
  get lastEventId() {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  /** The data of its events without a name. */
  get data() {
    return this.events.filter(({ event }) => event === 'message').map(({ data }) => data);
  }

  get gaps() {
    return this.events.filter(({ event }) => event === 'gap').map(({ data }) => JSON.parse(data));
  }

  leave() {
    return this.#reader.cancel().catch(() => {});
  }
}

/**
 * A client that is over when the test is.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('../../index.js').Hub} hub
 * @param {object} [options] of the client
 */
async function bodyClient(t, hub, options) {
  let client;
  const onClient = (one) => {
    client = one;
  };
  const response = await hub.response(new Request('http://app/'), { ...options, onClient });
  const body = new BodyClient(client, response);
  t.after(() => body.leave());
  return body;
}

module.exports = { bodyClient };
