'use strict';

const { spawn } = require('node:child_process');
const { deferred, within } = require('./deadline.js');

/** How long a server may take, also on a busy machine. */
const PATIENCE_MS = 60_000;

/**
 * Starts a program that prints `listening on PORT`, or the URL instead.
 *
 * @param {string[]} command the program and its arguments
 * @param {{ cwd: string, env: Record<string, string> }} options
 * @returns {Promise<{ port: number, stop: (signal?: NodeJS.Signals) => Promise<void> }>} it stops by SIGKILL
 *   unless told
 */
async function startProgram([program, ...args], { cwd, env }) {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(program, args, {
    cwd,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = deferred();
  const exited = new Promise((resolve) => child.once('close', resolve));
  child.once('error', started.reject);
  let printed = '';
  const read = (text) => {
    printed += text;
    const port = /listening on (?:http:\/\/127\.0\.0\.1:)?(\d+)/i.exec(printed)?.[1];
    if (port !== undefined) started.resolve(Number(port));
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  exited.then((code) =>
    started.reject(new Error(`it ended with ${code} and printed:\n${printed}`)),
  );
  const stop = async (signal = 'SIGKILL') => {
    child.kill(signal);
    await within(exited, PATIENCE_MS, `the end of ${args.at(-1)}`);
  };
  try {
    return { port: await within(started.promise, PATIENCE_MS, args.at(-1)), stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

module.exports = { PATIENCE_MS, startProgram };
