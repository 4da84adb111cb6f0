'use strict';

const { OutgoingMessage } = require('node:http');
const { alarmClock } = require('../core/alarm-clock.js');
const { streamKind } = require('../core/stream-kind.js');
const { breakOff } = require('./break-off.js');
const { ClientSink } = require('./client-sink.js');
const { greeting } = require('./greeting.js');

/**
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {import('node:net').Socket} Socket
 * @typedef {import('./client-sink.js').Reason} Reason
 */

/** Where a response has its sink, so that one listener serves all of them. */
const SINK = Symbol('perennial-sse.sink');

/** How long the last bytes have to leave if the hub sets no bound, in milliseconds. */
const LAST_BYTES = 10_000;

const CR = 0x0d;
const LF = 0x0a;

/** The chunk made last, and what it is of: all clients of a cohort are given the same bytes, one after another. */
/** @type {Uint8Array | undefined} */
let payloadOfChunk;
/** @type {Buffer} */
let chunk;

/** @param {Uint8Array} payload */
function chunkOf(payload) {
  if (payload !== payloadOfChunk) {
    chunk = framed(payload);
    payloadOfChunk = payload;
  }
  return chunk;
}

/**
 * A chunk (RFC 9112, 7.1), copied by hand: each client with a position of its own has its own.
 *
 * @param {Uint8Array} payload
 */
function framed(payload) {
  const { length } = payload;
  const size = length.toString(16);
  const start = size.length + 2;
  const bytes = Buffer.allocUnsafe(start + length + 2);
  for (let at = 0; at < size.length; at++) bytes[at] = size.charCodeAt(at);
  bytes[start - 2] = CR;
  bytes[start - 1] = LF;
  bytes.set(payload, start);
  bytes[start + length] = CR;
  bytes[start + length + 1] = LF;
  return bytes;
}

/** By the methods of the response, which something in between may have replaced. */
const BY_RESPONSE = streamKind({
  bytes: (/** @type {ResponseSink} */ sink, /** @type {Uint8Array} */ payload) =>
    sink.write(payload),
});

/** As chunks of its connection: four small writes, and a turn of waiting, become one write. */
const BY_CONNECTION = streamKind({
  borrows: true,
  bytes: (/** @type {ResponseSink} */ sink, /** @type {Uint8Array} */ payload) =>
    sink.writeChunk(payload),
});

/**
 * Whether chunks may go to the connection itself: it is this response's alone, speaks HTTP/1.1, and nothing
 * has taken the place of the methods that would write them.
 *
 * @param {any} response
 */
function ownsConnection(response) {
  return (
    response instanceof OutgoingMessage &&
    response.write === OutgoingMessage.prototype.write &&
    typeof (/** @type {any} */ (response).flush) !== 'function' &&
    response.headersSent &&
    response.chunkedEncoding &&
    response.socket !== null
  );
}

/** @this {any} a response whose client has gone */
function onClose() {
  const sink = this[SINK];
  sink.over('left');
  sink.clients?.settled(sink);
}

/** Of a response an error only means that its client has gone. */
function onError() {}

/** The response of a Node server. */
class ResponseSink extends ClientSink {
  /** The connection, where chunks go to it. */
  /** @type {Socket | undefined} */
  socket;

  /** @param {ServerResponse} response the head of which is not sent yet */
  constructor(response) {
    super();
    this.response = response;
    /** @type {any} */ (response)[SINK] = this;
    response.on('close', onClose);
    response.on('error', onError);
    if (isGone(response)) this.over('left');
  }

  /** @param {string} name of a header */
  header(name) {
    return this.response.getHeader(name);
  }

  /**
   * Sends the head; what follows is the hub's.
   *
   * @param {Record<string, string>} headers
   */
  begin(headers) {
    const { response } = this;
    response.writeHead(200, headers);
    // Sent alone Node makes one string of the head; together with a body it keeps two dozen pieces of one.
    response.flushHeaders?.();
    this.write(greeting());
    if (ownsConnection(response)) {
      this.socket = /** @type {Socket} */ (response.socket);
      this.kind = BY_CONNECTION;
    } else {
      this.kind = BY_RESPONSE;
    }
  }

  /**
   * A whole response.
   *
   * @param {number} status
   * @param {Record<string, string>} headers
   */
  answer(status, headers) {
    this.response.writeHead(status, headers).end();
  }

  /**
   * A response after which a browser comes again: any status but 200 would keep it away for good.
   *
   * @param {Record<string, string>} headers
   * @param {number} delay in milliseconds
   */
  refuse(headers, delay) {
    this.response.writeHead(200, headers).end(`retry: ${delay}\n\n`);
  }

  /** @param {Uint8Array} payload */
  write(payload) {
    const { response } = this;
    const took = response.write(payload);
    // Of `compression` and its like; without it they hold events back.
    const { flush } = /** @type {any} */ (response);
    if (typeof flush === 'function') flush.call(response);
    if (!took) this.#wait(response);
  }

  /** @param {Uint8Array} payload */
  writeChunk(payload) {
    const socket = /** @type {Socket} */ (this.socket);
    // Behind the last chunk comes the next response of the connection.
    if (!socket.writable || this.response.writableEnded) return;
    if (!socket.write(chunkOf(payload))) this.#wait(socket);
  }

  /** @param {ServerResponse | Socket} writable that is full */
  #wait(writable) {
    if (this.stalled) return;
    this.stall();
    writable.once('drain', () => this.resume());
  }

  /**
   * @param {Reason} reason
   * @param {boolean} abruptly
   */
  end(reason, abruptly) {
    const { response } = this;
    if (isGone(response)) return;
    if (abruptly) {
      this.#cut();
      return;
    }
    // A server that closes waits for connections that are kept for a next request.
    if (reason === 'shutdown') closeConnection(response);
    response.end();
    if (response.writableFinished) return;
    const patience = this.clients?.writeTimeout ?? LAST_BYTES;
    const forget = alarmClock().set(patience, () => this.#cut());
    response.once('close', forget);
  }

  #cut() {
    const { response } = this;
    if (isGone(response)) return;
    breakOff(response);
    response.destroy();
  }
}

/**
 * Once everything is sent; of HTTP/2 it is not this response's alone.
 *
 * @param {ServerResponse} response
 */
function closeConnection(response) {
  if (!(response instanceof OutgoingMessage)) return;
  const { socket } = response;
  response.once('finish', () => socket?.destroySoon());
}

/** @param {any} response */
const isGone = (response) => response.destroyed === true || response.stream?.destroyed === true;

/**
 * Whether a hub writes to it already.
 *
 * @param {any} response
 */
const isTaken = (response) => response[SINK] !== undefined;

module.exports = { ResponseSink, isTaken };
