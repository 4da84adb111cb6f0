'use strict';

/**
 * Starts workers with streams, one after another, ends each of them as told, and prints what is
 * left of them. Needs `--expose-gc`.
 *
 * Arguments: the URL of the server; how many workers; `terminate`, `exit` or `unref`: how they
 * end; `loaded` to have the addon, and a stream, in this thread, too.
 */

const { once } = require('node:events');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { collect } = require('../gc.js');
const { cpu, descriptors, threads } = require('../proc.js');

const [url, count, ending, loaded] = process.argv.slice(2);
const SCRIPTS = {
  terminate: 'terminated-worker.js',
  exit: 'exiting-worker.js',
  unref: 'exiting-worker.js',
};
/** How long the process is watched afterwards. */
const WATCH_MS = 500;

/** Runs one worker to its end; resolves with its exit code. */
async function round() {
  const worker = new Worker(join(__dirname, SCRIPTS[ending]), { workerData: { url, ending } });
  const exited = once(worker, 'exit');
  if (ending === 'terminate') {
    await once(worker, 'message');
    return worker.terminate();
  }
  return (await exited)[0];
}

async function main() {
  let own;
  let events = 0;
  if (loaded === 'loaded') {
    const { connect } = require('../../../index.js');
    own = connect(`${url}/own`, { retry: false }).on('event', () => {
      events += 1;
    });
    await own.opened;
  }
  const codes = new Set([await round()]);
  await collect(2);
  const before = { threads: threads(), descriptors: descriptors() };
  for (let index = 1; index < Number(count); index++) codes.add(await round());
  const seen = events;
  const started = cpu();
  await sleep(WATCH_MS);
  const busy = (cpu() - started) / WATCH_MS;
  const alive = own === undefined ? null : own.readyState === own.OPEN && events > seen;
  own?.close();
  await collect(2);
  const after = { threads: threads(), descriptors: descriptors() };
  console.log(JSON.stringify({ codes: [...codes], before, after, busy, alive }));
}

main();
