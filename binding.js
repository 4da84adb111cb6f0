'use strict';

const { closeSync, existsSync, fstatSync, openSync, readSync } = require('node:fs');
const { join } = require('node:path');
const { TARGET } = require('./lib/core/target.js');
const { version } = require('./lib/core/version.js');

/** What an executable file of Linux begins with. */
const ELF = 0x7f454c46;

const FILE = `perennial-sse.${TARGET}.node`;

/** What `perennial-sse build` or a clone made. It goes first, for its user wanted it. */
const BUILT = { path: existing([__dirname]), attempt: requireBuilt };

/** What the package manager installed beside this package. */
const INSTALLED = {
  path: existing((module.paths ?? []).map((folder) => join(folder, `perennial-sse-${TARGET}`))),
  attempt: requireInstalled,
};

module.exports = load(BUILT.path ? [BUILT, INSTALLED] : [INSTALLED, BUILT]);

/**
 * The first addon that loads and is of this version.
 *
 * @param {(typeof BUILT)[]} places
 */
function load(places) {
  /** @type {import('./lib/core/addon-remedies.js').Failure[]} */
  const failures = [];
  for (const { path, attempt } of places) {
    const cutOff = path !== undefined && isCutOff(path);
    const { addon, error } = cutOff ? {} : attempt();
    if (addon?.VERSION === version) return addon;
    failures.push({ path, cutOff, error, version: addon && (addon.VERSION ?? null) });
  }
  throw require('./lib/core/addon-error.js').addonError(TARGET, failures);
}

/** The addon's file in the first of these folders that has it. */
function existing(folders) {
  return folders.map((folder) => join(folder, FILE)).find(existsSync);
}

/**
 * Whether the end of the file is missing. Linux would map it all the same, and end the process once
 * a page is touched that the file does not have.
 */
function isCutOff(path) {
  let file;
  try {
    file = openSync(path, 'r');
    const head = new DataView(new ArrayBuffer(64));
    readSync(file, head);
    if (head.getUint32(0) !== ELF) return false;
    // The table of sections comes last: where it begins, and its entries, of so many bytes each.
    const begin = Number(head.getBigUint64(40, true));
    const end = begin + head.getUint16(58, true) * head.getUint16(60, true);
    return fstatSync(file).size < Math.max(head.byteLength, end);
  } catch {
    // The system says better what is wrong with a file that cannot be read.
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

// Bundlers and tracers follow a `require` only if its argument is a literal, and let a package be
// missing only if the `require` stands in a `try` of the same function.

function requireBuilt() {
  try {
    switch (TARGET) {
      case 'darwin-arm64':
        return { addon: require('./perennial-sse.darwin-arm64.node') };
      case 'darwin-x64':
        return { addon: require('./perennial-sse.darwin-x64.node') };
      case 'linux-arm64-gnu':
        return { addon: require('./perennial-sse.linux-arm64-gnu.node') };
      case 'linux-arm64-musl':
        return { addon: require('./perennial-sse.linux-arm64-musl.node') };
      case 'linux-x64-gnu':
        return { addon: require('./perennial-sse.linux-x64-gnu.node') };
      case 'linux-x64-musl':
        return { addon: require('./perennial-sse.linux-x64-musl.node') };
      case 'win32-arm64-msvc':
        return { addon: require('./perennial-sse.win32-arm64-msvc.node') };
      case 'win32-x64-msvc':
        return { addon: require('./perennial-sse.win32-x64-msvc.node') };
    }
    // No package is published for this platform, but its user may have built one.
    const built = { exports: undefined };
    if (BUILT.path) process.dlopen(built, BUILT.path);
    return { addon: built.exports };
  } catch (error) {
    return { error };
  }
}

function requireInstalled() {
  try {
    switch (TARGET) {
      case 'darwin-arm64':
        return { addon: require('perennial-sse-darwin-arm64') };
      case 'darwin-x64':
        return { addon: require('perennial-sse-darwin-x64') };
      case 'linux-arm64-gnu':
        return { addon: require('perennial-sse-linux-arm64-gnu') };
      case 'linux-arm64-musl':
        return { addon: require('perennial-sse-linux-arm64-musl') };
      case 'linux-x64-gnu':
        return { addon: require('perennial-sse-linux-x64-gnu') };
      case 'linux-x64-musl':
        return { addon: require('perennial-sse-linux-x64-musl') };
      case 'win32-arm64-msvc':
        return { addon: require('perennial-sse-win32-arm64-msvc') };
      case 'win32-x64-msvc':
        return { addon: require('perennial-sse-win32-x64-msvc') };
    }
    return {};
  } catch (error) {
    return { error };
  }
}
