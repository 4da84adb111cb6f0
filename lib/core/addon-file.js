'use strict';

const { closeSync, openSync, readSync } = require('node:fs');

/** How much of a file is read: also of a Windows one whose own head comes late. */
const HEAD_BYTES = 4096;

/** The processors that the heads of executable files name. */
const ELF = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64', 258: 'loong64' };
const MACH_O = { 16777223: 'x64', 16777228: 'arm64' };
const PE = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' };

/**
 * The platform and processor that an executable file is made for, as Node names them; `undefined` for
 * any other file.
 *
 * @param {string} path
 * @returns {string | undefined}
 */
function madeFor(path) {
  const head = headOf(path);
  const magic = head.readUInt32BE(0);
  if (magic === 0x7f454c46) return named('linux', ELF, head.readUInt16LE(18));
  if (magic === 0xcffaedfe) return named('darwin', MACH_O, head.readUInt32LE(4));
  if (head.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const at = head.readUInt32LE(60);
  return at + 6 > HEAD_BYTES ? undefined : named('win32', PE, head.readUInt16LE(at + 4));
}

/** @type {(platform: string, names: Record<number, string>, processor: number) => string | undefined} */
function named(platform, names, processor) {
  return names[processor] && `${platform}-${names[processor]}`;
}

/**
 * The first bytes of a file, followed by zeros if it has fewer.
 *
 * @param {string} path
 */
function headOf(path) {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, head);
    return head;
  } finally {
    closeSync(file);
  }
}

module.exports = { madeFor };
