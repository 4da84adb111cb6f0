'use strict';

/** The addon, or an error that says what to do when there is none. */
try {
  module.exports = require('#binding');
} catch (cause) {
  // What the loader throws has no code: with one, the loader itself is out of reach.
  const said = cause.code === undefined ? (forbidden(cause) ?? missing()) : bundled();
  throw new Error(said, { cause });
}

/**
 * What to do where the runtime was told to load no addon. The loader keeps what it said, but of its
 * code nothing.
 *
 * @param {Error} error
 */
function forbidden(error) {
  for (let cause = error; cause instanceof Error; cause = /** @type {Error} */ (cause.cause)) {
    if (/loading addons is disabled/.test(cause.message)) return withoutAddons();
    if (/^Requires ffi access/.test(cause.message)) {
      return (
        'perennial-sse is a native addon, and Deno loads none without permission; run it with ' +
        '--allow-ffi'
      );
    }
  }
  return undefined;
}

function withoutAddons() {
  // Known where the permission model is in force.
  if (/** @type {any} */ (process).permission !== undefined) {
    return (
      "perennial-sse is a native addon, and Node's permission model forbids them; add " +
      '--allow-addons to --permission'
    );
  }
  return 'perennial-sse is a native addon, and Node runs with --no-addons; run it without that flag';
}

function missing() {
  const machine = `${process.platform}-${process.arch}, Node ${process.version}`;
  return (
    `perennial-sse has no native addon that loads here (${machine}); if npm did not run its ` +
    'install script, run "npm rebuild perennial-sse", which builds it with Rust 1.88 or later'
  );
}

function bundled() {
  return (
    'perennial-sse was bundled, and a native addon cannot be: in Next.js add withPerennial from ' +
    "'perennial-sse/next' to next.config, elsewhere make perennial-sse an external package"
  );
}
