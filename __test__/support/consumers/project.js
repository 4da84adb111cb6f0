'use strict';

const { execFile } = require('node:child_process');
const {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const { tmpdir } = require('node:os');
const { basename, dirname, join } = require('node:path');
const { promisify } = require('node:util');

const ROOT = join(__dirname, '..', '..', '..');
const NAPI = join(dirname(require.resolve('@napi-rs/cli/package.json')), 'dist', 'cli.js');

/** A child of a test must not report to the parent's test runner. */
const { NODE_TEST_CONTEXT: _, ...ENVIRONMENT } = process.env;

/**
 * Runs a program; rejects with everything it printed when it fails.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: Record<string, string> }} options
 */
async function run(program, args, { cwd, env = {} }) {
  const shell = program === 'npm' && process.platform === 'win32';
  try {
    const options = { cwd, shell, env: { ...ENVIRONMENT, ...env }, timeout: 180_000 };
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    error.message = [error.message, error.stdout, error.stderr].join('\n');
    throw error;
  }
}

/** The addon of this machine, as it was built here, and the triple in its name. */
function addon() {
  const names = readdirSync(ROOT).filter((name) => /^perennial-sse\..*\.node$/.test(name));
  if (names.length !== 1) throw new Error(`expected one built addon, found ${names.join(', ')}`);
  return { file: names[0], triple: names[0].split('.')[1] };
}

/**
 * An empty project into which the package goes as the registry would deliver it: packed, with the
 * platform package of this machine, and no file of the repository within reach.
 */
class Project {
  folder = mkdtempSync(join(tmpdir(), 'perennial-sse-'));
  #tarballs = join(this.folder, 'tarballs');
  #workshop = join(this.folder, 'workshop');
  #platforms = join(this.#workshop, 'npm');

  /** Names of the platform packages, as the release makes them. */
  platformPackages = [];

  constructor() {
    writeFileSync(join(this.folder, 'package.json'), '{ "private": true }\n');
  }

  /** Packs everything; returns the tarballs' paths. */
  async pack() {
    // The generator writes nowhere but beside the manifest that it reads.
    mkdirSync(this.#workshop);
    copyFileSync(join(ROOT, 'package.json'), join(this.#workshop, 'package.json'));
    await run(process.execPath, [NAPI, 'create-npm-dirs'], { cwd: this.#workshop });
    const triples = readdirSync(this.#platforms);
    this.platformPackages = triples.map((triple) => `perennial-sse-${triple}`);
    const { file, triple } = addon();
    copyFileSync(join(ROOT, file), join(this.#platforms, triple, file));
    mkdirSync(this.#tarballs);
    // The dependency comes from here, too: installing must not need a registry.
    const dependency = join(ROOT, 'node_modules', 'eventsource-parser');
    const folders = [ROOT, join(this.#platforms, triple), dependency];
    const packed = ['pack', '--json', '--ignore-scripts', '--pack-destination', this.#tarballs];
    const listed = JSON.parse(await run('npm', [...packed, ...folders], { cwd: this.folder }));
    return { listed, paths: listed.map(({ filename }) => join(this.#tarballs, filename)) };
  }

  /** Installs tarballs and packages; no install script runs, so nothing is built. */
  install(packages, options = ['--offline']) {
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    return run('npm', ['install', ...quiet, ...options, ...packages], { cwd: this.folder });
  }

  /** Copies programs of this folder into the project. */
  add(...names) {
    for (const name of names) {
      cpSync(join(__dirname, name), join(this.folder, basename(name)), { recursive: true });
    }
  }

  /** Runs a Node program inside the project. */
  node(args, env) {
    return run(process.execPath, args, { cwd: this.folder, env });
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

module.exports = { Project, ROOT, addon };
