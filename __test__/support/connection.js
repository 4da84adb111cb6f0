'use strict';

const { TLSSocket, createSecureContext } = require('node:tls');
const { deferred } = require('./deadline.js');
const { ClientLeft, Exchange } = require('./exchange.js');
const { RequestReader } = require('./request-reader.js');

/**
 * One TCP connection as the server saw it: what came over it, and who ended it how.
 */
class Connection {
  /** Position among the server's connections, from 0. */
  index;
  /** Requests that arrived on it, in order. */
  requests = [];
  /** When it was accepted, on the clock of `performance.now()`. */
  openedAt = performance.now();
  /** When the server learned of its end; `null` while it is open. */
  closedAt = null;
  /** `'client'` or `'server'`, whoever ended it first; `null` while it is open. */
  closedBy = null;
  /** `'fin'` or `'reset'`: how it ended; `null` while it is open. */
  closedWith = null;
  /** Where the answer goes: the TCP socket, or the TLS one above it. */
  socket;
  #raw;
  #closed = deferred();
  #reader = new RequestReader();
  #turn = Promise.resolve();
  #server;

  /**
   * @param {import('node:net').Socket} raw
   * @param {object} server the fault server's inner side: `{ index, tls, handler, record, fail }`
   */
  constructor(raw, server) {
    this.index = server.index;
    this.#server = server;
    this.#raw = raw;
    raw.setNoDelay(true);
    raw.on('error', (error) => this.#finish('client', kindOf(error)));
    raw.once('close', () => this.#finish('client', 'fin'));
    this.socket = raw;
  }

  /** Resolves with this record when the connection is over. Never rejects. */
  get closed() {
    return this.#closed.promise;
  }

  /** Whether neither side has ended it. */
  get open() {
    return this.closedBy === null;
  }

  /** Starts to read requests, after the TLS handshake if there is one. */
  serve() {
    if (this.#server.tls) {
      const secureContext = createSecureContext(this.#server.tls);
      const options = { isServer: true, allowHalfOpen: true, secureContext };
      this.socket = new TLSSocket(this.#raw, { ...this.#server.tls, ...options });
      this.socket.on('error', (error) => this.#finish('client', kindOf(error)));
    }
    this.socket.on('data', (bytes) => this.#read(bytes));
    this.#watchEnd();
  }

  /** Reads nothing into anything: a peer that accepts and never speaks. */
  ignore() {
    this.socket.resume();
    this.#watchEnd();
  }

  /** Sends a FIN. */
  end() {
    this.#finish('server', 'fin');
    this.socket.end();
  }

  /** Sends an RST. */
  reset() {
    this.#finish('server', 'reset');
    // Only a TCP handle can be reset: under TLS it is the one below.
    this.#raw.resetAndDestroy();
  }

  /** Ends it at once, as a process that dies does. */
  destroy() {
    this.#finish('server', 'fin');
    this.socket.destroy();
    this.#raw.destroy();
  }

  #watchEnd() {
    this.socket.once('end', () => {
      this.#finish('client', 'fin');
      // Half-closed is of no use to a server of event streams.
      this.socket.destroy();
    });
  }

  #finish(by, kind) {
    if (!this.open) return;
    this.closedBy = by;
    this.closedWith = kind;
    this.closedAt = performance.now();
    this.#closed.resolve(this);
  }

  #read(bytes) {
    try {
      for (const request of this.#reader.feed(bytes)) {
        request.connection = this;
        request.at = performance.now();
        this.requests.push(request);
        this.#server.record(request);
        // One at a time: an answer must not overtake the one before it.
        this.#turn = this.#turn.then(() => this.#answer(request));
      }
    } catch (error) {
      this.#server.fail(error);
      this.destroy();
    }
  }

  async #answer(request) {
    if (!this.open) return;
    const exchange = new Exchange(request, this);
    try {
      await this.#server.handler(exchange);
      if (exchange.state === 'waiting' && this.open) {
        throw new Error(`the handler gave no answer to ${request.method} ${request.path}`);
      }
      if (exchange.state === 'open') await exchange.end();
    } catch (error) {
      if (error instanceof ClientLeft) return;
      this.#server.fail(error);
      this.destroy();
    }
  }
}

/** How a socket error ended a connection. */
const kindOf = (error) => (/ECONNRESET|EPIPE/.test(error.code) ? 'reset' : 'fin');

module.exports = { Connection };
