'use strict';

const { UsageError } = require('./usage-error.js');

const EXIT = Object.freeze({ end: 0, other: 1, usage: 2 });

/** @type {Partial<Record<string, number>>} */
const BY_CODE = Object.freeze({
  ERR_SSE_OPTION: EXIT.usage,
  ERR_SSE_REQUEST: EXIT.usage,
  ERR_SSE_CONNECT: 3,
  ERR_SSE_DNS: 3,
  ERR_SSE_TLS: 3,
  ERR_SSE_PROXY: 3,
  ERR_SSE_STATUS: 4,
  ERR_SSE_CONTENT_TYPE: 4,
  ERR_SSE_CONTENT_ENCODING: 4,
  ERR_SSE_REDIRECT: 4,
  ERR_SSE_PROVIDER: 4,
  ERR_SSE_TIMEOUT: 5,
  ERR_SSE_RESET: 6,
  ERR_SSE_TRUNCATED: 6,
  ERR_SSE_SIZE: 6,
  ERR_SSE_MALFORMED: 6,
  ERR_SSE_EXHAUSTED: 6,
});

/**
 * @param {Error & { code?: string }} error
 * @returns {number}
 */
function exitCodeOf(error) {
  if (error instanceof UsageError) return EXIT.usage;
  return BY_CODE[error.code ?? ''] ?? EXIT.other;
}

module.exports = { BY_CODE, EXIT, exitCodeOf };
