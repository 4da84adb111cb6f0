'use strict';

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { join } = require('node:path');
const { within } = require('./deadline.js');

const PROGRAM = join(__dirname, 'programs', 'wechat-bot.js');

/**
 * A bot in a process of its own.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} options as programs/wechat-bot.js takes them
 */
async function startBotProcess(t, options, execArgv = []) {
  const child = fork(PROGRAM, [JSON.stringify(options)], { execArgv });
  t.after(() => child.kill('SIGKILL'));
  const [url] = await within(once(child, 'message'), 60_000, 'a bot');
  return {
    url,
    child,
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    /** @param {'begin' | 'end'} what of a measurement */
    async measure(what) {
      const answer = once(child, 'message');
      child.send(what);
      const [told] = await within(answer, 60_000, 'what a bot knows');
      return told;
    },
  };
}

module.exports = { startBotProcess };
