'use strict';

const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { PATIENCE_MS } = require('./client.js');
const { deferred, within } = require('./deadline.js');
const manifest = require('../../package.json');

const PROGRAM = join(__dirname, '..', '..', manifest.bin['perennial-sse']);

/** Starts the program on a free port, and lets the test write its standard input. */
async function serve(t, ...args) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0', ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exited = deferred();
  child.once('exit', (code, signal) => exited.resolve({ code, signal }));
  let told = '';
  let waiting = () => {};
  child.stderr.setEncoding('utf8').on('data', (text) => {
    told += text;
    waiting();
  });
  /** Waits until the program says something that matches. */
  const says = (pattern) => {
    const { promise, resolve } = deferred();
    waiting = () => {
      const found = pattern.exec(told);
      if (found !== null) resolve(found);
    };
    waiting();
    return within(promise, PATIENCE_MS, String(pattern));
  };
  const [, url] = await says(/listening on (\S+\/),/);
  return {
    child,
    url,
    events: `${url}events`,
    says,
    told: () => told,
    write: (text) => child.stdin.write(text),
    exit: () => within(exited.promise, PATIENCE_MS, 'the program to exit'),
  };
}

/** What a visitor hears, without the greeting of the hub. */
async function lines(visitor, count) {
  const heard = [];
  while (heard.length < count) {
    const { event, id, data } = await visitor.next();
    if (event !== 'connected') heard.push({ event, id, data });
  }
  return heard;
}

const texts = (events) => events.map(({ data }) => data);

module.exports = { PROGRAM, lines, serve, texts };
