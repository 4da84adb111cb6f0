'use strict';

const { execFile } = require('node:child_process');
const {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const { join } = require('node:path');
const { promisify } = require('node:util');

/** Exact: the oldest Node that is promised, and one of each line since. */
const NODES = ['20.17.0', '22.23.3', '24.21.0', '26.10.0'];

/** Where they stay for the next run; what builds make is there, too. */
const FOLDER = join(__dirname, '..', '..', 'target', 'runtimes');

const WINDOWS = process.platform === 'win32';

/** The package that has nothing but Node for this machine. */
const PACKAGE = `node-${WINDOWS ? 'win' : process.platform}-${process.arch}`;

/**
 * The program of a Node of that version, from npm unless it is there already.
 *
 * @param {string} version
 * @returns {Promise<string>}
 */
async function nodeOf(version) {
  const folder = join(FOLDER, `node-${version}`);
  const program = join(folder, 'node_modules', PACKAGE, 'bin', WINDOWS ? 'node.exe' : 'node');
  if (existsSync(program)) return program;
  mkdirSync(FOLDER, { recursive: true });
  // Installed beside its place, so that an installation that broke off is none.
  const made = mkdtempSync(join(FOLDER, 'making-'));
  try {
    writeFileSync(join(made, 'package.json'), '{ "private": true }\n');
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const wanted = ['install', ...quiet, '--prefer-offline', `${PACKAGE}@${version}`];
    await promisify(execFile)('npm', wanted, { cwd: made, shell: WINDOWS, timeout: 180_000 });
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw error;
  }
  return program;
}

module.exports = { NODES, nodeOf };
