'use strict';

const { existsSync } = require('node:fs');

/** Names of processors as the file name of musl's loader has them. */
const MUSL_PROCESSORS = { arm64: 'aarch64', x64: 'x86_64' };

/** The part of a target that is not platform and processor. */
function abi() {
  if (process.platform === 'win32') return '-msvc';
  if (process.platform !== 'linux') return '';
  return isMusl() ? '-musl' : '-gnu';
}

/**
 * Whether this program runs on musl and not on glibc. A report of the process knows but takes
 * milliseconds; without musl's loader, which has one place, nothing can run on it. A file out of reach
 * looks absent, and under the permission model any file may be.
 */
function isMusl() {
  const processor = MUSL_PROCESSORS[/** @type {'x64'} */ (process.arch)] ?? process.arch;
  const confined = 'permission' in process;
  if (!confined && !existsSync(`/lib/ld-musl-${processor}.so.1`)) return false;
  return glibc() === undefined;
}

/** The version of glibc, where there is one. */
function glibc() {
  /** @type {any} */
  const { report } = process;
  // Otherwise the report asks for the names of all peers.
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  try {
    return report.getReport().header.glibcVersionRuntime;
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}

/** What the addon of this program is made for, such as `linux-x64-gnu`. */
const TARGET = `${process.platform}-${process.arch}${abi()}`;

module.exports = { TARGET, glibc };
