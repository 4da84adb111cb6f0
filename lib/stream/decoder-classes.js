'use strict';

const { SSEOptionError, SSESizeError, SSEStateError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');

const checks = lazy(() => require('../options/checks.js'));

const OPTIONS = ['onEvent', 'onComment', 'onRetry', 'maxEventSize'];
const MAX_EVENT_SIZE = 64 * 1024 * 1024;
/** The longest string of V8: no larger event could be delivered. */
const LONGEST_STRING = 2 ** 29 - 24;

/**
 * @typedef {object} Receiver
 * @property {(event: import('../../index.js').ServerSentEvent) => void} event
 * @property {(text: string) => void} comment
 * @property {(delay: number) => void} retry
 *
 * @typedef {object} Core what decodes: the addon, or JavaScript where there is none
 * @property {(bytes: Uint8Array) => boolean} feed whether an event was too large, which is final
 * @property {(receiver: Receiver) => void} drain hands out what the bytes so far complete
 */

/**
 * @param {unknown} value
 * @param {string} name
 */
function callback(value, name) {
  if (value === undefined || typeof value === 'function') return value;
  throw checks().wrong(name, 'a function', value);
}

/** @param {unknown} value */
function eventSize(value) {
  if (value === undefined) return MAX_EVENT_SIZE;
  if (value === null) return LONGEST_STRING;
  const range = { least: 1, most: LONGEST_STRING, unit: 'bytes', nullable: true };
  return checks().whole(value, 'maxEventSize', range);
}

/**
 * Bytes of this realm, also from another one, such as a test runner's.
 *
 * @param {unknown} value
 * @returns {Uint8Array | undefined} nothing if it is no `Uint8Array`
 */
function ownBytes(value) {
  if (value instanceof Uint8Array) return value;
  const view = ArrayBuffer.isView(value) ? /** @type {Uint8Array} */ (value) : undefined;
  if (view?.[Symbol.toStringTag] !== 'Uint8Array') return undefined;
  const { buffer, byteOffset, byteLength } = view;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Makes a class one of transform streams. Not before its first instance: Node loads all streams of the
 * web when that name is read, which would take longer than loading this package.
 *
 * @param {Function} Class
 */
function extendTransformStream(Class) {
  if (Object.getPrototypeOf(Class) === TransformStream) return;
  Object.setPrototypeOf(Class, TransformStream);
  Object.setPrototypeOf(Class.prototype, TransformStream.prototype);
}

/**
 * `EventStreamDecoder` and `EventStreamDecoderStream` of index.d.ts over a core.
 *
 * @param {(maxEventSize: number) => Core} open
 */
function decoderClasses(open) {
  class EventStreamDecoder {
    #core;
    #onEvent;
    #onComment;
    #onRetry;
    #maxEventSize;
    #state = 'open';
    #fed = false;
    #draining = false;

    /** @param {import('../../index.js').DecoderOptions} options */
    constructor(options) {
      const { onEvent, onComment, onRetry, maxEventSize } = checks().group(options, '', OPTIONS);
      if (typeof onEvent !== 'function') throw checks().wrong('onEvent', 'a function', onEvent);
      this.#onEvent = onEvent;
      this.#onComment = callback(onComment, 'onComment');
      this.#onRetry = callback(onRetry, 'onRetry');
      this.#maxEventSize = eventSize(maxEventSize);
      this.#core = open(this.#maxEventSize);
    }

    /** @param {Uint8Array} bytes */
    feed(bytes) {
      if (this.#state === 'ended') {
        throw new SSEStateError('the decoder has ended', { code: 'ERR_SSE_CLOSED' });
      }
      const own = ownBytes(bytes);
      if (own === undefined) throw checks().wrong('bytes', 'a Uint8Array', bytes);
      if (this.#state === 'oversize') throw this.#oversize();
      if (this.#core.feed(own)) this.#state = 'oversize';
      // A callback may feed as well; what it fed comes after what is being delivered.
      this.#fed = true;
      if (this.#draining) return;
      this.#drain();
      if (this.#state === 'oversize') throw this.#oversize();
    }

    end() {
      this.#state = 'ended';
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
      /** @type {Receiver} */
      const receiver = {
        event: (event) => guard(() => this.#onEvent(event)),
        comment: (text) => guard(() => this.#onComment?.(text)),
        retry: (delay) => guard(() => this.#onRetry?.(delay)),
      };
      this.#draining = true;
      while (this.#fed) {
        this.#fed = false;
        this.#core.drain(receiver);
      }
      this.#draining = false;
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

  class EventStreamDecoderStream {
    /** @param {import('../../index.js').DecoderStreamOptions} [options] */
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
      const transformer = {
        start(/** @type {TransformStreamDefaultController} */ controller) {
          out = controller;
        },
        transform(/** @type {Uint8Array} */ bytes) {
          decoder.feed(bytes);
        },
        flush() {
          decoder.end();
        },
      };
      extendTransformStream(EventStreamDecoderStream);
      // biome-ignore lint/correctness/noConstructorReturn: what its parent constructs is what it is
      return Reflect.construct(TransformStream, [transformer], new.target);
    }
  }

  return { EventStreamDecoder, EventStreamDecoderStream };
}

module.exports = { decoderClasses };
