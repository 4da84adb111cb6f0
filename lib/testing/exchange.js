'use strict';

const { setTimeout: sleep } = require('node:timers/promises');

/**
 * @typedef {object} Record
 * @property {string} method
 * @property {string} path
 * @property {{ [name: string]: string }} query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {any} body JSON as a value, else text; `null` for none
 * @property {Date} at
 * @property {number | null} status
 * @property {number} sent
 * @property {Promise<'client' | 'server'>} closed
 */

/** What stands where the length of a chunk belongs. */
const NO_CHUNK = 'this is no chunk\r\n';

/** One request, and the response that a script gives to it. */
class Exchange {
  #req;
  #res;
  #left = new AbortController();
  /** Whether the response was ended, or cut, from here. */
  #ended = false;
  /** @type {Record} */
  #record;

  /**
   * @param {import('node:http').IncomingMessage} req
   * @param {import('node:http').ServerResponse} res
   */
  constructor(req, res) {
    this.#req = req;
    this.#res = res;
    const { method = 'GET', url = '/', headers } = req;
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    const query = Object.fromEntries(searchParams);
    /** @type {Promise<'client' | 'server'>} */
    const closed = new Promise((resolve) => {
      res.once('close', () => {
        resolve(this.#ended ? 'server' : 'client');
        this.#left.abort();
      });
    });
    this.#record = {
      ...{ method, path: pathname, query, headers, body: null, at: new Date() },
      ...{ status: null, sent: 0, closed },
    };
  }

  get request() {
    return this.#record;
  }

  /** Whether the server or the client has ended the response. */
  get left() {
    return this.#left.signal.aborted;
  }

  /** Reads the request to its end. */
  async receive() {
    const pieces = [];
    for await (const piece of this.#req) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    this.#record.body = text === '' ? null : parsed(text);
    return this.#record;
  }

  /** @param {number} ms */
  async wait(ms) {
    if (ms > 0) await sleep(ms, undefined, { signal: this.#left.signal });
    this.#left.signal.throwIfAborted();
  }

  /**
   * @param {number} status
   * @param {{ [name: string]: string }} headers
   */
  head(status, headers) {
    this.#record.status = status;
    this.#res.writeHead(status, headers);
    this.#res.flushHeaders();
  }

  /**
   * Resolves when the kernel has taken the text.
   *
   * @param {string} text
   */
  async write(text) {
    this.#left.signal.throwIfAborted();
    await new Promise((resolve) => this.#res.write(text, resolve));
    this.#left.signal.throwIfAborted();
  }

  /** Counts one more delta or event as sent. */
  count() {
    this.#record.sent += 1;
  }

  /**
   * A whole response.
   *
   * @param {import('./steps.js').Refusal} refusal
   * @param {unknown} usualBody
   */
  async refuse(refusal, usualBody) {
    const { connection, status = 500, headers, body = usualBody } = refusal;
    await this.wait(refusal.headersDelay);
    if (connection === 'stall') return this.#record.closed;
    if (connection === 'reset') return this.reset();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
    this.head(status, text === '' ? headers : { 'content-type': type, ...headers });
    return this.end(text);
  }

  /** Ends the body cleanly. */
  end(text = '') {
    this.#ended = true;
    this.#res.end(text);
  }

  /** Cuts the connection with an RST. */
  reset() {
    this.#ended = true;
    this.#res.socket?.resetAndDestroy();
  }

  /** Closes the connection in the middle of the body. */
  truncate() {
    this.#ended = true;
    this.#res.socket?.destroySoon();
  }

  /** Sends what is no chunk of a body, and closes the connection. */
  garble() {
    this.#res.socket?.write(NO_CHUNK);
    this.truncate();
  }

  /** Sends nothing more; resolves when the client leaves, or the server is closed. */
  stall() {
    return this.#record.closed;
  }

  /** The server is closed: what is under way ends by it. */
  abandon() {
    this.#ended = true;
  }

  /** @param {unknown} error what the caller's script threw */
  fail(error) {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#res.headersSent) return this.truncate();
    this.head(500, { 'content-type': 'text/plain; charset=utf-8' });
    this.end(`the script failed: ${message}`);
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

module.exports = { Exchange };
