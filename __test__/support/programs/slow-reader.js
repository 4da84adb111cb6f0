'use strict';

/**
 * Takes some events, nothing for a while, then the rest; prints by how much its memory had grown
 * until then and whether every event came once and in order. Needs `--expose-gc`.
 *
 * Arguments: how it reads, the URL, milliseconds of rest.
 */

const { setTimeout: sleep } = require('node:timers/promises');
const { connect } = require('../../../index.js');
const { collect } = require('../gc.js');
const { watchRss } = require('../memory.js');

const [reader, url, pause] = process.argv.slice(2);
/** How many events it takes before it rests. */
const FIRST = 100;

let taken = 0;
let disorder = null;
let watch;
let growth = null;
let duringRest = null;

function take({ id }) {
  taken += 1;
  if (Number(id) !== taken) disorder ??= `${id} came as number ${taken}`;
}

async function rest() {
  const before = taken;
  console.log('resting');
  await sleep(Number(pause));
  growth = watch.stop();
  duringRest = taken - before;
}

const READERS = {
  async iterator(stream) {
    for await (const event of stream) {
      take(event);
      if (taken === FIRST) await rest();
    }
  },
  async emitter(stream) {
    stream.on('event', (event) => {
      take(event);
      if (taken === FIRST) {
        stream.pause();
        rest().then(() => stream.resume());
      }
    });
    await stream.closed;
  },
  async 'last listener removed'(stream) {
    const resumed = new Promise((resolve) => {
      const first = (event) => {
        take(event);
        if (taken < FIRST) return;
        stream.off('event', first);
        rest().then(resolve);
      };
      stream.on('event', first);
    });
    await resumed;
    stream.on('event', take);
    await stream.closed;
  },
  async 'emitter beside a slow iterator'(stream) {
    let heard = 0;
    stream.on('event', () => {
      heard += 1;
    });
    await READERS.iterator(stream);
    if (heard !== taken) disorder = `the listener heard ${heard} of ${taken}`;
  },
  async 'readable stream'(stream) {
    let tail = '';
    for await (const bytes of stream.toReadableStream()) {
      const blocks = (tail + Buffer.from(bytes).toString('latin1')).split('\n\n');
      tail = blocks.pop();
      for (const block of blocks) {
        take({ id: /^id: ?(\d+)$/m.exec(block)[1] });
        if (taken === FIRST) await rest();
      }
    }
  },
};

async function main() {
  // What the first stream of a process loads is no growth. This one never dials.
  await connect(url, { signal: AbortSignal.abort() }).closed.catch(() => {});
  await collect(3);
  // Before the first byte: what fills the mailbox counts, too.
  watch = watchRss();
  await READERS[reader](connect(url, { terminal: { event: 'end' } }));
  console.log(JSON.stringify({ taken, disorder, growth, duringRest }));
}

main();
