// A Redis of its own, on a free port of loopback, that keeps nothing and ends with this process.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { debianProgram } = require('../../__test__/support/debian.js');
const { freePort } = require('../../__test__/support/free-port.js');

/** @returns {Promise<string>} its URL, once it takes connections */
export async function startRedis() {
  const program = debianProgram('redis-server');
  if (program === undefined) {
    throw new Error('redis-server is missing: apt-get install redis-server');
  }
  const port = await freePort();
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const env = { ...process.env, ...program.env };
  const redis = spawn(program.path, ['--port', `${port}`, ...options], { env });
  process.on('exit', () => redis.kill('SIGKILL'));
  for await (const line of redis.stdout) {
    if (String(line).includes('Ready to accept connections')) break;
  }
  redis.stdout.resume();
  return `redis://127.0.0.1:${port}`;
}
