#!/usr/bin/env node
'use strict';

const { constants } = require('node:os');
const { parseArguments } = require('./arguments.js');
const { EXIT, exitCodeOf } = require('./exit-code.js');
const { help } = require('./help.js');
const { Status } = require('./status.js');

/** What a pipe and a socket say when their reader has left. */
const GONE = ['EPIPE', 'ECONNRESET'];

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
  // Nobody reads on, as behind `| head`: that is a way to end, not a failure.
  if (GONE.includes(error.code ?? '')) process.exit(EXIT.end);
  new Status('normal').failure(new Error(`cannot write the output (${error.code})`));
  process.exit(EXIT.other);
});
// Nobody to tell.
process.stderr.on('error', () => {});

main(process.argv.slice(2));

/** @param {readonly string[]} args */
async function main(args) {
  let status = new Status('normal');
  try {
    const wish = parseArguments(args);
    if (wish === 'help') process.stdout.write(help());
    else if (wish === 'version') process.stdout.write(`${require('../../package.json').version}\n`);
    else {
      status = new Status(wish.level);
      // Not before it is needed: help comes also where the addon does not load.
      await require('./session.js').runSession(wish, status);
    }
  } catch (error) {
    status.failure(error);
    process.exitCode = exitCodeOf(error);
    if (process.exitCode === EXIT.usage) process.stderr.write('Try: perennial-sse --help\n');
  }
}
