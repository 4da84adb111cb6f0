'use strict';

const { existsSync, readdirSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { installed } = require('../support/runtimes.js');

const PACKAGE = 'perennial-sse';

/**
 * A package manager, or one way in which it installs.
 *
 * @typedef {object} Manager
 * @property {() => Promise<[name: string, path: string][]>} programs what its user has on the `PATH` beside Node
 * @property {string[][]} install what its user types in an empty project
 * @property {string[]} [omit] what leaves optional dependencies out
 * @property {string[]} [remedy] what the loader then says to type
 * @property {string} [lockFile] which may know no more packages than the platform needed that made it
 * @property {string[]} [compile] what makes one program of the project
 * @property {Record<string, string[]>} run how each runtime runs a program of the project
 * @property {(folder: string, registry: string) => void} [configure] settings that are not in `.npmrc`
 */

/** A file of a package. */
const within = async (name, ...path) => join(await installed(name), 'node_modules', ...path);

/** The program in the package for this platform, which npm chose. */
async function native(name, scope, ...path) {
  const packages = await within(name, scope);
  const programs = readdirSync(packages).map((one) => join(packages, one, ...path));
  const found = programs.find((one) => existsSync(one));
  if (found === undefined) throw new Error(`there is no program in ${programs.join(', ')}`);
  return found;
}

// Exact, and of the lines that people use.
const npm = async () => ['npm', join(dirname(process.execPath), 'npm')];
const pnpm = async () => ['pnpm', await within('pnpm@12.4.2', '.bin', 'pnpm')];
const yarn = async () => ['yarn', await within('@yarnpkg/cli-dist@4.18.1', '.bin', 'yarn')];
const bun = async () => ['bun', await native('bun@1.4.5', '@oven', 'bin', 'bun')];
const deno = async () => ['deno', await native('deno@2.9.6', '@deno', 'deno')];

const NODE = { node: ['node'] };
const EVERY = { ...NODE, bun: ['bun'], deno: ['deno', 'run', '--allow-all'] };

const configureYarn = (linker) => (folder, registry) => {
  const settings = {
    npmRegistryServer: registry,
    unsafeHttpWhitelist: ['127.0.0.1'],
    nodeLinker: linker,
    // By itself it takes nothing that was published within a day.
    npmMinimalAgeGate: 0,
    enableTelemetry: false,
    enableImmutableInstalls: false,
  };
  writeFileSync(join(folder, '.yarnrc.yml'), JSON.stringify(settings));
  // Without a lock file it looks for a workspace in the folders above.
  writeFileSync(join(folder, 'yarn.lock'), '');
};

/** @type {Record<string, Manager>} */
const MANAGERS = {
  npm: {
    programs: () => Promise.all([npm()]),
    install: [['npm', 'install', PACKAGE]],
    omit: ['npm', 'install', '--omit=optional'],
    remedy: ['npm', 'install', '--include=optional'],
    lockFile: 'package-lock.json',
    run: NODE,
  },
  pnpm: {
    programs: () => Promise.all([pnpm()]),
    install: [['pnpm', 'add', PACKAGE]],
    omit: ['pnpm', 'install', '--no-optional'],
    remedy: ['pnpm', 'install'],
    run: NODE,
  },
  'yarn-node-modules': {
    programs: () => Promise.all([yarn()]),
    configure: configureYarn('node-modules'),
    install: [['yarn', 'add', PACKAGE]],
    run: NODE,
  },
  'yarn-pnp': {
    programs: () => Promise.all([yarn()]),
    configure: configureYarn('pnp'),
    install: [['yarn', 'add', PACKAGE]],
    run: { node: ['yarn', 'node'] },
  },
  bun: {
    programs: () => Promise.all([bun(), deno()]),
    install: [['bun', 'add', PACKAGE]],
    omit: ['bun', 'install', '--omit=optional'],
    remedy: ['bun', 'install'],
    compile: ['bun', 'build', '--compile', 'stream.mjs', '--outfile', 'stream'],
    run: EVERY,
  },
  deno: {
    programs: () => Promise.all([bun(), deno()]),
    // By itself it takes nothing that was published within a day.
    install: [['deno', 'add', '--minimum-dependency-age=0', `npm:${PACKAGE}`]],
    run: EVERY,
  },
};

module.exports = { MANAGERS };
