// What a hub is put through.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Meter } from '../meter.mjs';
import { spread } from '../results.mjs';
import { memory, perPiece } from '../works.mjs';

/**
 * @typedef {object} Task
 * @property {import('./load.mjs').Load} load
 * @property {import('./publisher.mjs').Publisher} publisher
 * @property {number} clients
 * @property {number} gap milliseconds between two events
 * @property {number} stalled so many clients more, which never read
 * @property {number} silence for how many milliseconds they do not read
 * @property {number} warmup milliseconds
 * @property {number} measured milliseconds
 */

/** Every work, by name. */
export const WORKS = { steady, saturated, broadcasts, idle, stalling };

/** An event to all now and then. */
async function steady({ load, publisher, clients, gap, warmup, measured }) {
  await publisher.open(clients);
  const checksum = await publisher.check();
  await publisher.every(gap, warmup);
  const { rate, ...cost } = await costOf(load, publisher, () => publisher.every(gap, measured));
  return { checksum, ...cost };
}

/** So many events may be under way at full speed. */
const UNDER_WAY = 8;

/** As many events as the hub can send. */
async function saturated({ load, publisher, clients, warmup, measured }) {
  await publisher.open(clients);
  const checksum = await publisher.check();
  await publisher.saturate(UNDER_WAY, warmup);
  const { deliveryP50, deliveryP99, ...cost } = await costOf(load, publisher, () =>
    publisher.saturate(UNDER_WAY, measured),
  );
  return { checksum, ...cost };
}

/** What a delivery costs of those that are made in the meantime. */
async function costOf(load, { pid }, deliver) {
  await load.begin();
  const meter = new Meter(pid);
  await deliver();
  const cost = meter.read();
  const { deliveries, p50, p99 } = await load.end();
  return { ...perPiece(cost, deliveries), deliveryP50: p50, deliveryP99: p99 };
}

/** Before those that count, and those. */
const ROUNDS = [2, 5];
/** Milliseconds around a broadcast in which its stall may show. */
const AROUND = 100;
/** The timer that meets the stalls, in milliseconds. */
const RESOLUTION = 1;

/** One event to all, several times over. */
async function broadcasts({ publisher, clients }) {
  await publisher.open(clients);
  const checksum = await publisher.check();
  const [before, counted] = ROUNDS;
  for (let round = 0; round < before; round++) await broadcast(publisher);
  const rounds = [];
  for (let round = 0; round < counted; round++) rounds.push(await broadcast(publisher));
  const usual = (name) => spread(rounds.map((round) => round[name])).median;
  return { checksum, stall: usual('stall'), last: usual('last') };
}

async function broadcast(publisher) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  await sleep(AROUND);
  const last = await publisher.publish();
  await sleep(AROUND);
  delays.disable();
  return { stall: delays.max / 1e6 - RESOLUTION, last };
}

/** The first clients bring a process to its working size: room that V8 makes for what is new is not theirs. */
const FIRST = 5000;

/** Clients that have received something and now wait. */
async function idle({ publisher, clients }) {
  await publisher.open(FIRST);
  const checksum = await publisher.check();
  const before = await memory(publisher.pid);
  await publisher.open(clients);
  await publisher.publish();
  const after = await memory(publisher.pid);
  return { checksum, memory: (after.rss - before.rss) / clients / 1e3 };
}

/** In as many milliseconds the log of a hub is full that has one. */
const FILLING_MS = 3000;

/** The same events without and, as long again, with clients that never read. */
async function stalling({ load, publisher, clients, stalled, silence, gap }) {
  await publisher.open(clients);
  const checksum = await publisher.check();
  const before = watchMemory();
  await publisher.saturate(1, FILLING_MS);
  const without = await costOf(load, publisher, () => publisher.every(gap, silence));
  const usual = before.end();
  await publisher.open(stalled);
  await load.stall(stalled);
  const during = watchMemory();
  const beside = await costOf(load, publisher, () => publisher.every(gap, silence));
  return {
    checksum,
    growth: (during.end() - usual) / 2 ** 20,
    deliveryP99: beside.deliveryP99,
    beside: beside.deliveryP99 / without.deliveryP99,
  };
}

/** Milliseconds between two looks at the memory. */
const LOOK = 50;

/** Finds the most memory that the process has: what it has after a collection depends on chance by megabytes. */
function watchMemory() {
  let most = 0;
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, LOOK);
  return {
    end: () => {
      clearInterval(timer);
      look();
      return most;
    },
  };
}
