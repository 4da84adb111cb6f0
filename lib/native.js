'use strict';

/** The addon, or an error that says what to do when there is none for this machine. */
try {
  module.exports = require('../binding.js');
} catch (cause) {
  const machine = `${process.platform}-${process.arch}, Node ${process.version}`;
  throw new Error(
    `perennial-sse has no native addon that loads here (${machine}); if npm did not run its ` +
      'install script, run "npm rebuild perennial-sse", which builds it with Rust 1.88 or later',
    { cause },
  );
}
