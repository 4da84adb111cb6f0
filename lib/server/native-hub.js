'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');

const dispatching = lazy(() => require('../core/dispatcher.js'));

/** @param {object} options */
const openHub = (options) => opened(() => dispatching().dispatcher.hub(options));

/**
 * @param {import('../../binding.js').NativeHub} native
 * @param {object} options
 */
const openListener = (native, options) => opened(() => native.listen(JSON.stringify(options)));

/**
 * What the core makes, unless it refuses an option.
 *
 * @template T
 * @param {() => T} open
 * @returns {T}
 */
function opened(open) {
  try {
    return open();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
  }
}

module.exports = { openHub, openListener };
