#!/usr/bin/env node
'use strict';

const { constants } = require('node:os');
const { parseArguments } = require('./arguments.js');
const { buildHelp, parseBuild, runBuild } = require('./build.js');
const { parseChatArguments } = require('./chat-arguments.js');
const { chatHelp } = require('./chat-help.js');
const { ChatStatus } = require('./chat-status.js');
const { EXIT, exitCodeOf } = require('./exit-code.js');
const { help } = require('./help.js');
const { parseServe, serveHelp } = require('./serve-arguments.js');
const { ServeStatus } = require('./serve-status.js');
const { Status } = require('./status.js');
const { version } = require('../core/version.js');

/** What a pipe and a socket say when their reader has left. */
const GONE = ['EPIPE', 'ECONNRESET'];

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
  // The reader left, as behind `| head`: that is a way to end, not a failure.
  if (GONE.includes(error.code ?? '')) process.exit(EXIT.end);
  new Status('normal').failure(new Error(`cannot write the output (${error.code})`));
  process.exit(EXIT.other);
});
// There is no reader to tell.
process.stderr.on('error', () => {});

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {(args: readonly string[]) => any} parse
 * @property {() => string} help
 * @property {new (level: 'quiet' | 'normal' | 'verbose') => InstanceType<typeof Status>} Status
 * @property {(wish: any, status: any) => Promise<void>} act loads the addon, which help does without
 */

/** @type {Command} */
const WATCH = {
  name: 'perennial-sse',
  parse: parseArguments,
  help,
  Status,
  act: (wish, status) => require('./session.js').runSession(wish, status),
};

/** @type {Command} */
const CHAT = {
  name: 'perennial-sse chat',
  parse: parseChatArguments,
  help: chatHelp,
  Status: ChatStatus,
  act: (wish, status) => require('./chat-session.js').runChat(wish, status),
};

/** @type {Command} */
const BUILD = {
  name: 'perennial-sse build',
  parse: parseBuild,
  help: buildHelp,
  Status,
  act: runBuild,
};

/** @type {Command} */
const SERVE = {
  name: 'perennial-sse serve',
  parse: parseServe,
  help: serveHelp,
  Status: ServeStatus,
  act: (wish, status) => require('./serve-session.js').runServe(wish, status),
};

const [word, ...others] = process.argv.slice(2);
if (word === 'chat') main(CHAT, others);
else if (word === 'build') main(BUILD, others);
else if (word === 'serve') main(SERVE, others);
else main(WATCH, process.argv.slice(2));

/**
 * @param {Command} command
 * @param {readonly string[]} args
 */
async function main(command, args) {
  let status = new command.Status('normal');
  try {
    const wish = command.parse(args);
    if (wish === 'help') process.stdout.write(command.help());
    else if (wish === 'version') process.stdout.write(`${version}\n`);
    else {
      status = new command.Status(wish.level);
      await command.act(wish, status);
    }
  } catch (error) {
    status.failure(error);
    process.exitCode = exitCodeOf(error);
    if (process.exitCode === EXIT.usage) process.stderr.write(`Try: ${command.name} --help\n`);
  }
}
