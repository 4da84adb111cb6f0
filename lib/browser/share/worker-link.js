'use strict';

const { randomKey } = require('../request.js');

const scope = /** @type {any} */ (globalThis);

/** How long a worker may take to answer before it is taken for one that a policy of the page forbids. */
const PATIENCE = 3000;

/** A tab's way to the worker that has the connection. */
class WorkerLink {
  #port;
  #free = () => {};

  /**
   * @param {any} worker
   * @param {{ url: string, options: any }} stream
   * @param {(told: any) => void} hear
   */
  constructor(worker, { url, options }, hear) {
    this.#port = worker.port;
    const lock = `perennial-sse ${randomKey()}`;
    const held = new Promise((resolve) => {
      this.#free = () => resolve(undefined);
    });
    this.#port.onmessage = (/** @type {any} */ { data }) => hear(data);
    const join = () => this.#port.postMessage({ join: { url, options, lock } });
    const { locks } = scope.navigator;
    if (locks === undefined) join();
    else {
      // The worker waits for it, and gets it when this tab is gone: it must be held by then.
      locks.request(lock, () => {
        join();
        return held;
      });
    }
  }

  reconnect() {
    this.#port.postMessage({ reconnect: true });
  }

  close() {
    this.#port.postMessage({ leave: true });
    this.#port.close();
    this.#free();
  }
}

/**
 * The way to the worker of a stream; nothing where there can be none.
 *
 * @param {string} key
 * @param {{ url: string, options: any }} stream
 * @param {(told: any) => void} hear
 * @returns {Promise<any>}
 */
async function workerLink(key, stream, hear) {
  if (typeof scope.SharedWorker !== 'function') return undefined;
  try {
    const { openWorker } = await import('./open-worker.mjs');
    const worker = openWorker(key);
    return await new Promise((resolve) => {
      const link = new WorkerLink(worker, stream, (told) => {
        clearTimeout(timer);
        resolve(link);
        hear(told);
      });
      const give = () => {
        link.close();
        resolve(undefined);
      };
      const timer = setTimeout(give, PATIENCE);
      worker.onerror = give;
    });
  } catch {
    return undefined;
  }
}

module.exports = { workerLink };
