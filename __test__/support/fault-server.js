'use strict';

const net = require('node:net');
const { deferred, within } = require('./deadline.js');
const { Connection } = require('./connection.js');

/** How long `close` waits for handlers that are still at work. */
const HANDLER_GRACE_MS = 250;

/**
 * An HTTP/1.1 server on raw sockets that misbehaves on command and remembers everything it saw, so
 * that a test can assert what the *server* saw.
 *
 * ```js
 * const server = await startServer(async (exchange) => {
 *   await exchange.event({ id: 1, data: 'one' });
 *   await exchange.reset();
 * });
 * t.after(() => server.close());
 * ```
 */
class FaultServer {
  /** Connections in the order of their arrival; closed ones stay. */
  connections = [];
  /** Requests in the order of their arrival, over all connections. */
  requests = [];
  /** What handlers threw; `close` throws it again. */
  failures = [];
  /** The port, the same through every refused window. */
  port = 0;
  #handler;
  #options;
  #listener = null;
  #waiting = [];
  #closed = false;
  #running = new Set();

  constructor(handler, options) {
    this.#handler = handler;
    this.#options = options;
  }

  /** The address, without a path. */
  get url() {
    return `${this.#options.tls ? 'https' : 'http'}://${this.#options.name}:${this.port}`;
  }

  /** Connections that are open now. */
  get open() {
    return this.connections.filter((connection) => connection.open);
  }

  /** Replaces the handler for the requests to come. */
  handle(handler) {
    this.#handler = handler;
  }

  /** The request at `index` (from 0), as soon as it is there; rejects after `ms` milliseconds. */
  request(index, ms = 5000) {
    return this.#arrival('requests', index, ms);
  }

  /** The connection at `index` (from 0), as soon as it is there; rejects after `ms` milliseconds. */
  connection(index, ms = 5000) {
    return this.#arrival('connections', index, ms);
  }

  /** Stops to listen: new connections are refused, open ones go on. */
  async refuse() {
    const listener = this.#listener;
    this.#listener = null;
    listener?.close();
  }

  /** Listens again, on the same port. */
  async accept() {
    if (this.#listener) return;
    const listener = net.createServer({ allowHalfOpen: true }, (raw) => this.#take(raw));
    const { host, backlog } = this.#options;
    await new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ port: this.port, host, backlog }, resolve);
    });
    this.#listener = listener;
    this.port = listener.address().port;
  }

  /** Cuts every open connection, as a restart does. */
  drop() {
    for (const connection of this.open) connection.destroy();
  }

  /** Ends everything, then throws what handlers threw. */
  async close() {
    if (this.#closed) return;
    this.#closed = true;
    await this.refuse();
    this.drop();
    for (const { reject, kind } of this.#waiting) {
      reject(new Error(`the server closed while a test waited for one of its ${kind}`));
    }
    const idle = Promise.allSettled(this.#running);
    await within(idle, HANDLER_GRACE_MS, 'handlers').catch(() => {});
    if (this.failures.length === 1) throw this.failures[0];
    if (this.failures.length > 1) throw new AggregateError(this.failures, 'handlers failed');
  }

  [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    return this.close();
  }

  #arrival(kind, index, ms) {
    if (index < this[kind].length) return Promise.resolve(this[kind][index]);
    const wait = { kind, index, ...deferred() };
    this.#waiting.push(wait);
    return within(wait.promise, ms, `${kind}[${index}]; ${this[kind].length} came`);
  }

  #record(kind, item) {
    this[kind].push(item);
    this.#waiting = this.#waiting.filter((wait) => {
      if (wait.kind !== kind || wait.index >= this[kind].length) return true;
      wait.resolve(this[kind][wait.index]);
      return false;
    });
  }

  #take(raw) {
    const connection = new Connection(raw, {
      index: this.connections.length,
      tls: this.#options.tls,
      handler: (exchange) => this.#run(exchange),
      record: (request) => this.#record('requests', request),
      fail: (error) => this.failures.push(error),
    });
    this.#record('connections', connection);
    const fate = this.#options.onConnection?.(connection) ?? 'serve';
    connection[fate]();
  }

  async #run(exchange) {
    const running = (async () => this.#handler(exchange))();
    this.#running.add(running);
    try {
      await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

/**
 * Starts a fault server.
 *
 * @param {(exchange: import('./exchange.js').Exchange) => unknown} handler answers one request; an
 *   answer that it leaves open is ended cleanly, so `await exchange.stall()` to keep it open
 * @param {object} [options]
 * @param {import('node:tls').TlsOptions} [options.tls] key and certificate: serve https
 * @param {string} [options.host] address to listen on; `127.0.0.1` unless told
 * @param {string} [options.name] host name in `url`; the address unless told
 * @param {number} [options.backlog] connections the kernel may queue; 4096 unless told
 * @param {(connection: Connection) => 'serve' | 'ignore' | 'reset' | 'end' | undefined}
 *   [options.onConnection] decides before the first byte: `'ignore'` accepts and never speaks
 */
async function startServer(handler, options = {}) {
  const host = options.host ?? '127.0.0.1';
  const server = new FaultServer(handler, { host, name: host, backlog: 4096, ...options });
  await server.accept();
  return server;
}

module.exports = { startServer };
