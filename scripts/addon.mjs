// The compiled addon: where it lies, whether it serves, and how it is made.

import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fail, root, run, say } from './process.mjs';
import { missingTools } from './toolchain.mjs';

const SOURCES = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src'];

/** The library as cargo names it, by platform. */
const LIBRARY = {
  darwin: 'libperennial_sse.dylib',
  linux: 'libperennial_sse.so',
  win32: 'perennial_sse.dll',
};

const require = createRequire(import.meta.url);

/** What an addon for this machine is made for, such as `linux-x64-gnu`. */
export const { TARGET } = require('../lib/core/target.js');

/** The file that the loader in binding.js looks for on this machine. */
const FILE = join(root, `perennial-sse.${TARGET}.node`);

/** Whether an addon built here is older than its sources. */
export function isStale() {
  if (!existsSync(FILE)) return false;
  const built = statSync(FILE).mtimeMs;
  return SOURCES.some((source) => newest(join(root, source)) > built);
}

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time tells of files that were removed.
  const inside = readdirSync(path).map((name) => newest(join(path, name)));
  return Math.max(stat.mtimeMs, ...inside);
}

/** Whether an addon, built here or from a platform's package, loads in this Node. */
export function isLoadable() {
  try {
    require('../binding.js');
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds the addon, or says exactly what is missing. In a clone its types are written too; an installed
 * package has no generator and needs none, it brings them.
 *
 * @param {string[]} [wishes] further arguments for the generator
 */
export function build(wishes = []) {
  const missing = [...unwritable(), ...missingTools()];
  if (missing.length > 0) fail(`the native addon cannot be built: ${missing.join('; and ')}`);
  say('building the native addon; the first time takes a minute or two');
  const started = Date.now();
  const built = hasGenerator() ? buildAndGenerate(wishes) : buildOnly();
  if (!built) fail('building the native addon failed; the reason is above');
  say(`built in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Why the addon cannot be put where the loader looks for it; nothing where it can. */
function unwritable() {
  // The program of Plug'n'Play reads packages from archives.
  if (/\.zip[\\/]/.test(root)) return ['it is in an archive: run "yarn unplug perennial-sse"'];
  try {
    accessSync(root, constants.W_OK);
    return [];
  } catch {
    return [`${root} cannot be written to: run this as its owner`];
  }
}

function hasGenerator() {
  return existsSync(join(root, 'node_modules', '@napi-rs', 'cli', 'package.json'));
}

function buildAndGenerate(wishes) {
  // Without these flags the generator overwrites index.js and index.d.ts, written by hand.
  const generated = ['--no-js', '--dts', 'binding.d.ts'];
  // Windows starts no script; there the addon is larger.
  const cargo = process.platform === 'win32' ? {} : { CARGO: join(root, 'scripts', 'cargo.mjs') };
  return run('napi', ['build', '--platform', '--release', ...generated, ...wishes], cargo);
}

function buildOnly() {
  // For Node alone; see cargo.mjs.
  const form = ['--lib', '--crate-type', 'cdylib'];
  if (!run('cargo', ['rustc', '--release', '--locked', ...form])) return false;
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  // Written beside and renamed: a process that has the old file mapped must not see it change.
  const fresh = `${FILE}.new`;
  copyFileSync(join(target, 'release', LIBRARY[process.platform] ?? LIBRARY.linux), fresh);
  renameSync(fresh, FILE);
  // Hundreds of megabytes that an installed package never needs again.
  if (!process.env.CARGO_TARGET_DIR) rmSync(target, { recursive: true, force: true });
  return true;
}
