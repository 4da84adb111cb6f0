// One instance of an application behind a server of its own, which tells what it costs.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Meter } from '../meter.mjs';

/** The timer that meets the delays, in milliseconds. */
const RESOLUTION = 1;

const { client, upstream, redis } = JSON.parse(process.argv[2]);
const { application } = await import(`./${client}.mjs`);
const answer = await application(upstream, redis);
const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
await once(server, 'listening');

let meter;
let delays;

const ORDERS = {
  url: () => `http://127.0.0.1:${server.address().port}/`,
  begin: () => {
    delays = monitorEventLoopDelay({ resolution: RESOLUTION });
    delays.enable();
    meter = new Meter();
    return true;
  },
  read: () => {
    const { jsThread, jsCpu, cpu } = meter.read();
    return { jsThread, jsCpu, cpu, loopDelay: delays.percentile(99) / 1e6 - RESOLUTION };
  },
};

process.on('message', (order) => process.send(ORDERS[order]()));
process.on('disconnect', () => process.exit());
