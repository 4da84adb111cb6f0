'use strict';

const { execFileSync } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, readdirSync } = require('node:fs');
const { renameSync, rmSync, writeFileSync } = require('node:fs');
const { delimiter, join } = require('node:path');

/** Where packages stay for the next run; what builds make is there, too. */
const FOLDER = join(__dirname, '..', '..', 'target', 'debian');

/** Where programs are; servers are beside those of users. */
const PLACES = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** How long apt may take, in milliseconds. */
const PATIENCE_MS = 120_000;

/**
 * @typedef {object} Program
 * @property {string} path
 * @property {Record<string, string>} env what it needs in its environment
 */

/** Whether tests that lack something fail, instead of saying that they are left out: `.ci/run` wants all of them. */
const WHOLE = process.env.PERENNIAL_TEST_WHOLE === '1';

/**
 * A program of Debian: that of this machine, or of packages that are unpacked here, which takes no rights and starts
 * no service. Nothing where neither can be had.
 *
 * @param {string} name of the program
 * @param {string} [from] its package, if that has another name
 * @returns {Program | undefined}
 */
function debianProgram(name, from = name) {
  const installed = PLACES.map((place) => join(place, name)).find((path) => existsSync(path));
  if (installed !== undefined) return { path: installed, env: {} };
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  try {
    const root = unpacked(from);
    const places = ['usr/sbin', 'usr/bin'].map((place) => join(root, place, name));
    // What is there beside the program is a script, which asks for paths of an installation.
    const path = [join(root, 'usr', 'lib', name, name), ...places].find((one) => existsSync(one));
    const env = { ...librariesOf(root), ...fonts(root) };
    return path === undefined ? undefined : { path, env };
  } catch (error) {
    if (WHOLE) throw error;
    return undefined;
  }
}

/**
 * A file of a package of Debian, such as a module of a program: that of this machine, or one that is unpacked here.
 *
 * @param {string} path where Debian installs it
 * @param {string} from its package
 * @returns {Program | undefined}
 */
function debianFile(path, from) {
  if (existsSync(path)) return { path, env: {} };
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  try {
    const root = unpacked(from);
    return { path: join(root, path), env: librariesOf(root) };
  } catch (error) {
    if (WHOLE) throw error;
    return undefined;
  }
}

/**
 * Where a program finds the libraries that were unpacked with it.
 *
 * @param {string} root
 */
function librariesOf(root) {
  const folders = [join(root, 'usr', 'lib'), join(root, 'lib')].flatMap(libraries);
  return { LD_LIBRARY_PATH: folders.join(delimiter) };
}

/**
 * The package with all that it needs and this machine has not.
 *
 * @param {string} name
 */
function unpacked(name) {
  const folder = join(FOLDER, name);
  if (existsSync(folder)) return folder;
  mkdirSync(FOLDER, { recursive: true });
  // Unpacked beside its place, so that a download that broke off is none.
  const made = mkdtempSync(join(FOLDER, 'making-'));
  /** @type {(program: string, args: string[]) => string} */
  const run = (program, args) =>
    execFileSync(program, args, {
      cwd: made,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PATIENCE_MS,
    });
  try {
    const simulated = run('apt-get', ['install', '--simulate', '--no-install-recommends', name]);
    const packages = [...simulated.matchAll(/^Inst (\S+)/gm)].map(([, one]) => one);
    run('apt-get', ['download', ...packages]);
    const files = readdirSync(made).filter((file) => file.endsWith('.deb'));
    for (const file of files) {
      run('dpkg-deb', ['-x', file, made]);
      rmSync(join(made, file));
    }
    renameSync(made, folder);
    return folder;
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Two files of tests that need it came at a time, and the other was first.
    if (existsSync(folder)) return folder;
    throw error;
  }
}

/**
 * Where the program finds fonts on a machine that has none: a browser ends by a signal without any.
 *
 * @param {string} root
 * @returns {Record<string, string>}
 */
function fonts(root) {
  const folder = join(root, 'usr', 'share', 'fonts');
  if (existsSync('/etc/fonts/fonts.conf') || !existsSync(folder)) return {};
  const file = join(root, 'fonts.conf');
  const cache = join(root, 'fonts-cache');
  writeFileSync(
    file,
    `<fontconfig><dir>${folder}</dir><cachedir>${cache}</cachedir></fontconfig>\n`,
  );
  return { FONTCONFIG_FILE: file };
}

/**
 * The folders of libraries below one, and those in them.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function libraries(folder) {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true, recursive: true });
  const holding = below.filter(({ name }) => /\.so(\.|$)/.test(name));
  return [...new Set(holding.map(({ parentPath, path }) => parentPath ?? path))];
}

module.exports = { debianFile, debianProgram };
