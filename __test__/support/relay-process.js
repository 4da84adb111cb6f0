'use strict';

const { fork } = require('node:child_process');
const { join } = require('node:path');
const { PATIENCE_MS } = require('./client.js');
const { deferred, within } = require('./deadline.js');

const PROGRAM = join(__dirname, 'programs', 'relay-app.js');

/**
 * The application of programs/relay-app.js in a process of its own, so that its memory and descriptors are
 * nobody else's.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} upstream
 * @param {object} [options] of the relay
 */
async function startRelayApp(t, upstream, options = {}) {
  const child = fork(PROGRAM, [upstream, JSON.stringify(options)], {
    execArgv: ['--expose-gc', '--max-semi-space-size=1'],
  });
  t.after(() => child.kill('SIGKILL'));
  /** @type {((value: unknown) => void)[]} */
  const waiting = [];
  child.on('message', (value) => waiting.shift()?.(value));
  const reply = (what) => {
    const { promise, resolve } = deferred();
    waiting.push(resolve);
    return within(promise, PATIENCE_MS, what);
  };
  const url = await reply('the application');
  return {
    url,
    child,
    /** `settled`, the memory without garbage, `descriptors`, `stats`, or `forget`, which waits for an empty log. */
    ask: (question) => {
      child.send(question);
      return reply(question);
    },
  };
}

module.exports = { startRelayApp };
