'use strict';

const { execFile } = require('node:child_process');
const { cpSync, existsSync, mkdtempSync, readFileSync } = require('node:fs');
const { readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { basename, join } = require('node:path');
const { promisify } = require('node:util');
const { TARGET } = require('../../../lib/core/target.js');

const ROOT = join(__dirname, '..', '..', '..');

/** A child of a test must not report to the parent's test runner. */
const { NODE_TEST_CONTEXT: _, ...ENVIRONMENT } = process.env;

/**
 * Runs a program; rejects with everything it printed when it fails.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: Record<string, string | undefined>, timeout?: number }} options
 */
async function run(program, args, { cwd, env = {}, timeout = 180_000 }) {
  const shell = program === 'npm' && process.platform === 'win32';
  try {
    const options = { cwd, shell, env: { ...ENVIRONMENT, ...env }, timeout };
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    error.message = [error.message, error.stdout, error.stderr].join('\n');
    throw error;
  }
}

/** The platform package of this machine, and the file in it. */
const PLATFORM = { name: `perennial-sse-${TARGET}`, file: `perennial-sse.${TARGET}.node` };

/**
 * An empty project into which the package goes as the registry would deliver it: packed, with the
 * platform package of this machine, and no file of the repository within reach.
 */
class Project {
  folder = mkdtempSync(join(tmpdir(), 'perennial-sse-'));

  constructor() {
    writeFileSync(join(this.folder, 'package.json'), '{ "private": true }\n');
  }

  /**
   * Packs everything as a release does; what it depends on is packed, too, for installing must not need
   * a registry.
   *
   * @returns {Promise<{ name: string, path: string, files: string[] }[]>}
   */
  async pack() {
    const tarballs = join(this.folder, 'tarballs');
    const release = join(ROOT, 'scripts', 'publish.mjs');
    const wanted = ['--targets', 'host', '--any-size', '--pack', tarballs];
    await run(process.execPath, [release, ...wanted], { cwd: ROOT });
    const packed = JSON.parse(readFileSync(join(tarballs, 'packages.json'), 'utf8'));
    const dependency = join(ROOT, 'node_modules', 'eventsource-parser');
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', tarballs, dependency];
    const [{ name, filename }] = JSON.parse(await run('npm', pack, { cwd: this.folder }));
    return [...packed, { name, path: join(tarballs, filename), files: [] }];
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

  /** A program out of the package of a scope for this platform, which npm chose. */
  program(scope, ...path) {
    const packages = join(this.folder, 'node_modules', scope);
    const programs = readdirSync(packages).map((name) => join(packages, name, ...path));
    const found = programs
      .flatMap((name) => [name, `${name}.exe`])
      .find((name) => existsSync(name));
    if (found === undefined) throw new Error(`there is no program in ${programs.join(', ')}`);
    return found;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

module.exports = { PLATFORM, Project, ROOT, run };
