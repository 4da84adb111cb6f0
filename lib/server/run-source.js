'use strict';

const { dispatcher } = require('../core/dispatcher.js');
const { SSEError, SSEOptionError } = require('../core/errors.js');
const { OVER } = require('../core/stream-kind.js');
const { ChatStream } = require('../chat/stream.js');
const { EventStreamDecoder } = require('../stream/decoder.js');
const { EventStream, relayEvents } = require('../stream/event-stream.js');
const { lifecycleOf } = require('../stream/resilient-stream.js');
const { encodeEvent } = require('./encode-event.js');

/**
 * @typedef {import('../../binding.js').NativeRun} NativeRun
 * @typedef {import('../../binding.js').NativeProducer} NativeProducer
 *
 * @typedef {object} Source what a run is made of, once it is known
 * @property {() => unknown} [cause] what was thrown, where the source failed here
 */

/** What a source may be, for messages. */
const SOURCES =
  'a ChatStream, an EventStream, a Response, or an async iterable of strings or events';

/** The producer of one run, from before its source is made to its end. */
class RunProducer {
  #native;
  #stopping = new AbortController();
  #leave = () => {};

  /** @param {NativeRun} run */
  constructor(run) {
    this.#native = run.produce();
    dispatcher.deliver(this.#native.id, {
      kind: OVER,
      stream: undefined,
      lastEventId: '',
      notice: () => this.#stop(),
    });
  }

  /** Aborted when the run is stopped, also while the source is being made. */
  get signal() {
    return this.#stopping.signal;
  }

  /**
   * Makes what the function returned the source of the run.
   *
   * @param {unknown} source
   * @returns {Source}
   */
  produce(source) {
    if (source instanceof ChatStream) {
      const native = usable(source, 'ChatStream');
      if (!this.#native.chat(/** @type {any} */ (native))) throw used('ChatStream');
      return hold(source);
    }
    if (source instanceof EventStream) {
      const native = usable(source, 'EventStream');
      if (!this.#native.events(/** @type {any} */ (native))) throw used('EventStream');
      relayEvents(source);
      return hold(source);
    }
    if (isResponse(source)) return this.#speak(responseSource(source));
    if (isIterable(source)) return this.#speak(iterableSource(source));
    throw new SSEOptionError(`the source of a run must be ${SOURCES}`);
  }

  /** @param {unknown} error why there is no source: readers that wait must hear of it */
  fail(error) {
    this.#native.fail(...failureOf(error));
  }

  /** The run is over. */
  end() {
    dispatcher.forget(this.#native.id);
  }

  #stop() {
    this.end();
    this.#stopping.abort();
    this.#leave();
  }

  /**
   * @param {Words} words
   * @returns {Source}
   */
  #speak({ raw, speak, leave }) {
    const producer = this.#native;
    /** @type {unknown} */
    let cause;
    if (this.signal.aborted) leave();
    this.#leave = leave;
    producer.here(raw);
    speak(producer).then(
      () => producer.done(),
      (error) => {
        if (!this.signal.aborted) cause = error;
        producer.fail(...failureOf(error));
      },
    );
    return { cause: () => cause };
  }
}

/**
 * @param {InstanceType<typeof ChatStream> | InstanceType<typeof EventStream>} stream
 * @param {string} kind
 */
function usable(stream, kind) {
  const { handle } = lifecycleOf(stream);
  if (handle.closed) throw used(kind);
  return handle.native;
}

/**
 * The run needs the stream until it is over, and its failure is told to the run's readers.
 *
 * @param {InstanceType<typeof ChatStream> | InstanceType<typeof EventStream>} stream
 * @returns {Source}
 */
function hold(stream) {
  lifecycleOf(stream).want();
  /** @type {unknown} */
  let cause;
  stream.closed.then(
    ({ error }) => {
      cause = error;
    },
    (error) => {
      cause = error;
    },
  );
  return { cause: () => cause };
}

/** @param {string} kind */
const used = (kind) =>
  new SSEOptionError(
    `the ${kind} has been open before, is over, or belongs to another run; make it in the function ` +
      'that is given to run(), and return it at once',
  );

/**
 * @typedef {object} Words how a source in JavaScript speaks
 * @property {boolean} raw
 * @property {(producer: NativeProducer) => Promise<void>} speak says everything
 * @property {() => void} leave told when nothing more is wanted
 */

/**
 * What readers are told of an error. What others throw may say anything: it stays in this process.
 *
 * @param {unknown} error
 * @returns {[code: string, message: string, kind?: string]}
 */
function failureOf(error) {
  if (error instanceof SSEError) {
    const { code, message, kind } = /** @type {any} */ (error);
    return [code, message, kind];
  }
  return ['ERR_SSE_SOURCE', 'the source of the run failed'];
}

/** @param {unknown} source */
function isResponse(source) {
  const response = /** @type {any} */ (source);
  return (
    typeof response === 'object' &&
    response !== null &&
    typeof response.status === 'number' &&
    typeof response.headers?.get === 'function' &&
    'body' in response
  );
}

/** @param {unknown} source */
const isIterable = (source) =>
  typeof source === 'object' && source !== null && Symbol.asyncIterator in source;

/**
 * Its events, if it is an event stream, else its bytes.
 *
 * @param {any} response
 * @returns {Words}
 */
function responseSource(response) {
  const { status, headers, body } = response;
  const raw = !/^\s*text\/event-stream\s*(?:;|$)/i.test(headers.get('content-type') ?? '');
  /** @type {ReadableStreamDefaultReader<Uint8Array> | undefined} */
  const reader = body?.getReader();
  const leave = () => {
    reader?.cancel().catch(() => {});
  };
  return {
    raw,
    leave,
    speak: async (producer) => {
      if (status < 200 || status > 299) {
        leave();
        throw new SSEError(`the source answered with status ${status}`, {
          code: 'ERR_SSE_STATUS',
          status,
        });
      }
      const decoder = new EventStreamDecoder({
        onEvent: ({ event, data }) => producer.frame(encodeEvent({ event, data })),
      });
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
        if (done) return;
        if (raw) producer.bytes(value);
        else decoder.feed(value);
      }
    },
  };
}

/**
 * @param {any} iterable
 * @returns {Words}
 */
function iterableSource(iterable) {
  const iterator = iterable[Symbol.asyncIterator]();
  return {
    raw: false,
    // One that waits for something goes on until that comes: the signal tells it at once.
    leave: () => {
      Promise.resolve(iterator.return?.()).catch(() => {});
    },
    speak: async (producer) => {
      for (;;) {
        const { value, done } = await iterator.next();
        if (done) return;
        producer.frame(encodeEvent(eventOf(value)));
      }
    },
  };
}

/** @param {unknown} item */
function eventOf(item) {
  if (typeof item === 'string') return { data: item };
  if (typeof item === 'object' && item !== null && !ArrayBuffer.isView(item)) {
    // The run has ids of its own.
    const { id, ...event } = /** @type {any} */ (item);
    return event;
  }
  throw new SSEOptionError(
    'the source of a run must yield strings or events; give bytes as a Response',
  );
}

module.exports = { RunProducer };
