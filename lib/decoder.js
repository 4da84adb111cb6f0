'use strict';

const { NativeDecoder } = require('./native.js');
const { Batch } = require('./batch.js');
const { SSEOptionError, SSESizeError, SSEStateError } = require('./errors.js');
const check = require('./option-checks.js');
const { serverSentEvent } = require('./server-sent-event.js');

/** The longest string of V8: no larger event could be delivered. */
const MOST = 2 ** 29 - 24;
const MAX_EVENT_SIZE = 64 * 1024 * 1024;

/** Batches at rest. A callback may feed another decoder, so one is not enough for all. */
/** @type {InstanceType<typeof Batch>[]} */
const batches = [];

/**
 * @param {unknown} value
 * @param {string} name
 */
function callback(value, name) {
  if (value === undefined || typeof value === 'function') return value;
  throw check.wrong(name, 'a function', value);
}

/** See `EventStreamDecoder` in index.d.ts. */
class EventStreamDecoder {
  #native;
  #onEvent;
  #onComment;
  #onRetry;
  #maxEventSize;
  #lastEventId = '';
  #state = 'open';
  #fed = false;
  #draining = false;

  /** @param {import('../index.js').DecoderOptions} options */
  constructor(options) {
    const names = ['onEvent', 'onComment', 'onRetry', 'maxEventSize'];
    const { onEvent, onComment, onRetry, maxEventSize } = check.group(options, '', names);
    if (typeof onEvent !== 'function') throw check.wrong('onEvent', 'a function', onEvent);
    this.#onEvent = onEvent;
    this.#onComment = callback(onComment, 'onComment');
    this.#onRetry = callback(onRetry, 'onRetry');
    this.#maxEventSize = eventSize(maxEventSize);
    this.#native = new NativeDecoder(this.#maxEventSize);
  }

  /** @param {Uint8Array} bytes */
  feed(bytes) {
    if (this.#state === 'ended') {
      throw new SSEStateError('the decoder has ended', { code: 'ERR_SSE_CLOSED' });
    }
    if (!(bytes instanceof Uint8Array)) throw check.wrong('bytes', 'a Uint8Array', bytes);
    if (this.#state === 'oversize') throw this.#oversize();
    if (this.#native.feed(bytes)) this.#state = 'oversize';
    // A callback may feed as well; what it fed comes after what is being delivered.
    this.#fed = true;
    if (this.#draining) return;
    this.#drain();
    if (this.#state === 'oversize') throw this.#oversize();
  }

  end() {
    this.#state = 'ended';
  }

  #oversize() {
    return new SSESizeError(
      `an event is larger than ${this.#maxEventSize} bytes; raise maxEventSize if that is expected`,
      { code: 'ERR_SSE_SIZE', phase: 'body', retryable: false },
    );
  }

  #drain() {
    /** @type {{ error: unknown } | undefined} */
    let thrown;
    /** @param {() => void} call */
    const guard = (call) => {
      try {
        call();
      } catch (error) {
        thrown ??= { error };
      }
    };
    /** @type {import('./batch.js').Receiver} */
    const receiver = {
      event: (data, name, id, retry) => {
        if (id !== undefined) this.#lastEventId = id;
        const event = serverSentEvent(data, name, id, retry, this.#lastEventId);
        guard(() => this.#onEvent(event));
      },
      comment: (text) => guard(() => this.#onComment?.(text)),
      id: (id) => {
        this.#lastEventId = id;
      },
      bytes: () => {},
      notice: (delay) => guard(() => this.#onRetry?.(Number(delay))),
    };
    const batch = batches.pop() ?? new Batch();
    this.#draining = true;
    for (let more = true; more || this.#fed; ) {
      this.#fed = false;
      more = batch.fill(this.#native);
      while (!batch.empty && batch.number === 0) batch.read(receiver);
    }
    this.#draining = false;
    batches.push(batch);
    // What came with a callback's mistake was delivered; the mistake is the caller's to see.
    if (thrown) throw thrown.error;
  }
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

/** See `EventStreamDecoderStream` in index.d.ts. */
class EventStreamDecoderStream extends TransformStream {
  /** @param {import('../index.js').DecoderStreamOptions} [options] */
  constructor(options = {}) {
    if (/** @type {any} */ (options)?.onEvent !== undefined) {
      throw new SSEOptionError('onEvent is not an option here: events come out of `readable`');
    }
    /** @type {TransformStreamDefaultController} */
    let out;
    const decoder = new EventStreamDecoder({
      ...options,
      onEvent: (event) => out.enqueue(event),
    });
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
