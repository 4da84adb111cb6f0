'use strict';

const { setImmediate: turn } = require('node:timers/promises');
const { STATUS_CODES } = require('node:http');
const { flushingEncoder } = require('./encoding.js');
const { commentText, eventText } = require('./sse-text.js');

/** A write that has waited this long is blocked by a reader that does not read. */
const BLOCKED_AFTER_MS = 100;

/** Thrown into a handler whose client has left; it ends the handler and fails no test. */
class ClientLeft extends Error {
  constructor() {
    super('the client left');
    this.name = 'ClientLeft';
  }
}

/**
 * One request and the answer a handler gives to it, byte by byte where it matters.
 * Its states: `'waiting'` (no head yet), `'open'`, `'done'` (ended, cut, or left to stall).
 */
class Exchange {
  /** What the client sent: `{ method, path, version, rawHeaders, headers, body, connection }`. */
  request;
  /** The record of the connection that carries it. */
  connection;
  /** `'waiting'`, `'open'` or `'done'`. */
  state = 'waiting';
  #framing = 'chunked';
  #encoder = null;
  /** Start times of writes that the kernel has not taken yet, oldest first. */
  #pending = [];
  /** Writes one after another, so that compression cannot reorder them. */
  #line = Promise.resolve();

  constructor(request, connection) {
    this.request = request;
    this.connection = connection;
  }

  /** Resolves when the connection is gone, whoever closed it. */
  get closed() {
    return this.connection.closed;
  }

  /** Milliseconds that the oldest unfinished write has waited for the client to read; 0 if none. */
  get blockedFor() {
    return this.#pending.length === 0 ? 0 : performance.now() - this.#pending[0];
  }

  /** Whether the client has stopped reading and the kernel's buffers are full. */
  get blocked() {
    return this.blockedFor > BLOCKED_AFTER_MS;
  }

  /** Compresses the body with gzip, flushed after each write. Call before the head. */
  gzip() {
    return this.#compress('gzip');
  }

  /** Compresses the body with brotli, flushed after each write. Call before the head. */
  brotli() {
    return this.#compress('br');
  }

