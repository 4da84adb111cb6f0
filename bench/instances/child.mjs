// Puts one application through a row of two instances that share a Redis: answers come from the server of the benchmark
// to the first, readers are a process of their own. Prints what it measured as JSON.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from 'redis';
import { startRedis } from '../relays/redis.mjs';

const task = JSON.parse(process.argv[2]);
const { client, url: upstream, streams, joins, warmup, measured, build } = task;

/** So many more readers come behind, one after the other. */
const RESUMES = 200;

const server = await startRedis();
const redis = await createClient({ url: server }).connect();

/** A program of this folder, which is told things, answers, and is ended. */
function start(program, ...args) {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), args);
  const failed = () => process.exit(1);
  child.once('exit', failed);
  const tell = async (order) => {
    child.send(order);
    const [told] = await once(child, 'message');
    return told;
  };
  const end = () => {
    child.off('exit', failed).kill('SIGKILL');
    return once(child, 'exit');
  };
  return { tell, end };
}

const instance = { client: client.replace('instances-', ''), upstream, redis: server, build };
const instances = [1, 2].map(() => start('instance.mjs', JSON.stringify(instance)));
const urls = await Promise.all(instances.map(({ tell }) => tell('url')));
const reading = start('readers.mjs', `${streams}`, ...urls);
const readers = reading.tell;

/** What Redis has spent, in microseconds, and how often it has read from a connection. */
async function spent() {
  const info = Object.fromEntries(
    [...(await redis.info()).matchAll(/^(\w+):(.*)\r$/gm)].map(([, key, value]) => [key, value]),
  );
  const cpu = Number(info.used_cpu_sys) + Number(info.used_cpu_user);
  return { cpu: cpu * 1e6, reads: Number(info.total_reads_processed) };
}

await readers(['open']);
await sleep(warmup / 2);
if (joins) await readers(['join']);
await sleep(warmup / 2);

const before = { ...(await spent()), ...(await readers(['count'])) };
await Promise.all(instances.map(({ tell }) => tell('begin')));
await sleep(measured);
const costs = await Promise.all(instances.map(({ tell }) => tell('read')));
const after = { ...(await spent()), ...(await readers(['count'])) };

// What a token costs, and not its delivery: readers that join cost those that relay.
const tokens = after.first - before.first;
if (tokens === 0 || (joins && after.joined === before.joined)) {
  throw new Error('tokens are missing');
}
const sum = (measure) => costs.reduce((total, cost) => total + cost[measure], 0);
const each = Object.fromEntries(
  ['jsThread', 'jsCpu', 'cpu'].map((measure) => [measure, sum(measure) / tokens]),
);
const took = joins ? await readers(['resume', RESUMES]) : [];
took.sort((a, b) => a - b);
const { lost } = await readers(['count']);
const printed = {
  checksum: await readers(['text']),
  ...each,
  redisCpu: (after.cpu - before.cpu) / tokens,
  redisReads: (after.reads - before.reads) / tokens,
  ...(joins ? { resume: took[Math.floor(took.length * 0.99)] } : {}),
  loopDelay: Math.max(...costs.map(({ loopDelay }) => loopDelay)),
  lost,
};
// Before the server that they need.
for (const { end } of [reading, ...instances]) await end();
process.stdout.write(JSON.stringify(printed), () => process.exit());
