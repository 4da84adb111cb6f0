'use strict';

const { fork } = require('node:child_process');
const { join } = require('node:path');
const { PATIENCE_MS } = require('./client.js');
const { deferred, within } = require('./deadline.js');

const PROGRAM = 'hub-app.js';

/**
 * The server of programs/hub-app.js, whose memory and signals are its own.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} [options] of the hub; `log` of its log
 * @param {string} [program] in the folder programs/, if it is another one
 */
async function startHubProcess(t, options = {}, program = PROGRAM) {
  const child = fork(join(__dirname, 'programs', program), [JSON.stringify(options)], {
    execArgv: ['--expose-gc', '--max-semi-space-size=1'],
  });
  t.after(() => child.kill('SIGKILL'));
  /** @type {((value: unknown) => void)[]} */
  const waiting = [];
  child.on('message', (value) => waiting.shift()?.(value));
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const reply = (what) => {
    const { promise, resolve } = deferred();
    waiting.push(resolve);
    return within(promise, 6 * PATIENCE_MS, what);
  };
  const { port } = await reply('the server');
  return {
    child,
    port,
    exited,
    url: `http://127.0.0.1:${port}/events`,
    /** See `answers` of the program. */
    ask: (question, more) => {
      child.send({ ask: question, ...more });
      return reply(question);
    },
  };
}

module.exports = { startHubProcess };
