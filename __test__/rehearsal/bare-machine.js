'use strict';

const { execFile, spawn } = require('node:child_process');
const { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } = require('node:fs');
const { rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { homedir, tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { promisify } = require('node:util');
const { run } = require('../support/consumers/project.js');
const { startProgram } = require('../support/server-program.js');

/** How long its making may take, in milliseconds. */
const PATIENCE_MS = 600_000;

/** Where npm and cargo are told of files with further certificates. */
const CERTIFICATES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE'];

/** What every container has, and the base of Debian leaves to its installer. */
const HOSTS = '127.0.0.1 localhost\n::1 localhost\n';

/** Mounts end with the processes for which they were made, and so does every process in the root. */
const MOUNT = `set -e
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs tmpfs "$ROOT/dev/shm"
for folder in $SHARED; do
  mkdir -p "$ROOT$folder"
  mount --bind "$folder" "$ROOT$folder"
  mount -o remount,bind,ro "$ROOT$folder"
done
exec chroot "$ROOT" /usr/bin/env --chdir="$FOLDER" "$@"`;

/** A machine that has the base of Debian and Node, in a root of its own; it shares the network of this one. */
class BareMachine {
  #base = mkdtempSync(join(tmpdir(), 'perennial-sse-bare-'));
  #root = join(this.#base, 'root');
  #env;
  #shared = [];

  /** The folder of its user, as the user sees it. */
  folder = '/srv/project';

  /**
   * @param {{ packages?: string[] }} [wishes] packages of Debian beside its base
   */
  async make({ packages = [] } = {}) {
    const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
    const { release, mirror } = await debian();
    const wanted = ['--variant=minbase', ...include, release, this.#root, mirror];
    await run('debootstrap', wanted, { cwd: this.#base, timeout: PATIENCE_MS });
    writeFileSync(this.at('/etc/hosts'), HOSTS);
    mkdirSync(this.at(this.folder));
    const local = join(this.#root, 'usr', 'local');
    cpSync(realpathSync(process.execPath), join(local, 'bin', 'node'));
    const npm = join('lib', 'node_modules', 'npm');
    cpSync(join(dirname(dirname(realpathSync(process.execPath))), npm), join(local, npm), {
      recursive: true,
    });
    for (const name of ['npm', 'npx'])
      symlinkSync(`../${npm}/bin/${name}-cli.js`, join(local, 'bin', name));
    this.#env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/srv' };
  }

  /** Lets its programs read a folder of this machine, at the same place. */
  share(folder) {
    this.#shared.push(folder);
  }

  /** Gives it what this machine needs to reach registries: names, certificates, and where they are. */
  connect() {
    for (const name of CERTIFICATES.filter((one) => process.env[one] !== undefined))
      this.#env[name] = process.env[name];
    const files = CERTIFICATES.map((name) => this.#env[name]).filter(Boolean);
    for (const path of ['/etc/resolv.conf', ...files]) {
      mkdirSync(dirname(this.at(path)), { recursive: true });
      cpSync(realpathSync(path), this.at(path));
    }
  }

  /** Gives it the toolchain of Rust that this machine has. */
  shareCargo() {
    const cargo = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
    const rustup = process.env.RUSTUP_HOME ?? join(homedir(), '.rustup');
    this.share(join(cargo, 'bin'));
    this.share(rustup);
    this.#env.RUSTUP_HOME = rustup;
    this.#env.PATH = `${this.#env.PATH}:${join(cargo, 'bin')}`;
  }

  /** Where a path of it lies on this machine. */
  at(path) {
    return join(this.#root, path);
  }

  /** Writes a file into the folder, and gives its path there. */
  write(name, code) {
    const path = join(this.folder, name);
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), code);
    return path;
  }

  /** Runs what its user types, in the folder; gives what that printed. */
  type(command, env) {
    const [program, ...args] = this.#entering(command, env);
    return promisify(execFile)(program, args, { timeout: PATIENCE_MS });
  }

  /** Runs what takes its time, and shows what that prints. */
  async watch(command, env) {
    const [program, ...args] = this.#entering(command, env);
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`"${command.join(' ')}" ended with ${code}`);
  }

  /** Starts a program of Node that listens. */
  start(file, env) {
    return startProgram(this.#entering(['node', file], env), { cwd: '/', env: {} });
  }

  /** The command that runs one in the root, with nothing in its environment but what is chosen. */
  #entering(command, env) {
    const chosen = Object.entries({ ...this.#env, ...env });
    const variables = chosen.map(([name, value]) => `${name}=${value}`);
    return [
      ...['env', `ROOT=${this.#root}`, `FOLDER=${this.folder}`, `SHARED=${this.#shared.join(' ')}`],
      ...['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', MOUNT, 'sh'],
      ...['--ignore-environment', ...variables, ...command],
    ];
  }

  remove() {
    rmSync(this.#base, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The release of this machine, and where it has its packages from. */
async function debian() {
  const system = readFileSync('/etc/os-release', 'utf8');
  const [, release] = /^VERSION_CODENAME=(.*)$/m.exec(system);
  const format = ['--format', '$(RELEASE) $(REPO_URI)', 'Created-By: Packages'];
  const known = await run('apt-get', ['indextargets', ...format], { cwd: '/' });
  const mirror = known.split('\n').find((line) => line.startsWith(`${release} `));
  if (mirror === undefined) throw new Error(`apt knows no packages of ${release}`);
  return { release, mirror: mirror.split(' ')[1] };
}

module.exports = { BareMachine };
