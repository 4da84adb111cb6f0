'use strict';

const { Hosting } = require('./hosting.js');

/** The worker in which this runs. */
const scope = /** @type {any} */ (globalThis);

/** @type {Set<any>} */
const ports = new Set();

/** @type {InstanceType<typeof Hosting> | undefined} */
let hosting;

/** @param {any} port whose tab has left */
function leave(port) {
  ports.delete(port);
  port.close();
  if (ports.size > 0) return;
  hosting?.close();
  scope.close();
}

/**
 * @param {any} port of a tab that has come
 * @param {{ url: string, options: any, lock: string }} joined
 */
function join(port, { url, options, lock }) {
  ports.add(port);
  // No event says that a tab has crashed, but its lock is free then.
  scope.navigator.locks?.request(lock, () => leave(port));
  if (hosting === undefined) {
    hosting = new Hosting(url, options, (told) => {
      for (const one of ports) one.postMessage(told);
    });
  } else hosting.greet((told) => port.postMessage(told));
}

/** Serves the tabs that connect to this worker. */
function serve() {
  scope.onconnect = (/** @type {any} */ { ports: [port] }) => {
    port.onmessage = (/** @type {any} */ { data }) => {
      if (data.join) join(port, data.join);
      else if (data.leave) leave(port);
      else if (data.reconnect) hosting?.reconnect();
    };
  };
}

module.exports = { serve };
