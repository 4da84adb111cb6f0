'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { PATIENCE_MS, iterate, open, serve } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { MIB } = require('./support/memory.js');
const { FLOODS, startFlood } = require('./support/programs/flood-server.js');

/** Milliseconds between two events of the honest stream, and how many are heard beside a flood. */
const EVERY = 5;
const HEARD = 50;
/**
 * How late an event in the middle may be on a machine that is busy with other things, in milliseconds.
 * Without turns all of them are late, and by seconds; the worst is printed.
 */
const MOST_DELAY = 400;

for (const name of FLOODS) {
  test(`${name} delay no other stream, and can be left`, async (t) => {
    const server = await serve(t, async (exchange) => {
      for (;;) {
        await exchange.event({ data: performance.now() });
        await exchange.sleep(EVERY);
      }
    });
    const flood = await startFlood(name);
    t.after(() => flood.stop());
    const delays = [];
    const honest = open(t, server.url);
    honest.on('event', ({ data }) => delays.push(performance.now() - Number(data)));
    await until(() => delays.length >= 5, PATIENCE_MS, 'the honest stream');
    const hostile = open(t, flood.url, { retry: false });
    hostile.on('event', () => {});
    await until(() => flood.sent() > 0, PATIENCE_MS, 'the flood');
    delays.length = 0;
    await until(() => delays.length >= HEARD, 6 * PATIENCE_MS, 'the honest stream beside it');
    const sorted = delays.toSorted((a, b) => a - b);
    const [middle, worst] = [sorted[HEARD >> 1], sorted.at(-1)].map((ms) => ms.toFixed(1));
    const sent = (flood.sent() / MIB).toFixed(1);
    t.diagnostic(`delay ${middle} ms, at worst ${worst} ms; ${sent} MiB came`);
    assert.ok(middle < MOST_DELAY, `half of the events came ${middle} ms late`);
    assert.notEqual(hostile.retryState.state, 'closed', 'the flood goes on');
    hostile.close();
    await within(flood.closed, PATIENCE_MS, 'the close');
  });
}

test('clocks run while a flood goes on', async (t) => {
  const comments = zlib.gzipSync(Buffer.alloc(16 * MIB, ': x\n'));
  const server = await serve(t, async (exchange) => {
    exchange.head(200, { 'content-encoding': 'gzip' });
    for (;;) await exchange.write(comments);
  });
  for (const [timeouts, phase] of [
    [{ event: { ms: 200 } }, 'event'],
    [{ total: 200 }, 'total'],
  ]) {
    const { data, error } = await iterate(open(t, server.url, { retry: false, timeouts }));
    assert.deepEqual([data, error?.code, error?.phase], [[], 'ERR_SSE_TIMEOUT', phase]);
  }
});
