'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { iterate, open, serve } = require('./support/client.js');
const { floodDelays } = require('./support/flood-delays.js');
const { MIB } = require('./support/memory.js');
const { FLOODS } = require('./support/programs/flood-server.js');

/** How many events of the honest stream are heard beside each flood; `npm run bench -- --floods` hears more. */
const EFFORT = { events: 60, rounds: 1 };
/**
 * How late an event in the middle may be on a machine that is busy with other things, in milliseconds.
 * Without turns all of them are late, and by seconds; the worst is printed.
 */
const MOST_DELAY = 400;

for (const name of FLOODS) {
  test(`${name} delay no other stream, and can be left`, async (t) => {
    const { own, control, sent, states } = await floodDelays(name, EFFORT);
    const shown = [own, control].map(({ median, worst }) => {
      return `${median.toFixed(1)} ms, at worst ${worst.toFixed(1)} ms`;
    });
    t.diagnostic(
      `delay ${shown[0]}; of node:http ${shown[1]}; ${(sent / MIB).toFixed(1)} MiB came`,
    );
    assert.ok(sent > 0, 'the flood came');
    assert.ok(own.median < MOST_DELAY, `half of the events came ${own.median} ms late`);
    assert.ok(!states.includes('closed'), 'the flood goes on');
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
