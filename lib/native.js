'use strict';

/** The addon, or an error that says what to do when there is none. */
try {
  module.exports = require('#binding');
} catch (cause) {
  // What the loader throws has no code: with one, the loader itself is out of reach.
  throw new Error(cause.code === undefined ? missing() : bundled(), { cause });
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
