'use strict';

const { execFile, spawn } = require('node:child_process');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');
const { debianProgram } = require('./debian.js');
const { deferred, within } = require('./deadline.js');
const { freePort } = require('./free-port.js');

/** How long a server may take to start, to end or to reply, also on a busy machine. */
const PATIENCE_MS = 30_000;

/** A port that was free may be taken meanwhile: then another is tried. */
const TRIES = 5;

const TLS = join(__dirname, 'tls');

/** Whether tests of Redis are left out, and why. */
const withoutRedis = () =>
  ['redis-server', 'redis-cli'].every((name) => programOf(name) !== undefined)
    ? false
    : 'redis-server is not to be had';

/** @param {'redis-server' | 'redis-cli'} name */
const programOf = (name) =>
  debianProgram(name, name === 'redis-cli' ? 'redis-tools' : 'redis-server');

/** What a server says once it serves: a sentinel says another sentence. */
const READY = /Ready to accept connections|Sentinel ID is/;

const run = promisify(execFile);

/**
 * @typedef {object} RedisOptions
 * @property {string} [password]
 * @property {boolean} [tls] by the certificate for localhost
 * @property {boolean} [sentinel]
 * @property {string} [file] a file of its configuration
 * @property {string[]} [args] arguments behind those that all servers have, such as `['--appendonly', 'yes']`
 */

/** Ends what it runs with its parent, also where that is killed and ends nothing itself. */
const SETPRIV = '/usr/bin/setpriv';

/**
 * @param {string} path of a program
 * @param {string[]} args
 * @returns {[string, string[]]}
 */
const mortal = (path, args) =>
  fs.existsSync(SETPRIV) ? [SETPRIV, ['--pdeathsig', 'KILL', path, ...args]] : [path, args];

/** A server of Redis on a port of loopback, with a folder of its own. */
class RedisServer {
  #options;
  #folder;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {Promise<void>} */
  #exited = Promise.resolve();
  port = 0;

  /** @param {RedisOptions} options */
  constructor(options) {
    this.#options = options;
    this.#folder = fs.mkdtempSync(join(tmpdir(), 'perennial-redis-'));
  }

  get url() {
    const { password, tls } = this.#options;
    const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    return tls ? `rediss://${user}localhost:${this.port}` : `redis://${user}127.0.0.1:${this.port}`;
  }

  /** Starts it, on its port if it has one. */
  async start() {
    const fixed = this.port !== 0;
    for (let left = TRIES; ; left--) {
      if (!fixed) this.port = await freePort();
      const refusal = await this.#launch();
      if (refusal === undefined) return;
      if (left === 1 || !/Address already in use|bind/i.test(refusal)) throw new Error(refusal);
    }
  }

  /** @returns {Promise<string | undefined>} what it said, if it did not start */
  async #launch() {
    const { password, tls, sentinel, file, args = [] } = this.#options;
    const own = file === undefined ? [] : [this.#written(file)];
    const secure = [
      ...['--tls-port', String(this.port), '--port', '0', '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', join(TLS, 'localhost.pem')],
      ...['--tls-key-file', join(TLS, 'localhost-key.pem')],
      ...['--tls-ca-cert-file', join(TLS, 'ca.pem')],
    ];
    const all = [
      ...own,
      ...(sentinel ? ['--sentinel'] : ['--save', '', '--bind', '127.0.0.1']),
      ...(tls ? secure : ['--port', String(this.port)]),
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...['--dir', this.#folder],
      ...args.map((arg) => arg.replaceAll('PORT', String(this.port))),
    ];
    const { path, env } = programOf('redis-server');
    const child = spawn(...mortal(path, all), {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = deferred();
    let said = '';
    const read = (text) => {
      if (said.length < 65_536) said += text;
      if (READY.test(said)) started.resolve(undefined);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    this.#exited = new Promise((resolve) => child.once('close', () => resolve(undefined)));
    this.#exited.then(() => started.resolve(said));
    this.#child = child;
    return within(started.promise, PATIENCE_MS, 'redis-server');
  }

  /** @param {string} text */
  #written(text) {
    const path = join(this.#folder, 'redis.conf');
    fs.writeFileSync(path, text.replaceAll('PORT', String(this.port)));
    return path;
  }

  /**
   * What redis-cli prints for a command.
   *
   * @param {...(string | number)} command
   */
  async cli(...command) {
    const { path, env } = programOf('redis-cli');
    const { password, tls } = this.#options;
    const secure = ['--tls', '--cacert', join(TLS, 'ca.pem'), '-h', 'localhost'];
    const place = [...(tls ? secure : ['-h', '127.0.0.1']), '-p', String(this.port)];
    const secret = password === undefined ? {} : { REDISCLI_AUTH: password };
    const { stdout } = await run(path, [...place, ...command.map(String)], {
      env: { ...process.env, ...env, ...secret },
      timeout: PATIENCE_MS,
    });
    return stdout.trimEnd();
  }

  /** A number of its statistics, such as `used_memory`. */
  async info(name) {
    return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await this.cli('info', 'all'))?.[1]);
  }

  /** Ends it as an operator does: what it is to keep is on the disk. */
  async stop() {
    await this.#end('SIGTERM');
  }

  /** Kills it. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    this.#child?.kill(signal);
    await within(this.#exited, PATIENCE_MS, `the end of redis-server by ${signal}`);
  }

  /** The file to which it appends, and its size. */
  get #appended() {
    const folder = join(this.#folder, 'appendonlydir');
    const name = fs.readdirSync(folder).find((one) => one.endsWith('.incr.aof'));
    return join(folder, name);
  }

  /** How many bytes would survive if it lost nothing. */
  get written() {
    return fs.statSync(this.#appended).size;
  }

  /**
   * As if its machine had gone down: what it appended behind so many bytes never came to the disk. It must have ended.
   *
   * @param {number} bytes
   */
  lose(bytes) {
    fs.truncateSync(this.#appended, bytes);
  }

  /** From now on it takes connections and replies to nothing. */
  pause() {
    this.#child?.kill('SIGSTOP');
  }

  /** It goes on. */
  resume() {
    this.#child?.kill('SIGCONT');
  }

  /** Ends it, and leaves nothing. */
  async remove() {
    await this.kill();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * A server of Redis that is over when the test is. `restart` is `stop` or `kill`, then `start`.
 *
 * @param {{ after(undo: () => Promise<void>): void }} t
 * @param {RedisOptions} [options]
 */
async function startRedis(t, options = {}) {
  const server = new RedisServer(options);
  t.after(() => server.remove());
  await server.start();
  return server;
}

/**
 * Asks again and again until something holds.
 *
 * @param {() => Promise<boolean>} holds
 * @param {string} what
 * @param {number} [patience] in milliseconds
 */
async function asked(holds, what, patience = PATIENCE_MS) {
  let over = false;
  const asking = async () => {
    while (!over && !(await holds())) await sleep(20);
  };
  await within(asking(), patience, what).finally(() => {
    over = true;
  });
}

module.exports = { PATIENCE_MS, asked, startRedis, withoutRedis };
