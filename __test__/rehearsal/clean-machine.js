'use strict';

const { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } = require('node:fs');
const { realpathSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { delimiter, join } = require('node:path');
const { run } = require('../support/consumers/project.js');

/** What a system has besides Node, as far as package managers ask for it. No compiler, and no cargo. */
const SYSTEM = ['sh', 'env', 'uname', 'which', 'cat', 'dirname', 'sed', 'basename', 'ldd'];

/** A project on a machine that has Node and one package manager, nothing in its caches and no compiler. */
class CleanMachine {
  #base = mkdtempSync(join(tmpdir(), 'perennial-sse-'));
  #programs = join(this.#base, 'bin');
  folder = join(this.#base, 'project');

  /**
   * @param {string} registry
   * @param {[name: string, path: string][]} programs
   */
  constructor(registry, programs) {
    for (const folder of [this.#programs, this.folder]) mkdirSync(folder);
    const system = SYSTEM.flatMap((name) => {
      const path = ['/bin', '/usr/bin'].map((folder) => join(folder, name)).find(exists);
      return path ? [[name, path]] : [];
    });
    for (const [name, path] of [...system, ['node', process.execPath], ...programs]) {
      symlinkSync(realpathSync(path), join(this.#programs, name));
    }
    writeFileSync(join(this.folder, 'package.json'), '{ "name": "clean", "private": true }\n');
    writeFileSync(join(this.folder, '.npmrc'), `registry=${registry}\n`);
  }

  /** Runs what its user types; gives what it printed. */
  type([program, ...args], env = {}) {
    // Found by their own path: a shell's search would begin with the PATH of the test.
    return run(join(this.#programs, program), args, { cwd: this.folder, env: this.#env(env) });
  }

  #env(env) {
    const home = join(this.#base, 'home');
    // All that is known of npm's settings and caches here is kept away, and of the test's runner.
    return {
      ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])),
      PATH: [this.#programs].join(delimiter),
      HOME: home,
      XDG_CACHE_HOME: join(home, '.cache'),
      XDG_DATA_HOME: join(home, '.local'),
      BUN_INSTALL_CACHE_DIR: join(home, '.bun'),
      DENO_DIR: join(home, '.deno'),
      DENO_NO_UPDATE_CHECK: '1',
      NPM_CONFIG_UPDATE_NOTIFIER: 'false',
      CI: 'true',
      ...env,
    };
  }

  /** Megabytes in the project. */
  get size() {
    return bytesIn(this.folder) / 1e6;
  }

  remove() {
    rmSync(this.#base, { recursive: true, force: true, maxRetries: 3 });
  }
}

const exists = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function bytesIn(path) {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

module.exports = { CleanMachine };
