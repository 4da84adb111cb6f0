'use strict';

const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { setImmediate: turn } = require('node:timers/promises');

/** The collector, exposed even when the process was started without `--expose-gc`. */
const gc =
  globalThis.gc ??
  (() => {
    setFlagsFromString('--expose-gc');
    return runInNewContext('gc');
  })();

/**
 * Forces full collections, with turns of the event loop between them, because finalizers and
 * WeakRefs settle only when the loop turns.
 *
 * @param {number} [times] how many collections; 10 unless told
 */
async function collect(times = 10) {
  for (let round = 0; round < times; round++) {
    gc();
    await turn();
    await turn();
  }
}

module.exports = { collect };
