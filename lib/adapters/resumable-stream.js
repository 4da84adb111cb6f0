'use strict';

const perennial = require('../../index.js');

const { SSEOptionError } = perennial;

/**
 * @typedef {import('../../index.js').Run} Run
 * @typedef {import('./resumable-stream.js').ResumableStreamContext} ResumableStreamContext
 */

const OPTIONS = ['relay', 'waitUntil', 'keyPrefix'];

/** Options of the package whose place this takes, for what a relay does itself. */
const VOID = ['subscriber', 'publisher', 'doneWatchdogIntervalMs'];

/**
 * See `createResumableStreamContext` in resumable-stream.d.ts.
 *
 * @param {any} [given]
 * @returns {ResumableStreamContext}
 */
function createResumableStreamContext(given = {}) {
  const { relay, waitUntil, keyPrefix } = options(given);
  const key = (/** @type {string} */ id) => (keyPrefix === undefined ? id : `${keyPrefix}:${id}`);

  /**
   * @param {string} streamId
   * @param {() => ReadableStream<string>} makeStream
   * @param {number} [skipCharacters]
   */
  const produceOrRead = async (streamId, makeStream, skipCharacters) => {
    if (typeof makeStream !== 'function') {
      throw new SSEOptionError('makeStream must be a function that returns a ReadableStream');
    }
    const id = key(streamId);
    const run = await relay.run(id, () => textResponse(makeStream()));
    if (run.role === 'producer') {
      waitUntil?.(run.closed);
      return textOf(run, 0);
    }
    return (await relay.status(id)) === 'open' ? textOf(run, skipCharacters) : null;
  };

  return {
    resumableStream: produceOrRead,
    createNewResumableStream: produceOrRead,
    async resumeExistingStream(streamId, skipCharacters) {
      const id = key(streamId);
      const status = await relay.status(id);
      if (status === undefined) return undefined;
      if (status !== 'open') return null;
      const run = await relay.resume(id);
      return run === undefined ? undefined : textOf(run, skipCharacters);
    },
    async hasExistingStream(streamId) {
      const status = await relay.status(key(streamId));
      if (status === undefined) return null;
      return status === 'open' ? true : 'DONE';
    },
  };
}

/** @param {any} given */
function options(given) {
  for (const name of Object.keys(given)) {
    if (VOID.includes(name)) {
      throw new SSEOptionError(`leave "${name}" out: what it was for is the relay's`);
    }
    if (!OPTIONS.includes(name)) {
      throw new SSEOptionError(`unknown option "${name}"; there are ${OPTIONS.join(', ')}`);
    }
  }
  const { relay = perennial.createRelay(), waitUntil, keyPrefix } = given;
  if (typeof relay?.run !== 'function' || typeof relay.resume !== 'function') {
    throw new SSEOptionError('relay must be what createRelay() returns');
  }
  if (waitUntil !== undefined && waitUntil !== null && typeof waitUntil !== 'function') {
    throw new SSEOptionError('waitUntil must be a function that takes a promise, or null');
  }
  if (keyPrefix !== undefined && typeof keyPrefix !== 'string') {
    throw new SSEOptionError('keyPrefix must be a string');
  }
  return { relay, waitUntil, keyPrefix };
}

/**
 * Text as a relay keeps it to the byte: a body that is no event stream.
 *
 * @param {ReadableStream<string>} stream
 */
function textResponse(stream) {
  if (typeof stream?.getReader !== 'function') {
    throw new SSEOptionError('makeStream must return a ReadableStream of strings');
  }
  const strings = new TransformStream({
    transform(text, controller) {
      if (typeof text !== 'string') {
        throw new SSEOptionError(
          `the stream must give strings, got a value of type ${typeof text}`,
        );
      }
      controller.enqueue(text);
    },
  });
  const body = stream.pipeThrough(strings).pipeThrough(new TextEncoderStream());
  return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/**
 * Everything that a run has said and will say. Who cancels it leaves; the run goes on.
 *
 * @param {Run} run
 * @param {number} [skipCharacters]
 * @returns {ReadableStream<string>}
 */
function textOf(run, skipCharacters) {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** @type {AsyncIterator<any>} of a run that is no events: its bytes */
  const bytes = run[Symbol.asyncIterator]();
  let skip = Math.max(skipCharacters || 0, 0);
  return new ReadableStream(
    {
      async pull(controller) {
        for (;;) {
          const { value, done } = await bytes.next();
          const text = decoder.decode(value, { stream: !done });
          const rest = text.slice(skip);
          skip -= text.length - rest.length;
          if (rest !== '') controller.enqueue(rest);
          if (done) controller.close();
          if (done || rest !== '') return;
        }
      },
      cancel() {
        bytes.return?.()?.catch(() => {});
      },
    },
    // What the consumer has not asked for stays in the log.
    { highWaterMark: 0 },
  );
}

module.exports = { createResumableStreamContext };
