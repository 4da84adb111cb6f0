'use strict';

const { once } = require('node:events');
const { createServer } = require('node:http');
const { SSERequestError } = require('../core/errors.js');
const { Exchange } = require('./exchange.js');

/**
 * @typedef {import('./exchange.js').Record} Record
 * @typedef {{ index: number, resolve: (request: Record) => void, reject: (error: Error) => void }} Wait
 */

/** A local HTTP server that answers by a script and records what it was asked. */
class ScriptedServer {
  /** @type {Record[]} in the order of their arrival */
  requests = [];
  /** @type {Wait[]} */
  #waiting = [];
  /** @type {Set<InstanceType<typeof Exchange>>} whose response is not over */
  #open = new Set();
  /** @type {unknown[]} what the caller's script threw */
  #failures = [];
  #server = createServer((req, res) => this.#take(req, res));
  /** @type {Promise<void> | null} */
  #closing = null;
  #url = '';
  #answer;

  /** @param {(exchange: InstanceType<typeof Exchange>) => Promise<void>} answer */
  constructor(answer) {
    this.#answer = answer;
  }

  get url() {
    return this.#url;
  }

  async listen() {
    // A stall ends when its client leaves or the test closes the server, and not before.
    this.#server.requestTimeout = 0;
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    this.#url = `http://127.0.0.1:${port}`;
  }

  /**
   * @param {number} index
   * @returns {Promise<Record>}
   */
  request(index) {
    const known = this.requests[index];
    if (known !== undefined) return Promise.resolve(known);
    if (this.#closing) return Promise.reject(this.#missed(index));
    return new Promise((resolve, reject) => this.#waiting.push({ index, resolve, reject }));
  }

  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  async #close() {
    for (const { index, reject } of this.#waiting) reject(this.#missed(index));
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const exchange of this.#open) exchange.abandon();
    this.#server.closeAllConnections();
    await closed;
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** @param {number} index */
  #missed(index) {
    const came = this.requests.length;
    return new SSERequestError(`the server closed before requests[${index}]: ${came} came`, {
      code: 'ERR_SSE_REQUEST',
      retryable: false,
    });
  }

  /**
   * @param {import('node:http').IncomingMessage} req
   * @param {import('node:http').ServerResponse} res
   */
  async #take(req, res) {
    const exchange = new Exchange(req, res);
    this.#open.add(exchange);
    res.once('close', () => this.#open.delete(exchange));
    // A client that breaks off in the middle of its request has asked for nothing.
    const record = await exchange.receive().catch(() => null);
    if (record === null) return;
    try {
      this.requests.push(record);
      this.#waiting = this.#waiting.filter(({ index, resolve }) => {
        if (index >= this.requests.length) return true;
        resolve(this.requests[index]);
        return false;
      });
      await this.#answer(exchange);
    } catch (error) {
      if (exchange.left) return;
      this.#failures.push(error);
      exchange.fail(error);
    }
  }
}

module.exports = { ScriptedServer };
