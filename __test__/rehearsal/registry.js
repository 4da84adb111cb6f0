'use strict';

const { spawn } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT, run } = require('../support/consumers/project.js');
const { deferred, within } = require('../support/deadline.js');
const { freePort } = require('../support/free-port.js');
const { installed } = require('../support/runtimes.js');

/** Exact: the last that runs on Node 20. It does not install with the node-fetch that it names. */
const VERDACCIO = 'verdaccio@6.8.0';
const OVERRIDES = { 'node-fetch': '2.7.0' };

const PATIENCE_MS = 60_000;

/** A registry of this machine: it has what is published to it, and fetches all else from the real one. */
class Registry {
  #child;
  #ended;

  /** @param {string} folder where it keeps everything */
  async start(folder) {
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}/`;
    const config = join(folder, 'config.yaml');
    writeFileSync(config, configuration(folder, await upstream()));
    const program = join(await installed(VERDACCIO, OVERRIDES), 'node_modules', 'verdaccio', 'bin');
    const args = [join(program, 'verdaccio'), '--config', config, '--listen', `127.0.0.1:${port}`];
    this.#child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
    const ready = deferred();
    let printed = '';
    const read = (text) => {
      printed += text;
      if (printed.includes(`127.0.0.1:${port}`)) ready.resolve();
    };
    this.#child.stdout.setEncoding('utf8').on('data', read);
    this.#child.stderr.setEncoding('utf8').on('data', read);
    this.#ended.then((code) => ready.reject(new Error(`it ended with ${code}:\n${printed}`)));
    await within(ready.promise, PATIENCE_MS, 'the registry');
    this.token = await this.#login();
  }

  /** Publishes the main package and this machine's, as a release does. */
  async publish() {
    const release = join(ROOT, 'scripts', 'publish.mjs');
    const options = ['--registry', this.url, '--targets', 'host', '--any-size'];
    await run(process.execPath, [release, ...options], {
      cwd: ROOT,
      env: { [`npm_config_${this.url.slice('http:'.length)}:_authToken`]: this.token },
    });
  }

  async #login() {
    const user = { name: 'rehearsal', password: 'rehearsal-0123456789' };
    const response = await fetch(`${this.url}-/user/org.couchdb.user:${user.name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(user),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { token } = await response.json();
    return token;
  }

  async stop() {
    this.#child?.kill();
    await within(this.#ended ?? Promise.resolve(), PATIENCE_MS, 'the end of the registry');
  }
}

/** Whatever npm asks on this machine. */
async function upstream() {
  return (await run('npm', ['config', 'get', 'registry'], { cwd: ROOT })).trim();
}

const configuration = (folder, upstream) => `storage: ${join(folder, 'storage')}
auth:
  htpasswd:
    file: ${join(folder, 'htpasswd')}
uplinks:
  upstream:
    url: ${upstream}
    timeout: 60s
packages:
  'perennial-sse*':
    access: $all
    publish: $authenticated
  '**':
    access: $all
    proxy: upstream
max_body_size: 50mb
log: { type: stdout, level: http, format: pretty }
`;

module.exports = { Registry };
