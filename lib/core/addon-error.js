'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { absence } = require('./addon-absence.js');
const { fault } = require('./addon-fault.js');
const { ROOT } = require('./addon-remedies.js');
const { SSEError } = require('./errors.js');

/** @typedef {import('./addon-remedies.js').Failure} Failure */

/**
 * The error where no addon serves. Its first line says on which platform, what is missing or wrong and
 * what to type; the others have what the system said.
 *
 * @param {string} target such as `linux-x64-gnu`
 * @param {readonly Failure[]} failures of each place where an addon may be, the most wanted first
 */
function addonError(target, failures) {
  const cause = failures.map(({ error }) => error).find((error) => error !== undefined);
  if (isBundled()) return bundledError(cause);
  const message = failures.map(forbidden).find(Boolean) ?? report(target, failures);
  return new SSEError(message, { code: 'ERR_SSE_ADDON', cause });
}

/**
 * What to throw where the loader itself failed: a bundler may have left it behind.
 *
 * @param {unknown} error
 */
const loaderError = (error) => (isBundled() ? bundledError(error) : error);

/** Whether this code runs elsewhere than in its package. */
function isBundled() {
  try {
    return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).name !== 'perennial-sse';
  } catch {
    return true;
  }
}

/** @param {unknown} cause */
function bundledError(cause) {
  const message =
    'perennial-sse was bundled, and a native addon cannot be: in Next.js add withPerennial from ' +
    "'perennial-sse/next' to next.config, elsewhere make perennial-sse an external package";
  return new SSEError(message, { code: 'ERR_SSE_ADDON', cause });
}

/**
 * What to do where the runtime was told to load no addon.
 *
 * @param {Failure} failure
 */
function forbidden({ error }) {
  if (/^Requires ffi access/.test(error?.message)) {
    return (
      'perennial-sse is a native addon, and Deno loads none without permission; run it with ' +
      '--allow-ffi'
    );
  }
  if (error?.code !== 'ERR_DLOPEN_DISABLED') return undefined;
  // Known where the permission model is in force.
  if ('permission' in process) {
    return (
      "perennial-sse is a native addon, and Node's permission model forbids them; add " +
      '--allow-addons to --permission'
    );
  }
  return 'perennial-sse is a native addon, and Node runs with --no-addons; run it without that flag';
}

/**
 * @param {string} target
 * @param {readonly Failure[]} failures
 */
function report(target, failures) {
  const found = failures.find(({ path }) => path !== undefined);
  const why = found ? fault(target, found) : absence(target);
  const said = failures.flatMap(({ path, error }) => (path && error ? [error.message] : []));
  const here = `here: Node ${process.version}, ${target}, ${ROOT}`;
  return [`perennial-sse has no addon for ${target}: ${why}`, ...said, here].join('\n  ');
}

module.exports = { addonError, loaderError };
