'use strict';

/**
 * An application that relays the events of one upstream: `GET /ID` runs or reads. Says its address, then answers
 * what its parent asks. Needs `--expose-gc`.
 *
 * Arguments: the URL of the upstream, options of the relay in JSON.
 */

const http = require('node:http');
const { readdirSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { connect, createRelay } = require('../../../index.js');
const { rss } = require('../memory.js');

const [upstream, options] = process.argv.slice(2);
const relay = createRelay({ retention: 1000, ...JSON.parse(options) });
const server = http.createServer(async (request, response) => {
  const id = new URL(request.url, upstream).pathname;
  const run = await relay.run(id, () => connect(upstream, { retry: false }));
  await run.pipe(request, response);
});

const ANSWERS = {
  settled: () => {
    globalThis.gc();
    return rss();
  },
  descriptors: () => readdirSync('/proc/self/fd').length,
  stats: () => relay.stats(),
  forget: async () => {
    while (relay.stats().logBytes > 0) await sleep(20);
    globalThis.gc();
    return true;
  },
};

process.on('message', async (question) => process.send(await ANSWERS[question]()));
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
