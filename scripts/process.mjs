// Runs the programs that the other scripts need, the same way on every platform.

import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');

/** Finds local tools, and a cargo that rustup installed but no profile put on the path. */
const path = [join(root, 'node_modules', '.bin'), process.env.PATH, join(cargoHome, 'bin')].join(
  delimiter,
);

const options = {
  cwd: root,
  env: { ...process.env, PATH: path },
  // npm's tools are batch files on Windows, which only a shell can start.
  shell: process.platform === 'win32',
};

/** Runs a program with this terminal, and these variables beside its own; returns whether it succeeded. */
export function run(program, args, variables = {}) {
  const env = { ...options.env, ...variables };
  const { status, error } = spawnSync(program, args, { ...options, env, stdio: 'inherit' });
  if (error) console.error(`perennial-sse: cannot run ${program}: ${error.message}`);
  return status === 0;
}

/** What a program prints, or `null` when it is missing or fails. */
export function output(program, args) {
  const { status, stdout } = spawnSync(program, args, { ...options, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** Prints one progress line. */
export const say = (line) => console.log(`perennial-sse: ${line}`);

/** Prints why nothing more can be done, and ends. */
export function fail(message) {
  console.error(`perennial-sse: ${message}`);
  process.exit(1);
}
