// What a client is put through: each work takes how to open a stream, and gives its measures.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHECKED_EVENTS, Checksum } from './checksum.mjs';
import { Meter } from './meter.mjs';

/**
 * @typedef {object} Task
 * @property {(url: string, sink: object) => void} open opens a stream
 * @property {string} url
 * @property {number} warmup milliseconds
 * @property {number} measured milliseconds
 * @property {number} [streams]
 */

const ignore = () => {};

/** Every work, by name. */
export const WORKS = { flood, many, opening, lone, keep };

/** The checksum of the first events, received before anything is measured. */
export function check({ open, url }) {
  return new Promise((resolve) => {
    const checksum = new Checksum();
    const onEvent = (event) => {
      // A client that reconnects after the end must not count on.
      if (checksum.events === CHECKED_EVENTS) return;
      checksum.add(event);
      if (checksum.events === CHECKED_EVENTS) resolve(checksum.toString());
    };
    open(url, { onOpen: ignore, onEvent });
  });
}

/** One stream at full speed. */
async function flood({ open, url, warmup, measured }) {
  const counter = new Counter();
  open(url, { onOpen: ignore, onEvent: counter.take });
  await sleep(warmup);
  return counter.measure(measured);
}

/** Many streams, each with an event now and then. */
async function many({ open, url, streams, warmup, measured }) {
  const counter = new Counter();
  await openAll(streams, (onOpen) => open(url, { onOpen, onEvent: counter.take }));
  await sleep(warmup);
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  const measures = await counter.measure(measured);
  return { ...measures, loopDelay: delays.percentile(99) / 1e6 - RESOLUTION };
}

/** The timer that meets the delays, in milliseconds. */
const RESOLUTION = 1;

/** Streams that are opened all at once and then say nothing. */
async function opening({ open, url, streams }) {
  const before = await memory();
  const meter = new Meter();
  await openAll(streams, (onOpen) => open(url, { onOpen, onEvent: ignore }));
  const cost = perPiece(meter.read(), streams);
  const after = await memory();
  return { ...cost, memory: (after.rss - before.rss) / streams / 1e3 };
}

/** One stream with a lone event now and then, which holds the time of its writing. */
async function lone({ open, url, warmup, measured }) {
  const delays = [];
  let measuring = false;
  const onEvent = ({ data }) => {
    const now = Number(process.hrtime.bigint());
    if (measuring) delays.push((now - Number(data)) / 1e3);
  };
  open(url, { onOpen: ignore, onEvent });
  await sleep(warmup);
  measuring = true;
  await sleep(measured);
  delays.sort((a, b) => a - b);
  const percentile = (share) => delays[Math.floor(delays.length * share)];
  return { p50: percentile(0.5), p99: percentile(0.99) };
}

/** One event in a thousand of a million is kept. */
async function keep({ open, url }) {
  // The first million brings the process to its working size, the second tells how it grows anyway.
  await receiveMillion(open, url, ignore);
  const first = await memory();
  await receiveMillion(open, url, ignore);
  const second = await memory();
  const kept = [];
  await receiveMillion(open, url, (event, number) => {
    if (number % 1000 === 0) kept.push(event);
  });
  const third = await memory();
  const bytes = kept.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
  const per = (kind) => (third[kind] - second[kind] - (second[kind] - first[kind])) / bytes;
  return { kept: per('rss'), heap: per('heapUsed') };
}

/** Needs a client whose `open` returns how to close. */
function receiveMillion(open, url, take) {
  return new Promise((resolve) => {
    let number = 0;
    const onEvent = (event) => {
      take(event, ++number);
      if (number < 1e6) return;
      close();
      resolve();
    };
    const close = open(url, { onOpen: ignore, onEvent });
  });
}

/** Resolves once as many streams are open. */
function openAll(streams, open) {
  return new Promise((resolve) => {
    let opened = 0;
    for (let stream = 0; stream < streams; stream++) {
      open(() => {
        if (++opened === streams) resolve();
      });
    }
  });
}

/** Memory in bytes, without what nothing needs any more: V8 gives pages back a while later. */
async function memory() {
  for (let round = 0; round < 3; round++) {
    gc();
    await sleep(100);
  }
  return process.memoryUsage();
}

/** What one event, or one stream, cost. */
function perPiece({ elapsed, cpu, jsThread, jsCpu }, pieces) {
  return {
    jsThread: jsThread / pieces,
    jsCpu: jsCpu / pieces,
    cpu: cpu / pieces,
    rate: pieces / (elapsed / 1e6),
  };
}

/** Counts events, and makes sure that each came whole. */
class Counter {
  #events = 0;
  #units = 0;
  #length = 0;

  /** @param {{ data: string }} event */
  take = ({ data }) => {
    this.#events++;
    this.#units += data.length;
    this.#length = data.length;
  };

  async measure(milliseconds) {
    const before = this.#events;
    const meter = new Meter();
    await sleep(milliseconds);
    const cost = meter.read();
    const events = this.#events - before;
    if (events === 0 || this.#units !== this.#events * this.#length) {
      throw new Error('events are missing, or not whole');
    }
    return perPiece(cost, events);
  }
}
