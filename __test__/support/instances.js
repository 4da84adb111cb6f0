'use strict';

const { fork } = require('node:child_process');
const { join } = require('node:path');
const { deferred, within } = require('./deadline.js');

const PROGRAM = join(__dirname, 'programs', 'redis-app.js');

/** How long an instance may take for an answer, also on a busy machine. */
const PATIENCE_MS = 60_000;

/** An instance of an application on Redis, in a process of its own. */
class Instance {
  #child;
  #asked = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #open = new Map();
  #started = deferred();
  #exited;
  url = '';

  /**
   * @param {object} options
   * @param {Record<string, string>} more of its environment
   */
  constructor(options, more) {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    this.#child = fork(PROGRAM, [JSON.stringify(options)], { env: { ...env, ...more } });
    this.#child.on('message', (message) => this.#read(message));
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.#exited.then(() => {
      const error = new Error('the instance has ended');
      this.#started.reject(error);
      for (const { reject } of this.#open.values()) reject(error);
    });
  }

  /** @param {any} message */
  #read({ port, number, value, error }) {
    if (port !== undefined) {
      this.url = `http://127.0.0.1:${port}`;
      this.#started.resolve(undefined);
      return;
    }
    const question = this.#open.get(number);
    this.#open.delete(number);
    if (error === undefined) question?.resolve(value);
    else question?.reject(Object.assign(new Error(error.message), error));
  }

  started() {
    return within(this.#started.promise, PATIENCE_MS, 'the instance');
  }

  /**
   * See `answers` of the program; what that throws is thrown here.
   *
   * @param {string} question
   * @param {object} [more]
   * @returns {Promise<any>}
   */
  ask(question, more) {
    this.#asked++;
    const { promise, resolve, reject } = deferred();
    this.#open.set(this.#asked, { resolve, reject });
    // What cannot be said to it any more has no answer, either.
    this.#child.send({ number: this.#asked, ask: question, ...more }, (error) => {
      if (error) reject(new Error('the instance has ended', { cause: error }));
    });
    return within(promise, PATIENCE_MS, question);
  }

  /** Calls a method of the hub there. */
  hub(method, ...args) {
    return this.ask('hub', { method, args });
  }

  /** Calls a method of the store there. */
  store(method, ...args) {
    return this.ask('store', { method, args });
  }

  /** Calls a method of the relay there. */
  relay(method, ...args) {
    return this.ask('relay', { method, args });
  }

  /** Ends it without a word. */
  async kill() {
    this.#child.kill('SIGKILL');
    await within(this.#exited, PATIENCE_MS, 'the end of the instance');
  }

  /** It stands still, as where a machine is suspended. */
  pause() {
    this.#child.kill('SIGSTOP');
  }

  /** It goes on. */
  resume() {
    this.#child.kill('SIGCONT');
  }

  /** Waits for its own end. */
  exited() {
    return within(this.#exited, PATIENCE_MS, 'the end of the instance');
  }
}

/**
 * Instances that live no longer than the test.
 *
 * @param {{ after(undo: () => Promise<void>): void }} t
 * @param {number} count
 * @param {{ log: object, relay?: object, hub?: object, store?: object, upstream?: string }} options
 * @param {Record<string, string>} [env] more of their environment
 */
async function startInstances(t, count, options, env = {}) {
  const instances = Array.from({ length: count }, () => new Instance(options, env));
  for (const instance of instances) t.after(() => instance.kill());
  await Promise.all(instances.map((instance) => instance.started()));
  return instances;
}

module.exports = { startInstances };
