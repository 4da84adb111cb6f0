// Puts one application through the row of a relay, in a process of its own: answers come from the server of the
// benchmark, readers are a process of their own. Prints what it measured as JSON.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Meter } from '../meter.mjs';

const task = JSON.parse(process.argv[2]);
const { client, url, streams, joins, warmup, measured } = task;
const { application } = await import(`./${client.replace('relay-', '')}.mjs`);
const answer = await application(url);
const app = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});
app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
await once(app, 'listening');

const program = fileURLToPath(new URL('readers.mjs', import.meta.url));
const readers = fork(program, [`http://127.0.0.1:${app.address().port}/`, `${streams}`]);
const tell = async (order) => {
  readers.send(order);
  const [told] = await once(readers, 'message');
  return told;
};

await tell('open');
await sleep(warmup / 2);
if (joins) await tell('open');
await sleep(warmup / 2);

/** The timer that meets the delays, in milliseconds. */
const RESOLUTION = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
const before = await tell('count');
delays.enable();
const meter = new Meter();
await sleep(measured);
const { jsThread, jsCpu, cpu } = meter.read();
const loopDelay = delays.percentile(99) / 1e6 - RESOLUTION;
const after = await tell('count');
// What a token costs, and not its delivery: readers that join cost those that relay.
const tokens = after.first - before.first;
if (tokens === 0 || (joins && after.joined === before.joined))
  throw new Error('tokens are missing');
const { text } = await tell('text');
const measures = { jsThread, jsCpu, cpu };
const each = Object.fromEntries(Object.entries(measures).map(([name, us]) => [name, us / tokens]));
const printed = JSON.stringify({ checksum: text, ...each, loopDelay });
process.stdout.write(printed, () => process.exit());
