'use strict';

const check = require('./checks.js');

const SECOND = 1000;

/**
 * What the names for `retry` stand for; the rest is as it is without them.
 *
 * @satisfies {Record<keyof import('../../index.js').RetryPresets, import('../../index.js').RetryOptions>}
 */
const RETRY_PRESETS = {
  /** For a stream that is to be there all day: a recovery an hour after it gave up. */
  patient: {
    attempts: 10,
    baseDelay: 1 * SECOND,
    factor: 2,
    maxDelay: 30 * SECOND,
    jitter: { ratio: 0.25 },
    recoverAfter: 3600 * SECOND,
  },
  /** WHATWG HTML 9.2.3: "a few seconds", never less than the server said, and no status is worth waiting for. */
  browser: { baseDelay: 3 * SECOND, jitter: { addRatio: 0.2 }, statuses: [] },
  /** A person waits, and what a server may have acted on is not sent again. */
  api: { attempts: 2, baseDelay: SECOND / 2, maxDelay: 8 * SECOND, unsafe: false },
};

const NAMES = Object.keys(RETRY_PRESETS);
const EXPECTED = `an object, false for never, or one of "${NAMES.join('", "')}"`;

/**
 * @param {unknown} value what was given as `retry`
 * @returns {unknown} the same, or what it stands for if it is a name
 */
function namedRetry(value) {
  if (value === true) throw check.wrong('retry', EXPECTED, value);
  if (typeof value !== 'string') return value;
  if (!NAMES.includes(value)) throw check.wrong('retry', EXPECTED, value);
  return RETRY_PRESETS[/** @type {keyof typeof RETRY_PRESETS} */ (value)];
}

module.exports = { RETRY_PRESETS, namedRetry };
