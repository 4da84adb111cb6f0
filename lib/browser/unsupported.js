'use strict';

const { SSERequestError } = require('../errors.js');

/** @param {string} what */
const unsupported = (what) =>
  new SSERequestError(
    `${what} needs the native core of perennial-sse, which runs in Node.js alone, and this code ` +
      'was bundled for a browser or an edge runtime: on a server choose Node.js (in Next.js add ' +
      "`export const runtime = 'nodejs'`), elsewhere use `fetch` with EventStreamDecoderStream",
    { code: 'ERR_SSE_REQUEST', phase: 'prepare', retryable: false },
  );

/** @returns {never} */
function connect() {
  throw unsupported('connect()');
}

class EventStream {
  constructor() {
    throw unsupported('EventStream');
  }
}

class MissingEventSource {
  constructor() {
    throw unsupported('EventSource');
  }
}

/** Browsers bring the standard's own; what this package adds to it does not exist there. */
const EventSource = /** @type {any} */ (globalThis).EventSource ?? MissingEventSource;

module.exports = { EventSource, EventStream, connect };
