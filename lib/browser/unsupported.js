'use strict';

const { SSERequestError } = require('../core/errors.js');

/** @param {string} what */
const unsupported = (what) =>
  new SSERequestError(
    `${what} needs the native core of perennial-sse, which runs in Node.js alone, and this code ` +
      'was bundled for a browser or an edge runtime: on a server choose Node.js (in Next.js add ' +
      "`export const runtime = 'nodejs'`), elsewhere use `fetch` with EventStreamDecoderStream",
    { code: 'ERR_SSE_REQUEST', phase: 'prepare', retryable: false },
  );

/**
 * @param {string} what
 * @returns {() => never}
 */
const missing = (what) => () => {
  throw unsupported(what);
};

/** @param {string} what */
const missingClass = (what) =>
  class {
    constructor() {
      throw unsupported(what);
    }
  };

/** Browsers bring the standard's own; what this package adds to it does not exist there. */
const EventSource = /** @type {any} */ (globalThis).EventSource ?? missingClass('EventSource');

module.exports = {
  ChatStream: missingClass('ChatStream'),
  EndpointPool: missingClass('EndpointPool'),
  EventSource,
  EventStream: missingClass('EventStream'),
  Relay: missingClass('Relay'),
  Run: missingClass('Run'),
  chat: missing('chat()'),
  connect: missing('connect()'),
  createPool: missing('createPool()'),
  createRelay: missing('createRelay()'),
  memoryLog: missing('memoryLog()'),
};
