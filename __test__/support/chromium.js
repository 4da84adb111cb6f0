'use strict';

const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { debianProgram } = require('./debian.js');
const { deferred, within } = require('./deadline.js');

/** How long anything may take in it, also on a busy machine. */
const PATIENCE_MS = 60_000;

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--remote-debugging-pipe',
];

const chromium = debianProgram('chromium');

/** Why tests with it are left out; `false` if they are not. */
const withoutChromium = chromium === undefined && 'chromium is not to be had';

/** A chromium without a window, spoken to by its protocol for developers. */
class Chromium {
  #child;
  #folder = mkdtempSync(join(tmpdir(), 'perennial-chromium-'));
  #replies = new Map();
  #loading = new Map();
  #last = 0;
  #exited;
  #end;

  constructor() {
    const { path, env } = chromium;
    this.#child = spawn(path, [...ARGS, `--user-data-dir=${this.#folder}`], {
      env: { ...process.env, ...env, HOME: this.#folder },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#exited = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.once('close', (code, signal) => {
      this.#end = new Error(`chromium ended with ${code ?? signal}`);
      for (const reply of this.#replies.values()) reply.reject(this.#end);
    });
    // What is asked of one that has ended is rejected above.
    this.#child.stdio[3].on('error', () => {});
    let rest = '';
    this.#child.stdio[4].setEncoding('utf8').on('data', (text) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop();
      for (const message of messages) this.#hear(JSON.parse(message));
    });
  }

  /** Opens a page; its scripts have run once when this resolves. */
  async open(url) {
    const { targetId } = await this.#ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#ask('Target.attachToTarget', { targetId, flatten: true });
    await this.#ask('Page.enable', {}, sessionId);
    const loaded = deferred();
    this.#loading.set(sessionId, loaded);
    await this.#ask('Page.navigate', { url }, sessionId);
    await within(loaded.promise, PATIENCE_MS, `${url} in chromium`);
    return {
      /** What an expression comes to on the page, awaited there. */
      evaluate: async (expression) => {
        const asked = { expression, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await this.#ask('Runtime.evaluate', asked, sessionId);
        if (exceptionDetails === undefined) return result.value;
        const { text, exception } = exceptionDetails;
        throw new Error(`${text} ${exception?.description ?? ''} in ${expression}`);
      },
      /** Brings its tab to the front; the one that was there is hidden. */
      show: () => this.#ask('Target.activateTarget', { targetId }),
      /** Stops everything in it, as browsers do with tabs that were hidden for long. */
      freeze: () => this.#ask('Page.setWebLifecycleState', { state: 'frozen' }, sessionId),
      thaw: () => this.#ask('Page.setWebLifecycleState', { state: 'active' }, sessionId),
      close: () => this.#ask('Target.closeTarget', { targetId }),
    };
  }

  async close() {
    // Asked to, it ends its other processes first: killed, it leaves them, and they write on.
    await this.#ask('Browser.close').catch(() => this.#child.kill('SIGKILL'));
    await this.#exited;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 });
  }

  #ask(method, params, sessionId) {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const id = ++this.#last;
    const reply = deferred();
    this.#replies.set(id, reply);
    this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return within(reply.promise, PATIENCE_MS, `${method} of chromium`);
  }

  #hear({ id, result, error, method, sessionId }) {
    if (method === 'Page.loadEventFired') this.#loading.get(sessionId)?.resolve();
    const reply = this.#replies.get(id);
    this.#replies.delete(id);
    if (error === undefined) reply?.resolve(result);
    else reply?.reject(new Error(error.message));
  }
}

module.exports = { Chromium, withoutChromium };
