'use strict';

const { createParser } = require('eventsource-parser');
const { serverSentEvent } = require('../core/server-sent-event.js');
const { Blocks } = require('./blocks.js');

/** The bounds of the native decoder. */
const MAX_COMMENT = 4 * 1024;
const MAX_RETRY = 2 ** 64;

/** The parser measures an unfinished line with the name of its field. */
const LONGEST_PREFIX = 'event: '.length;

const encoder = new TextEncoder();

/**
 * At most the first 4 KiB of a comment, in bytes as the native decoder counts.
 *
 * @param {string} text
 */
function shortened(text) {
  const bytes = encoder.encode(text.slice(0, MAX_COMMENT));
  if (bytes.length <= MAX_COMMENT) return text.slice(0, MAX_COMMENT);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, MAX_COMMENT));
}

/**
 * @typedef {import('../stream/decoder-classes.js').Receiver} Receiver
 */

/** `eventsource-parser`, brought to the semantics of the native decoder. */
class ParserCore {
  #text = new TextDecoder();
  #blocks = new Blocks();
  #parser;
  #maxEventSize;
  #oversize = false;
  #lastEventId = '';
  /** The reconnection time that the present block has brought. */
  /** @type {number | undefined} */
  #retry;
  /** What the bytes at hand complete: callbacks come when the parser is at rest. */
  /** @type {Array<(receiver: Receiver) => void>} */
  #complete = [];

  /** @param {number} maxEventSize */
  constructor(maxEventSize) {
    this.#maxEventSize = maxEventSize;
    this.#parser = createParser({
      onEvent: (block) => this.#endBlock(block),
      onComment: (text) => this.#add(({ comment }) => comment(shortened(text))),
      onRetry: (delay) => this.#takeRetry(Math.min(delay, MAX_RETRY)),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#oversize = true;
      },
      maxBufferSize: maxEventSize + LONGEST_PREFIX,
    });
    // TextDecoder strips the byte order mark; the parser would strip three characters more.
    this.#parser.feed('');
  }

  /** @param {Uint8Array} bytes */
  feed(bytes) {
    this.#parser.feed(this.#blocks.mark(this.#text.decode(bytes, { stream: true })));
    return this.#oversize;
  }

  /** @param {Receiver} receiver */
  drain(receiver) {
    const complete = this.#complete;
    this.#complete = [];
    for (const deliver of complete) deliver(receiver);
  }

  /** @param {(receiver: Receiver) => void} deliver */
  #add(deliver) {
    if (!this.#oversize) this.#complete.push(deliver);
  }

  /** @param {number} delay */
  #takeRetry(delay) {
    this.#retry = delay;
    this.#add(({ retry }) => retry(delay));
  }

  /** @param {{ data: string, event?: string | undefined, id?: string | undefined }} block */
  #endBlock({ data: marked, event: name, id }) {
    const retry = this.#retry;
    this.#retry = undefined;
    // The mark joined the data as one more line; alone it makes a block without data.
    const data = marked.slice(0, -1);
    if (!this.#fits(data, name ?? '', id ?? '')) this.#oversize = true;
    if (id !== undefined) this.#lastEventId = id;
    if (marked === '') return;
    const complete = serverSentEvent(data, name, id, retry, this.#lastEventId);
    this.#add(({ event }) => event(complete));
  }

  /** @param {string[]} fields */
  #fits(...fields) {
    const units = fields.reduce((sum, field) => sum + field.length, 0);
    // A UTF-16 unit takes at most three bytes of UTF-8.
    if (units * 3 <= this.#maxEventSize) return true;
    const size = fields.reduce((sum, field) => sum + encoder.encode(field).length, 0);
    return size <= this.#maxEventSize;
  }
}

module.exports = { ParserCore };
