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

/**
 * Makes what the function returned the source of the run.
 *
 * @param {NativeRun} native
 * @param {unknown} source
 * @param {AbortController} stopping
 * @returns {Source}
 */
function produce(native, source, stopping) {
  if (source instanceof ChatStream) return produceChat(native, source);
  if (source instanceof EventStream) return produceEvents(native, source);
  if (isResponse(source)) return produceHere(native, stopping, responseSource(source));
  if (isIterable(source)) return produceHere(native, stopping, iterableSource(source));
  throw new SSEOptionError(`the source of a run must be ${SOURCES}`);
}

/**
 * @param {NativeRun} native
 * @param {InstanceType<typeof ChatStream>} stream
 */
function produceChat(native, stream) {
  const lifecycle = lifecycleOf(stream);
  const { handle } = lifecycle;
  const chat = /** @type {import('../../binding.js').NativeChatStream} */ (handle.native);
  if (handle.closed || !native.produceChat(chat)) throw used('ChatStream');
  return hold(stream);
}

/**
 * @param {NativeRun} native
 * @param {InstanceType<typeof EventStream>} stream
 */
function produceEvents(native, stream) {
  const lifecycle = lifecycleOf(stream);
  const { handle } = lifecycle;
  const events = /** @type {import('../../binding.js').NativeEventStream} */ (handle.native);
  if (handle.closed || !native.produceEvents(events)) throw used('EventStream');
  relayEvents(stream);
  return hold(stream);
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
 * @param {NativeRun} native
 * @param {AbortController} stopping
 * @param {Words} words
 * @returns {Source}
 */
function produceHere(native, stopping, { raw, speak, leave }) {
  const producer = native.produceHere(raw);
  const { id } = producer;
  /** @type {unknown} */
  let cause;
  let stopped = false;
  dispatcher.deliver(id, {
    kind: OVER,
    stream: undefined,
    lastEventId: '',
    notice: () => {
      stopped = true;
      dispatcher.forget(id);
      stopping.abort();
      leave();
    },
  });
  speak(producer)
    .then(
      () => producer.done(),
      (error) => {
        if (!stopped) cause = error;
        producer.fail(...failureOf(error));
      },
    )
    .finally(() => dispatcher.forget(id));
  return { cause: () => cause };
}

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

module.exports = { failureOf, produce };
