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

module.exports = { missing, missingClass };
