'use strict';

const { execFileSync } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, readdirSync } = require('node:fs');
const { renameSync, rmSync } = require('node:fs');
const { delimiter, join } = require('node:path');

/** Where packages stay for the next run; what builds make is there, too. */
const FOLDER = join(__dirname, '..', '..', 'target', 'debian');

/** Servers are beside the programs of users. */
const PLACES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/**
 * A program of Debian: that of this machine, or of packages that are unpacked here, which takes no rights and starts
 * no service. Nothing where neither can be had.
 *
 * @param {string} name
 * @param {string[]} packages with the program, and with the libraries that few machines have
 * @returns {{ path: string, env: Record<string, string> } | undefined}
 */
function debianProgram(name, packages) {
  const installed = PLACES.map((place) => join(place, name)).find((path) => existsSync(path));
  if (installed !== undefined) return { path: installed, env: {} };
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  try {
    const root = unpacked(name, packages);
    const path = ['usr/sbin', 'usr/bin'].map((place) => join(root, place, name)).find(existsSync);
    const libraries = join(root, 'usr', 'lib');
    const folders = existsSync(libraries) ? readdirSync(libraries) : [];
    const LD_LIBRARY_PATH = folders.map((folder) => join(libraries, folder)).join(delimiter);
    return path === undefined ? undefined : { path, env: { LD_LIBRARY_PATH } };
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {string[]} packages
 */
function unpacked(name, packages) {
  const folder = join(FOLDER, name);
  if (existsSync(folder)) return folder;
  mkdirSync(FOLDER, { recursive: true });
  // Unpacked beside its place, so that a download that broke off is none.
  const made = mkdtempSync(join(FOLDER, 'making-'));
  const quiet = /** @type {const} */ ({ cwd: made, stdio: 'ignore', timeout: 60_000 });
  try {
    execFileSync('apt-get', ['download', ...packages], quiet);
    for (const file of readdirSync(made)) execFileSync('dpkg-deb', ['-x', file, made], quiet);
    renameSync(made, folder);
    return folder;
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw error;
  }
}

module.exports = { debianProgram };
