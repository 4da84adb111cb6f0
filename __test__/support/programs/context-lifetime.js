'use strict';

// The stream of one request ends while another's floods its listener, so that turn follows turn. Prints
// whether what the first request had in its context is collected then, and whether the other's is,
// which must not be.

const { AsyncLocalStorage } = require('node:async_hooks');
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { connect } = require('../../..');

const [, , url] = process.argv;
const PATIENCE_MS = 10_000;
/** How long the flooded listener computes: longer than a turn lasts, and than the server waits. */
const SLOW_MS = 3;

const storage = new AsyncLocalStorage();

/** Calls a function in a context of its own that only what it makes can keep. */
function inOwnContext(act) {
  const store = {};
  return { made: storage.run(store, act), store: new WeakRef(store) };
}

function flood() {
  return connect(url).on('event', () => {
    const until = performance.now() + SLOW_MS;
    while (performance.now() < until);
  });
}

async function iterate() {
  let events = 0;
  for await (const _ of connect(url)) if (++events === 5) return;
}

async function passing() {
  const { made, store } = inOwnContext(iterate);
  await made;
  return store;
}

async function collected(weak) {
  const until = performance.now() + PATIENCE_MS;
  while (weak.deref() !== undefined && performance.now() < until) {
    await sleep(20);
    global.gc();
  }
  return weak.deref() === undefined;
}

async function main() {
  const { made: stream, store } = inOwnContext(flood);
  await once(stream, 'event');
  const first = await passing();
  const ended = await collected(first);
  console.log(JSON.stringify({ ended, flooded: store.deref() === undefined }));
  stream.close();
}

main();
