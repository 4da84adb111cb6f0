'use strict';

const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { EXIT } = require('./exit-code.js');
const { UsageError } = require('./usage-error.js');

const HELP = `perennial-sse build: compiles the native addon for this machine, which takes Rust 1.88 or later
and a C compiler and linker. Says what of these is missing.

Usage: perennial-sse build
`;

/** The whole help of `build`. */
const buildHelp = () => HELP;

/**
 * @param {readonly string[]} args
 * @returns {'help' | { level: 'normal' }}
 */
function parseBuild(args) {
  if (args.length === 1 && ['-h', '--help'].includes(args[0])) return 'help';
  if (args.length > 0) throw new UsageError(`build takes no arguments, got ${args.length}`);
  return { level: 'normal' };
}

/** Builds in a process of its own, whose exit code this one takes over. */
async function runBuild() {
  const script = join(__dirname, '..', '..', 'scripts', 'build.mjs');
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
  process.exitCode = status ?? EXIT.other;
}

module.exports = { buildHelp, parseBuild, runBuild };
