'use strict';

// A server of events in a process of its own. It says its port, answers questions of its parent, and drains at SIGTERM.

const http = require('node:http');
const { once } = require('node:events');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { createHub, memoryLog } = require('../../../index.js');
const { rss } = require('../memory.js');
const { collect } = require('../gc.js');

const { log, ...options } = JSON.parse(process.argv[2] ?? '{}');
const hub = createHub({ ...options, ...(log && { log: memoryLog(log) }) });

const server = http.createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://app');
  hub.connect(request, response, { channels: searchParams.getAll('channel') });
});

const delay = monitorEventLoopDelay({ resolution: 1 });

const answers = {
  /** From now on the loop's delay counts. */
  watch() {
    delay.reset();
    delay.enable();
  },
  /** The longest delay since, in milliseconds. */
  longestDelay: () => delay.max / 1e6,
  /** All connections break, and there is no server until `back`. */
  async vanish() {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  },
  async back({ port }) {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  },
  stats: () => hub.stats(),
  /** The memory without garbage. */
  async settled() {
    if (global.gc) await collect();
    return rss();
  },
  rss: () => rss(),
  /** Publishes `count` events of `size` bytes to `channel`, one each `every` milliseconds. */
  async publish({ channel, count, size, every }) {
    for (let at = 0; at < count; at++) {
      await hub.publish(channel, { data: `${at} ${Date.now()} `.padEnd(size, '.') });
      if (every > 0) await new Promise((resolve) => setTimeout(resolve, every));
    }
    return hub.stats();
  },
};

process.on('message', async ({ ask, ...more }) => process.send((await answers[ask](more)) ?? null));

process.once('SIGTERM', async () => {
  server.close();
  process.disconnect?.();
  await hub.close({ spread: 300, deadline: 3000 });
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
