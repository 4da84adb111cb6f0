'use strict';

/**
 * Runs very many short streams, and prints what the process held half-way and at the end. Needs
 * `--expose-gc`.
 *
 * Arguments: the URL of the server; how many streams; how many at a time.
 */

const { getEventListeners } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { EventSource, connect } = require('../../../index.js');
const { collect } = require('../gc.js');
const { rss } = require('../memory.js');
const { descriptors, threads } = require('../proc.js');

const [url, total, width] = process.argv.slice(2);
/** What every allocator and pool takes once, it has taken after so many streams. */
const WARM_UP = 20_000;
/** How long connections that the server ended may take to go. */
const SETTLE_MS = 5000;
const { signal } = new AbortController();

let delivered = 0;
const count = () => {
  delivered += 1;
};

/** The ways to use a stream, and to be done with it. */
const USES = [
  async () => {
    for await (const _ of connect(url, { terminal: '[DONE]' })) count();
  },
  () => connect(url, { method: 'POST', body: { ask: 1 }, signal }).on('event', count).closed,
  async () => {
    for await (const _ of connect(`${url}/long`, { signal })) {
      count();
      break;
    }
  },
  () => {
    return new Promise((resolve) => {
      const source = new EventSource(`${url}/long`, { signal });
      source.onmessage = () => {
        count();
        source.close();
        resolve();
      };
    });
  },
  async () => {
    const controller = new AbortController();
    const stream = connect(`${url}/long`, { signal: controller.signal });
    await stream.once('event', () => controller.abort()).closed.catch(count);
  },
];

async function run(streams) {
  let next = 0;
  const lane = async () => {
    while (next < streams) await USES[next++ % USES.length]();
  };
  await Promise.all(Array.from({ length: Number(width) }, lane));
}

/**
 * What the process holds once everything has settled that is about to.
 *
 * @param {number} [expected] how many descriptors it held before
 */
async function settled(expected = Number.POSITIVE_INFINITY) {
  // The connections that are kept for reuse go with the server's end of them.
  for await (const _ of connect(`${url}/drop`, { terminal: 'dropped' }));
  await sleep(300);
  const started = performance.now();
  while (descriptors() > expected && performance.now() - started < SETTLE_MS) await sleep(50);
  await collect(10);
  return { rss: rss(), descriptors: descriptors(), threads: threads(), listeners: listeners() };
}

function listeners() {
  const own = process.eventNames().map((name) => process.listenerCount(name));
  return {
    signal: getEventListeners(signal, 'abort').length,
    process: own.reduce((sum, number) => sum + number, 0),
  };
}

async function main() {
  await run(WARM_UP);
  const start = await settled();
  delivered = 0;
  await run(total / 2);
  const half = await settled(start.descriptors);
  await run(total / 2);
  const end = await settled(start.descriptors);
  console.log(JSON.stringify({ start, half, end, delivered }));
}

main();
