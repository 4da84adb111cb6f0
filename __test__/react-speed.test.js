'use strict';

const assert = require('node:assert/strict');
const { before, describe, test } = require('node:test');
const { withoutPlaywright } = require('./support/playwright.js');

/** Seconds of a stream; ten for a release. */
const SECONDS = Number(process.env.PERENNIAL_TEST_SECONDS ?? 3);

describe('1,000 events a second beside a component that takes 4 ms', {
  skip: withoutPlaywright,
}, () => {
  let rows;
  before(async () => {
    const { measure } = await import('../bench/pages/measure.mjs');
    const ways = ['useEventStream', 'useAnswer', 'useChat'];
    const measured = await measure(ways, { rate: 1000, seconds: SECONDS, child: 4 });
    rows = Object.fromEntries(measured.map(({ way, ...row }) => [way, row]));
  });

  for (const way of ['useEventStream', 'useAnswer']) {
    test(`${way} renders at most once a frame, and no key waits for longer than 50 ms`, (t) => {
      const { renders, frames, longestDelay, characters } = rows[way];
      t.diagnostic(`${renders} renders in ${frames} frames, ${Math.round(longestDelay)} ms`);
      assert.ok(characters >= SECONDS * 1000 * 'token'.length);
      // The first one, and the states of the connection, come at once.
      assert.ok(renders <= frames + 5, `${renders} renders in ${frames} frames`);
      assert.ok(renders >= SECONDS * 5, `only ${renders} renders`);
      assert.ok(longestDelay <= 50, `a key waited for ${longestDelay} ms`);
    });
  }

  test('a token takes less of the main thread than with useChat of the AI SDK', (t) => {
    const { useAnswer, useChat } = rows;
    t.diagnostic(`${useAnswer.perToken.toFixed(3)} ms beside ${useChat.perToken.toFixed(3)} ms`);
    // Most of it is the browser's, which reads 1,000 pieces a second: 0.4 on a machine with nothing else to do.
    assert.ok(useAnswer.perToken < useChat.perToken);
    assert.ok(useAnswer.renders < useChat.renders);
  });
});

describe('1,000 events a second beside a component that takes 20 ms', {
  skip: withoutPlaywright,
}, () => {
  test('it is rendered so seldom that the page is free for its user', async (t) => {
    const { measure } = await import('../bench/pages/measure.mjs');
    const child = 20;
    const [row] = await measure(['useAnswer'], { rate: 1000, seconds: SECONDS, child });
    const share = (row.renders * child) / (row.seconds * 1000);
    t.diagnostic(`${row.renders} renders take ${share.toFixed(2)} of ${row.seconds.toFixed(1)} s`);
    assert.ok(share <= 0.3, `rendering takes ${share} of the time`);
    assert.ok(row.renders >= SECONDS * 3, `only ${row.renders} renders`);
    assert.ok(row.characters >= SECONDS * 1000 * 'token'.length);
  });
});
