#!/usr/bin/env node
// Stands where the generator calls cargo: builds the library for Node alone. Where its form for other crates, the tests,
// is made beside it, cargo leaves the optimisation over all crates (`lto`) out without a word: the addon is a tenth larger.

import { spawnSync } from 'node:child_process';

/** What the generator calls to build, and what does the same for one form of the library. */
const COMMANDS = {
  build: ['cargo', 'rustc'],
  zigbuild: ['cargo-zigbuild', 'rustc'],
};

const [command, ...args] = process.argv.slice(2);
const [program, instead] = COMMANDS[command] ?? ['cargo', command];
const form = command in COMMANDS ? ['--lib', '--crate-type', 'cdylib'] : [];
const { status, error } = spawnSync(program, [instead, ...form, ...args], { stdio: 'inherit' });
if (error) console.error(`perennial-sse: cannot run ${program}: ${error.message}`);
process.exit(status ?? 1);
