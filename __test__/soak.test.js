'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { runChild } = require('./support/child.js');
const { until } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');
const { MIB } = require('./support/memory.js');

const PROGRAM = join(__dirname, 'support', 'programs', 'short-streams.js');
const STREAMS = 20_000;
const AT_A_TIME = 50;
/** What the second half of the streams may add to what the first left. */
const MOST_GROWTH = 4 * MIB;
/** V8 sizes its young generation as it sees fit; here its sizing would pass for a leak. */
const NODE_ARGS = ['--expose-gc', '--max-semi-space-size=2'];

test(`${STREAMS} short streams leave nothing behind`, async (t) => {
  const server = await startServer(async (exchange) => {
    const { path } = exchange.request;
    if (path === '/drop') {
      for (const connection of server.open) {
        if (connection !== exchange.connection) connection.destroy();
      }
      exchange.head(200, {}, { framing: 'close' });
      await exchange.event({ data: 'dropped' });
      return exchange.end();
    }
    await exchange.write('id: 1\ndata: one\n\ndata: [DONE]\n\n');
    if (path === '/long') await exchange.stall();
  });
  t.after(() => server.close());
  const args = [server.url, String(STREAMS), String(AT_A_TIME)];
  const child = await runChild(PROGRAM, { args, nodeArgs: NODE_ARGS, timeout: 110_000 });
  assert.deepEqual([child.code, child.signal], [0, null], child.stderr);
  const { start, half, end, delivered } = JSON.parse(child.stdout);
  const mib = (bytes) => (bytes / MIB).toFixed(1);
  const sizes = [start, half, end].map(({ rss }) => mib(rss));
  t.diagnostic(`${Math.round(child.elapsed)} ms, ${sizes.join(', ')} MiB`);
  // Of the five uses two read both events, two the first, and one counts its abort.
  assert.equal(delivered, (STREAMS / 5) * 7);
  assert.ok(end.rss - half.rss <= MOST_GROWTH, `the second half added ${mib(end.rss - half.rss)}`);
  assert.equal(end.descriptors, start.descriptors);
  assert.ok(end.threads <= start.threads, `${start.threads} to ${end.threads} threads`);
  assert.deepEqual(end.listeners, { signal: 0, process: start.listeners.process });
  await until(() => server.open.length === 0, 1000, 'the end of every connection');
});