  #compress(coding) {
    if (this.state !== 'waiting') throw new Error('choose a compression before the head');
    this.#encoder = { coding, ...flushingEncoder(coding) };
    return this;
  }

  /**
   * Sends the status line and the headers.
   *
   * @param {number} [status]
   * @param {Record<string, string | null> | [string, string][]} [headers] `text/event-stream` is the
   *   `content-type` unless one is given; `null` leaves a default out
   * @param {{ framing?: 'chunked' | 'close' | 'length', length?: number }} [options]
   */
  head(status = 200, headers = {}, { framing = 'chunked', length = 0 } = {}) {
    if (this.state !== 'waiting') throw new Error('the head has been sent already');
    this.state = 'open';
    this.#framing = status === 204 || status === 304 || status < 200 ? 'none' : framing;
    const given = Array.isArray(headers) ? headers : Object.entries(headers);
    const names = new Set(given.map(([name]) => name.toLowerCase()));
    const all = given.filter(([, value]) => value !== null);
    const add = (name, value) => {
      if (!names.has(name)) all.push([name, value]);
    };
    if (this.#framing !== 'none') add('content-type', 'text/event-stream');
    if (this.#encoder) add('content-encoding', this.#encoder.coding);
    if (this.#framing === 'chunked') add('transfer-encoding', 'chunked');
    if (this.#framing === 'length') add('content-length', String(length));
    if (this.#framing === 'close') add('connection', 'close');
    this.#closing = all.some(([name, value]) => /^connection$/i.test(name) && /close/i.test(value));
    const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const reason = STATUS_CODES[status] ?? 'Unknown';
    return this.raw(`HTTP/1.1 ${status} ${reason}\r\n${lines}\r\n`);
  }

  #closing = false;

  /** Sends body bytes, framed; resolves once the kernel has taken them all. */
  write(bytes) {
    return this.#inLine(async () => {
      const framed = await this.#frame(toBuffer(bytes));
      await this.#send(framed);
    });
  }

  /** Sends one event. */
  event(event) {
    return this.write(eventText(event));
  }

  /** Sends one comment line. */
  comment(text) {
    return this.write(commentText(text));
  }

  /** Sends body bytes `size` at a time, each piece in a TCP segment of its own, framing included. */
  drip(bytes, size = 1) {
    return this.#inLine(async () => {
      const framed = await this.#frame(toBuffer(bytes));
      for (let from = 0; from < framed.length; from += size) {
        await this.#send(framed.subarray(from, from + size));
        await turn();
      }
    });
  }

  /**
   * Sends bytes as they are, outside all framing and without a head: garbage, early hints. Afterwards
   * `stall`, `reset` or `connection.end()` end an exchange that never gets a head.
   */
  raw(bytes) {
    return this.#next(() => this.#send(toBuffer(bytes)));
  }

  /** Ends the body cleanly; the connection is kept unless the head said `connection: close`. */
  async end() {
    if (this.state === 'waiting') this.head();
    await this.#inLine(async () => {
      const tail = this.#encoder ? await this.#encoder.finish() : Buffer.alloc(0);
      if (tail.length > 0 && this.#hasBody) await this.#send(this.#chunk(tail));
      if (this.#framing === 'chunked' && this.#hasBody) await this.#send(toBuffer('0\r\n\r\n'));
    });
    this.state = 'done';
    if (this.#closing) this.connection.end();
  }

  /**
   * Sends a FIN in the middle of a chunk, or short of the declared length. A body framed by `close`
   * has no middle: there it is a clean end.
   *
   * @param {string | Uint8Array} [bytes] what arrives of the last chunk
   */
  async truncate(bytes = '') {
    if (this.state === 'waiting') this.head();
    const part = toBuffer(bytes);
    const missing = 64;
    const claim = this.#framing === 'chunked' ? `${(part.length + missing).toString(16)}\r\n` : '';
    await this.raw(Buffer.concat([toBuffer(claim), part]));
    this.state = 'done';
    this.connection.end();
  }

  /** Sends an RST once the kernel has taken what was written; the client may lose unread bytes. */
  async reset() {
    await this.#line.catch(() => {});
    this.state = 'done';
    this.connection.reset();
  }

  /** Says nothing more and keeps the connection; resolves when the client leaves. */
  stall() {
    this.state = 'done';
    return this.closed;
  }

  /** A whole redirect without a body. */
  redirect(status, location, headers = {}) {
    return this.status(status, { location, ...headers });
  }

  /** A whole response with its `content-length`. */
  async status(code, headers = {}, body = '') {
    const bytes = toBuffer(body);
    const defaults = body === '' ? { 'content-type': null } : { 'content-type': 'text/plain' };
    const chosen = Array.isArray(headers) ? headers : { ...defaults, ...headers };
    this.head(code, chosen, { framing: 'length', length: bytes.length });
    if (bytes.length > 0) await this.write(bytes);
    await this.end();
  }

  /** Waits; throws `ClientLeft` at once when the client leaves meanwhile. */
  async sleep(ms) {
    let timer;
    const slept = new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([slept, this.closed]);
    clearTimeout(timer);
    if (!this.connection.open) throw new ClientLeft();
  }

  get #hasBody() {
    return this.request.method !== 'HEAD' && this.#framing !== 'none';
  }

  async #frame(bytes) {
    if (this.state === 'done') throw new Error('the exchange is over: nothing more can be written');
    if (!this.#hasBody) return Buffer.alloc(0);
    return this.#chunk(this.#encoder ? await this.#encoder.encode(bytes) : bytes);
  }

  #chunk(bytes) {
    if (this.#framing !== 'chunked' || bytes.length === 0) return bytes;
    return Buffer.concat([toBuffer(`${bytes.length.toString(16)}\r\n`), bytes, toBuffer('\r\n')]);
  }

  #inLine(step) {
    if (this.state === 'waiting') this.head();
    return this.#next(step);
  }

  #next(step) {
    const result = this.#line.then(step);
    // A handler need not await each write: one that fails shows in the next awaited one.
    this.#line = result;
    result.catch(() => {});
    return result;
  }

  #send(bytes) {
    if (!this.connection.open) throw new ClientLeft();
    if (bytes.length === 0) return Promise.resolve();
    this.#pending.push(performance.now());
    return new Promise((resolve, reject) => {
      this.connection.socket.write(bytes, (error) => {
        this.#pending.shift();
        if (error) reject(new ClientLeft());
        else resolve();
      });
    });
  }
}

/** Strings are UTF-8. */
const toBuffer = (bytes) => Buffer.from(bytes);

module.exports = { ClientLeft, Exchange };
