// What a client is put through: each work takes how to open a stream, and gives its measures.

import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHECKED_EVENTS, Checksum } from './checksum.mjs';
import { Meter } from './meter.mjs';

/**
 * @typedef {object} Task
 * @property {(url: string, sink: object) => void} open opens a stream; one of an answer resolves at
 *   its end
 * @property {string} url
 * @property {number} warmup milliseconds
 * @property {number} measured milliseconds
 * @property {number} [compiling] milliseconds
 * @property {number} [streams]
 * @property {number} [tokens] of one answer
 */

const ignore = () => {};

/** What V8 compiles at first, it compiles on the one core that a client may have here. */
const COMPILED_MS = 1000;

/** Every work, by name. */
export const WORKS = { flood, answers, many, manyAnswers, opening, lone, keep };

/** The length of every token that the server sends. */
const TOKEN = 5;

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

/** The same for an answer, whose text may come in any pieces. */
export async function checkAnswer({ open, url }) {
  const checksum = new Checksum();
  checksum.add({ data: await answer({ open, url, tokens: CHECKED_EVENTS }) });
  return checksum.toString();
}

/** One stream at full speed. */
async function flood({ open, url, warmup, measured }) {
  const counter = new Counter();
  open(url, { onOpen: ignore, onEvent: counter.take });
  await sleep(warmup);
  return counter.measure(measured);
}

/** Answers at full speed, one after the other: the last one that is begun is measured to its end. */
async function answers({ warmup, measured, ...task }) {
  await answersFor(warmup, task);
  const meter = new Meter();
  const tokens = await answersFor(measured, task);
  return perPiece(meter.read(), tokens);
}

async function answersFor(milliseconds, task) {
  const until = performance.now() + milliseconds;
  let tokens = 0;
  do {
    await answer(task);
    tokens += task.tokens;
  } while (performance.now() < until);
  return tokens;
}

/** The text of one answer. */
async function answer({ open, url, tokens }) {
  let text = '';
  const onText = (piece) => {
    text += piece;
  };
  await open(url, { onOpen: ignore, onText });
  if (text.length !== tokens * TOKEN) throw new Error('an answer is not whole');
  return text;
}

/** Many streams, each with an event now and then. */
function many(task) {
  const counter = new Counter();
  return measureMany(counter, { onEvent: counter.take }, task);
}

/** Many answers, each with a token now and then. */
function manyAnswers(task) {
  const counter = new Counter();
  return measureMany(counter, { onText: counter.takeText }, task);
}

async function measureMany(counter, sink, task) {
  const { open, url, streams, warmup, measured, compiling = COMPILED_MS } = task;
  await openAll(streams, (onOpen) => open(url, { onOpen, ...sink }));
  // What V8 compiles at first is no part of what an event costs.
  await sleep(Math.max(warmup, compiling));
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
async function lone({ open, url, warmup, measured, compiling = COMPILED_MS }) {
  const delays = [];
  let measuring = false;
  const onEvent = ({ data }) => {
    const now = Number(process.hrtime.bigint());
    if (measuring) delays.push((now - Number(data)) / 1e3);
  };
  open(url, { onOpen: ignore, onEvent });
  await sleep(Math.max(warmup, compiling));
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
export async function memory(pid) {
  if (pid !== undefined) {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return { rss: Number(kilobytes) * 1024 };
  }
  for (let round = 0; round < 3; round++) {
    gc();
    await sleep(100);
  }
  return process.memoryUsage();
}

/** What one event, one stream or one delivery cost. */
export function perPiece({ elapsed, cpu, jsThread, jsCpu }, pieces) {
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

  /** @param {string} text one token or several: a client may hand over at once what has waited */
  takeText = (text) => {
    this.#units += text.length;
    this.#events = this.#units / TOKEN;
    this.#length = TOKEN;
  };

  async measure(milliseconds) {
    const before = this.#events;
    const meter = new Meter();
    await sleep(milliseconds);
    const cost = meter.read();
    const events = this.#events - before;
    if (events === 0 || this.#units !== Math.floor(this.#events) * this.#length) {
      throw new Error('events are missing, or not whole');
    }
    return perPiece(cost, events);
  }
}
