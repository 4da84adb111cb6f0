// The compiled addon: where it lies, whether it serves, and how it is made.

import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
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

/** The file that the loader in binding.js looks for on this machine. */
function file() {
  const abi = { linux: isMusl() ? '-musl' : '-gnu', win32: '-msvc' }[process.platform] ?? '';
  return join(root, `perennial-sse.${process.platform}-${process.arch}${abi}.node`);
}

function isMusl() {
  return process.report.getReport().header.glibcVersionRuntime === undefined;
}

/** Whether an addon built here is older than its sources. */
export function isStale() {
  if (!existsSync(file())) return false;
  const built = statSync(file()).mtimeMs;
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
    createRequire(import.meta.url)('../binding.js');
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds the addon, or says exactly what is missing. In a clone the generated loader and its types
 * are written too; an installed package has no generator and needs none, it brings both files.
 */
export function build() {
  const missing = missingTools();
  if (missing.length > 0) fail(`the native addon cannot be built: ${missing.join('; and ')}`);
  say('building the native addon; the first time takes a minute or two');
  const started = Date.now();
  const built = hasGenerator() ? buildAndGenerate() : buildOnly();
  if (!built) fail('building the native addon failed; the reason is above');
  say(`built in ${Math.round((Date.now() - started) / 1000)} s`);
}

function hasGenerator() {
  return existsSync(join(root, 'node_modules', '@napi-rs', 'cli', 'package.json'));
}

function buildAndGenerate() {
  // Without these two flags the generator overwrites index.js and index.d.ts, written by hand.
  const generated = ['--js', 'binding.js', '--dts', 'binding.d.ts'];
  return run('napi', ['build', '--platform', '--release', ...generated]);
}

function buildOnly() {
  if (!run('cargo', ['build', '--release', '--locked', '--lib'])) return false;
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  // Written beside and renamed: a process that has the old file mapped must not see it change.
  const fresh = `${file()}.new`;
  copyFileSync(join(target, 'release', LIBRARY[process.platform] ?? LIBRARY.linux), fresh);
  renameSync(fresh, file());
  // Hundreds of megabytes that an installed package never needs again.
  if (!process.env.CARGO_TARGET_DIR) rmSync(target, { recursive: true, force: true });
  return true;
}
