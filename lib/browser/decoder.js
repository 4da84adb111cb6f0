'use strict';

const { createParser } = require('eventsource-parser');
const { Blocks } = require('./blocks.js');
const { SSEOptionError, SSESizeError, SSEStateError } = require('../errors.js');
const check = require('../option-checks.js');
const { serverSentEvent } = require('../server-sent-event.js');

/** The bounds of the native decoder. */
const MOST = 2 ** 29 - 24;
const MAX_EVENT_SIZE = 64 * 1024 * 1024;
const MAX_COMMENT = 4 * 1024;
const MAX_RETRY = 2 ** 64;

/** The parser measures an unfinished line with the name of its field. */
const LONGEST_PREFIX = 'event: '.length;

const encoder = new TextEncoder();

/**
 * @param {unknown} value
 * @param {string} name
 */
function callback(value, name) {
  if (value === undefined || typeof value === 'function') return value;
  throw check.wrong(name, 'a function', value);
}

/** @param {unknown} value */
function eventSize(value) {
  if (value === undefined) return MAX_EVENT_SIZE;
  if (value === null) return MOST;
  return check.whole(value, 'maxEventSize', {
    least: 1,
    most: MOST,
    unit: 'bytes',
    nullable: true,
  });
}

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

/** `EventStreamDecoder` of index.d.ts, where there is no native core. */
class EventStreamDecoder {
  #onEvent;
  #onComment;
  #onRetry;
  #maxEventSize;
  #text = new TextDecoder();
  #blocks = new Blocks();
  #parser;
  #lastEventId = '';
  /** The reconnection time that the present block has brought. */
  /** @type {number | undefined} */
  #retry;
  /** What the bytes at hand complete: callbacks come when the parser is at rest. */
  /** @type {Array<() => void>} */
  #calls = [];
  #state = 'open';

  /** @param {import('../../index.js').DecoderOptions} options */
  constructor(options) {
    const names = ['onEvent', 'onComment', 'onRetry', 'maxEventSize'];
    const { onEvent, onComment, onRetry, maxEventSize } = check.group(options, '', names);
    if (typeof onEvent !== 'function') throw check.wrong('onEvent', 'a function', onEvent);
    this.#onEvent = onEvent;
    this.#onComment = callback(onComment, 'onComment');
    this.#onRetry = callback(onRetry, 'onRetry');
    this.#maxEventSize = eventSize(maxEventSize);
    this.#parser = createParser({
      onEvent: (block) => this.#endBlock(block),
      onComment: (text) => this.#call(() => this.#onComment?.(shortened(text))),
      onRetry: (delay) => this.#takeRetry(Math.min(delay, MAX_RETRY)),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#state = 'oversize';
      },
      maxBufferSize: this.#maxEventSize + LONGEST_PREFIX,
    });
    // TextDecoder strips the byte order mark; the parser would strip three characters more.
    this.#parser.feed('');
  }

  /** @param {Uint8Array} bytes */
  feed(bytes) {
    if (this.#state === 'ended') {
      throw new SSEStateError('the decoder has ended', { code: 'ERR_SSE_CLOSED' });
    }
    if (!(bytes instanceof Uint8Array)) throw check.wrong('bytes', 'a Uint8Array', bytes);
    if (this.#state === 'oversize') throw this.#oversize();
    this.#parser.feed(this.#blocks.mark(this.#text.decode(bytes, { stream: true })));
    this.#deliver();
    if (this.#state === 'oversize') throw this.#oversize();
  }

  end() {
    this.#state = 'ended';
  }

  /** @param {() => void} call */
  #call(call) {
    if (this.#state !== 'oversize') this.#calls.push(call);
  }

  /** @param {number} delay */
  #takeRetry(delay) {
    this.#retry = delay;
    this.#call(() => this.#onRetry?.(delay));
  }

  /** @param {{ data: string, event?: string | undefined, id?: string | undefined }} block */
  #endBlock({ data: marked, event: name, id }) {
    const retry = this.#retry;
    this.#retry = undefined;
    // The mark joined the data as one more line; alone it makes a block without data.
    const data = marked.slice(0, -1);
    if (!this.#fits(data, name ?? '', id ?? '')) this.#state = 'oversize';
    if (this.#state === 'oversize') return;
    if (id !== undefined) this.#lastEventId = id;
    if (marked === '') return;
    const event = serverSentEvent(data, name, id, retry, this.#lastEventId);
    this.#call(() => this.#onEvent(event));
  }

  /** @param {string[]} fields */
  #fits(...fields) {
    const units = fields.reduce((sum, field) => sum + field.length, 0);
    // A UTF-16 unit takes at most three bytes of UTF-8.
    if (units * 3 <= this.#maxEventSize) return true;
    const size = fields.reduce((sum, field) => sum + encoder.encode(field).length, 0);
    return size <= this.#maxEventSize;
  }

  #deliver() {
    const calls = this.#calls;
    this.#calls = [];
    /** @type {{ error: unknown } | undefined} */
    let thrown;
    for (const call of calls) {
      try {
        call();
      } catch (error) {
        thrown ??= { error };
      }
    }
    // What came with a callback's mistake was delivered; the mistake is the caller's to see.
    if (thrown) throw thrown.error;
  }

  #oversize() {
    return new SSESizeError(
      `an event is larger than ${this.#maxEventSize} bytes; raise maxEventSize if that is expected`,
      { code: 'ERR_SSE_SIZE', phase: 'body', retryable: false },
    );
  }
}

/** `EventStreamDecoderStream` of index.d.ts, where there is no native core. */
class EventStreamDecoderStream extends TransformStream {
  /** @param {import('../../index.js').DecoderStreamOptions} [options] */
  constructor(options = {}) {
    if (/** @type {any} */ (options)?.onEvent !== undefined) {
      throw new SSEOptionError('onEvent is not an option here: events come out of `readable`');
    }
    /** @type {TransformStreamDefaultController} */
    let out;
    const decoder = new EventStreamDecoder({ ...options, onEvent: (event) => out.enqueue(event) });
    super({
      start(controller) {
        out = controller;
      },
      transform(bytes) {
        decoder.feed(bytes);
      },
      flush() {
        decoder.end();
      },
    });
  }
}

module.exports = { EventStreamDecoder, EventStreamDecoderStream };
