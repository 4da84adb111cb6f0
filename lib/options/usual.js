'use strict';

const { DEFAULTS } = require('./defaults.js');
const groups = require('./groups.js');

/** @typedef {import('./defaults.js').Difference} Difference */

/** Checked once: of a thousand streams most leave these as they are. They must not be changed. */
/** @type {WeakMap<Difference, ReturnType<typeof checkedDefaults>>} */
const usualGroups = new WeakMap();

/** @param {Difference} difference */
function usualOf(difference) {
  const usual = usualGroups.get(difference) ?? checkedDefaults(difference);
  usualGroups.set(difference, usual);
  return usual;
}

/** @param {Difference} difference */
function checkedDefaults(difference) {
  const retryDefaults = { ...DEFAULTS.retry, ...difference.retry };
  const timeoutDefaults = { ...DEFAULTS.timeouts, ...difference.timeouts };
  return {
    retryDefaults,
    retry: groups.normalizeRetry(undefined, retryDefaults),
    retryRange: groups.normalizeRetryRange(undefined, DEFAULTS.retryRange),
    timeoutDefaults,
    timeouts: groups.normalizeTimeouts(undefined, timeoutDefaults),
  };
}

module.exports = { usualOf };
