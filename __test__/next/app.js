'use strict';

const { spawn } = require('node:child_process');
const { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Project, ROOT } = require('../support/consumers/project.js');
const { deferred, within } = require('../support/deadline.js');
const { devDependencies } = require('../../package.json');
const { freePort } = require('../support/free-port.js');
const { SAFE } = require('./wechat.js');

const EXAMPLE = join(ROOT, 'examples', 'next');
const MADE = /[\\/](node_modules|\.next)$/;
/** The peer of bots of WeChat. */
const PARSER = `fast-xml-parser@${devDependencies['fast-xml-parser']}`;
const QUIET = { NEXT_TELEMETRY_DISABLED: '1' };

/** How long a server may take to start or to end, also on a busy machine. */
const PATIENCE_MS = 60_000;

/** A copy of `examples/next` with the packed package in it, as users have it. */
class NextApp {
  #project = new Project();
  #moved = [];

  get folder() {
    return this.#project.folder;
  }

  /**
   * Installs what the example's lockfile says, the package from its tarballs, or from a registry, and its peer for
   * bots of WeChat.
   *
   * @param {string} [registry]
   */
  async install(registry) {
    cpSync(EXAMPLE, this.folder, { recursive: true, filter: (path) => !MADE.test(path) });
    if (registry) await this.#project.install(['perennial-sse@latest'], ['--registry', registry]);
    else {
      const paths = (await this.#project.pack()).map(({ path }) => path);
      await this.#project.install([...paths, PARSER], ['--prefer-offline']);
    }
    for (const name of ['edge', 'reloads', 'wechat']) {
      cpSync(join(__dirname, `${name}-route.mjs`), join(this.folder, 'app', name, 'route.js'));
    }
    for (const name of ['wechat', 'wechat-parsed']) {
      cpSync(join(__dirname, `${name}-page.mjs`), join(this.folder, 'pages', 'api', `${name}.js`));
    }
    writeFileSync(join(this.folder, 'lib', 'account.json'), JSON.stringify(SAFE));
  }

  /** Replaces the text of a file of the app. */
  edit(name, change) {
    const path = join(this.folder, name);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }

  /** Replaces next.config; gives a function that puts it back. */
  configure(text) {
    const path = join(this.folder, 'next.config.mjs');
    writeFileSync(path, text);
    return () => cpSync(join(EXAMPLE, 'next.config.mjs'), path);
  }

  /** @param {'turbopack' | 'webpack'} bundler */
  async build(bundler) {
    rmSync(join(this.folder, '.next'), { recursive: true, force: true });
    await this.#project.node([...this.#next, 'build', `--${bundler}`], QUIET);
    await this.#project.node(['standalone.mjs']);
  }

  get #next() {
    return [join(this.folder, 'node_modules', 'next', 'dist', 'bin', 'next')];
  }

  /** `next start`. */
  start(env) {
    return serve(this.folder, [...this.#next, 'start'], env);
  }

  /** `next dev`. */
  dev(env) {
    return serve(this.folder, [...this.#next, 'dev'], env);
  }

  /** The standalone server, where no `node_modules` but its own is within reach. */
  startStandalone(env) {
    const folder = mkdtempSync(join(tmpdir(), 'perennial-sse-'));
    this.#moved.push(folder);
    renameSync(join(this.folder, '.next', 'standalone'), join(folder, 'app'));
    return serve(join(folder, 'app'), ['server.js'], env);
  }

  remove() {
    this.#project.remove();
    for (const folder of this.#moved) rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts a server of Next.js and waits until it is ready. */
async function serve(cwd, args, env) {
  // Next.js takes 0 for its default.
  const port = await freePort();
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...inherited, ...QUIET, ...env, PORT: String(port), HOSTNAME: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ready = deferred();
  const exited = new Promise((resolve) => child.once('close', resolve));
  let printed = '';
  const read = (text) => {
    printed += text;
    if (/Ready in/.test(printed)) ready.resolve();
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  const started = Promise.race([
    ready.promise,
    exited.then((code) => {
      throw new Error(`the server ended with ${code}`);
    }),
  ]);
  const orKill = (promise, what) =>
    within(promise, PATIENCE_MS, what).catch((error) => {
      child.kill('SIGKILL');
      error.message += `; it printed:\n${printed}`;
      throw error;
    });
  await orKill(started, 'the server');
  const stop = () => {
    child.kill();
    return orKill(exited, 'the end of the server');
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

module.exports = { NextApp };
