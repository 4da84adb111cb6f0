'use strict';

/**
 * Reads a stream at full speed with an empty loop body, and prints how an interval, a signal of
 * the system and `AbortSignal.timeout` fared meanwhile. For how long this thread waited for a core
 * does not count towards the gaps of the interval: readers take turns, and the machine may be busier
 * with other things in the turn of one.
 *
 * Arguments: `fetch`, `iterator` or `emitter`; the URL; milliseconds.
 */

const { CoreWaits } = require('../core-waits.js');

const [reader, url, duration] = process.argv.slice(2);
const length = Number(duration);
let events = 0;

const READERS = {
  async fetch(signal) {
    const { fetch } = require('undici');
    const { createParser } = require('eventsource-parser');
    const response = await fetch(url, { signal });
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent() {
        events += 1;
      },
    });
    for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
  },
  async iterator(signal) {
    const { connect } = require('../../../index.js');
    for await (const _ of connect(url, { signal })) events += 1;
  },
  async emitter(signal) {
    const { connect } = require('../../../index.js');
    const stream = connect(url, { signal });
    stream.on('event', () => {
      events += 1;
    });
    await stream.closed;
  },
};

/** On the clock of the machine, which the parent reads, too. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

let signalled = null;
process.on('SIGINT', () => {
  signalled = now();
});

async function main() {
  const gaps = [];
  const cores = new CoreWaits();
  let last = now();
  const ticking = setInterval(() => {
    cores.look();
    const tick = now();
    gaps.push(tick - last - cores.since(last));
    last = tick;
  }, 5);
  const due = performance.now() + length;
  const failure = await READERS[reader](AbortSignal.timeout(length)).catch((error) => error);
  const late = performance.now() - due;
  clearInterval(ticking);
  gaps.sort((one, other) => one - other);
  const quantile = (share) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))];
  const result = { p50: quantile(0.5), p99: quantile(0.99), max: gaps.at(-1), ticks: gaps.length };
  // What ends the stream may reach its reader before the handler of a signal has had its turn.
  setImmediate(() => {
    console.log(JSON.stringify({ ...result, late, ended: failure?.name, events, signalled }));
    process.exit();
  });
}

console.log('ready');
main();
