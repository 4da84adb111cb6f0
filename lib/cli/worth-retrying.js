'use strict';

/**
 * An address that cannot be reached at the start is more likely wrong than down.
 *
 * @param {import('../../index.js').SSEError} error
 * @param {import('../../index.js').ShouldRetryContext} context
 */
function isWorthRetrying({ phase }, { attempt }) {
  return attempt === 1 && phase === 'connect' ? false : undefined;
}

module.exports = { isWorthRetrying };
