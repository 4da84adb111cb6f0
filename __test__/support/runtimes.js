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

const DENO = 'deno@2.9.6';

/** Where they stay for the next run; what builds make is there, too. */
const FOLDER = join(__dirname, '..', '..', 'target', 'runtimes');

const WINDOWS = process.platform === 'win32';

/** The package that has nothing but Node for this machine. */
const PACKAGE = `node-${WINDOWS ? 'win' : process.platform}-${process.arch}`;

/**
 * A folder with a package that npm has, unless it is there already.
 *
 * @param {string} name exact, with its version
 * @param {Record<string, string>} [overrides] what it must not install as it would
 * @returns {Promise<string>}
 */
async function installed(name, overrides = {}) {
  const folder = join(FOLDER, name.replaceAll('/', '+'));
  if (existsSync(folder)) return folder;
  mkdirSync(FOLDER, { recursive: true });
  // Installed beside its place, so that an installation that broke off is none.
  const made = mkdtempSync(join(FOLDER, 'making-'));
  try {
    writeFileSync(join(made, 'package.json'), JSON.stringify({ private: true, overrides }));
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const wanted = ['install', ...quiet, '--prefer-offline', name];
    await promisify(execFile)('npm', wanted, { cwd: made, shell: WINDOWS, timeout: 180_000 });
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/**
 * The program of a Node of that version.
 *
 * @param {string} version
 */
async function nodeOf(version) {
  const folder = await installed(`${PACKAGE}@${version}`);
  return join(folder, 'node_modules', PACKAGE, 'bin', WINDOWS ? 'node.exe' : 'node');
}

/** A script that is Deno, whatever it is given. */
async function deno() {
  return join(await installed(DENO), 'node_modules', 'deno', 'bin.cjs');
}

module.exports = { NODES, deno, installed, nodeOf };
