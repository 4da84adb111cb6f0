// `npm run soak [-- --seconds 600 --streams 1000]`: many streams through reconnect storms. Memory,
// descriptors and threads must be flat; prints a table and a verdict, and exits with 1 if they grow.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import deadline from '../__test__/support/deadline.js';
import random from '../__test__/support/random.js';
import { Client } from './soak/client.mjs';
import { holdings } from './soak/holdings.mjs';
import { heading, row } from './soak/table.mjs';
import { judge } from './soak/verdict.mjs';

/** How long a storm lasts that lasts at all, at most. */
const STORM_MS = 1000;
/** The share of streams that is replaced in each period. */
const REPLACED = 1 / 20;
/** How long everything that is about to settle may take. */
const SETTLE_MS = 30_000;

const { seconds, streams, every, rate, seed } = options();
const chance = random.seeded(seed);

const server = fork(fileURLToPath(new URL('soak/server.mjs', import.meta.url)), [rate, seed]);
const gone = once(server, 'exit');
const [{ url, storms }] = await once(server, 'message');

/** Tells the server something; resolves with how many answers it has begun. */
async function tell(message) {
  const answered = once(server, 'message');
  server.send(message);
  const [{ answers }] = await answered;
  return answers;
}

// What the first stream of a process opens stays open.
const first = new Client(url, 1);
first.start();
await deadline.until(() => first.silent === 0, SETTLE_MS, 'the first event');
await first.stop();
const before = await settled();

const client = new Client(url, streams);
client.start();
console.log(`${streams} streams, ${seconds} s, a storm every ${every} s, seed ${seed}\n`);
console.log(heading());

const samples = [];
const started = performance.now();
let answers = await tell({});
let bag = [];
for (let period = 1; period * every <= seconds; period++) {
  const events = client.events;
  const storm = draw();
  await tell({ storm, ms: chance.integer(STORM_MS / 4, STORM_MS) });
  await client.replace(Math.ceil(streams * REPLACED), chance);
  await sleep(Math.max(0, started + period * every * 1000 - performance.now()));
  const { silent } = client;
  client.count();
  const total = await tell({});
  const sample = {
    time: (performance.now() - started) / 1000,
    storm,
    rate: (client.events - events) / every,
    answers: total - answers,
    silent,
    ...(await holdings()),
  };
  answers = total;
  samples.push(sample);
  console.log(row(sample));
}

const silent = await stillDelivering();
await client.stop();
const after = await settled(before.descriptors);
server.disconnect();
const [code] = await gone;
if (code !== 0) client.wrongs.push(`the server ended with ${code}`);

console.log(`\n${client.events} events, ${answers} answers, ${samples.length} storms`);
const verdict = judge({ samples, before, after, streams, silent, wrongs: client.wrongs });
for (const { claim, holds } of verdict) console.log(`  ${holds ? 'ok    ' : 'FAILED'}  ${claim}`);
process.exitCode = verdict.every(({ holds }) => holds) ? 0 : 1;

/** Every storm in one order before any comes again. */
function draw() {
  if (bag.length === 0) bag = [...storms];
  return bag.splice(chance.integer(0, bag.length - 1), 1)[0];
}

/** How many streams do not deliver although nothing has troubled them for long. */
async function stillDelivering() {
  client.count();
  const all = deadline.until(() => client.silent === 0, SETTLE_MS, 'an event of every stream');
  await all.catch(() => {});
  return client.silent;
}

/** What the process holds once the connections that are kept for reuse are gone. */
async function settled(expected = Number.POSITIVE_INFINITY) {
  await tell({ storm: 'drop' });
  const until = performance.now() + SETTLE_MS;
  let held = await holdings();
  while (held.descriptors > expected && performance.now() < until) {
    await sleep(50);
    held = await holdings();
  }
  return held;
}

function options() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      streams: { type: 'string', default: '1000' },
      every: { type: 'string' },
      rate: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
    },
  });
  // Short enough for several storms, long enough for all streams to be back after each.
  values.every ??= String(Math.max(5, Number(values.seconds) / 60));
  const numbers = Object.entries(values).map(([name, text]) => {
    const number = Number(text);
    if (!(number > 0)) {
      console.error(`soak: --${name} must be a number above 0, not ${JSON.stringify(text)}`);
      process.exit(2);
    }
    return [name, number];
  });
  return Object.fromEntries(numbers);
}
