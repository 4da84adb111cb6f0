'use strict';

const { spawn } = require('node:child_process');

/**
 * Runs a script in a Node process of its own and waits until it ends. Past the timeout it is killed,
 * and `timedOut` says so: a hang is a result that a test can assert, not a hang of the test.
 *
 * @param {string} script path of a file
 * @param {object} [options]
 * @param {string} [options.node] the program of Node; that of this process unless told
 * @param {string[]} [options.args] arguments of the script
 * @param {string[]} [options.nodeArgs] arguments of node, such as `--expose-gc`
 * @param {Record<string, string>} [options.env] variables beside those of this process
 * @param {number} [options.timeout] milliseconds; 30,000 unless told
 * @param {(child: import('node:child_process').ChildProcess) => void} [options.onSpawn]
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string,
 *   timedOut: boolean, elapsed: number }>}
 */
function runChild(script, options = {}) {
  const { node = process.execPath, args = [], nodeArgs = [], env = {} } = options;
  const { timeout = 30_000, onSpawn } = options;
  const started = performance.now();
  // A child of a test must not report to the parent's test runner.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(node, [...nodeArgs, script, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onSpawn?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeout);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr, timedOut, elapsed: performance.now() - started });
    });
  });
}

module.exports = { runChild };
