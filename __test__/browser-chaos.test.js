'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { bundle } = require('./support/bundle.js');
const { launch, startSite, withoutPlaywright } = require('./support/playwright.js');
const { seeded } = require('./support/random.js');

/** How many seeds: one for every change, more for a release. */
const SEEDS = Number(process.env.PERENNIAL_TEST_SEEDS ?? 1);

const EVENTS = 500;
const STREAM = { 'content-type': 'text/event-stream' };

/** What a parser has to pass over. */
const GARBAGE = [
  ': a comment\n\n',
  'junk without a colon\n\n',
  'unknown: field\n\n',
  'retry: soon\n\n',
  Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x0a]),
  '\n\n\n',
];

/** How a connection may end, or not begin. */
const FAULTS = {
  reset: (response) => response.socket.resetAndDestroy(),
  truncation: (response) => response.socket.destroySoon(),
  end: (response) => response.end(),
};
const REFUSALS = {
  unavailable: [503, { 'retry-after': '1' }],
  limited: [429, {}],
};

/** Both clients hear the same server; how long each is without a connection is counted. */
const SCRIPT = `
  import { connect } from 'perennial-sse';
  const heard = [];
  const gaps = { ours: [], native: [] };
  const measured = (name) => {
    let lost;
    return {
      open: () => lost !== undefined && gaps[name].push(performance.now() - lost),
      lose: () => { lost = performance.now(); },
    };
  };
  window.heard = heard;
  window.gaps = gaps;
  window.run = (url) => {
    const clock = measured('ours');
    const stream = connect(url, { terminal: { event: 'end' } });
    stream.on('event:message', ({ data }) => heard.push(Number(data)));
    stream.on('open', clock.open).on('retry', clock.lose);
    return stream.closed;
  };
  window.runNative = (url) => {
    const clock = measured('native');
    const source = new EventSource(url);
    source.onopen = clock.open;
    source.onerror = clock.lose;
  };
`;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

describe('chaos in chromium', { skip: withoutPlaywright }, () => {
  let browser;
  let script;
  before(async () => {
    [browser, script] = await Promise.all([launch(), bundle(SCRIPT)]);
  });
  after(() => browser?.close());

  for (let seed = 1; seed <= SEEDS; seed++) {
    test(`seed ${seed}: ${EVENTS} events come once and in order, and no later than with EventSource`, async (t) => {
      const random = seeded(seed);
      const met = new Set();
      let turn = 0;
      const site = await startSite(script, (request, response) => {
        if (request.url === '/native') {
          response.writeHead(200, STREAM);
          response.write('data: x\n\n');
          setTimeout(() => response.socket?.resetAndDestroy(), 20);
          return;
        }
        turn += 1;
        if (turn % 4 === 0) {
          const name = random.pick(Object.keys(REFUSALS));
          met.add(name);
          response.writeHead(...REFUSALS[name]).end();
          return;
        }
        response.writeHead(200, STREAM);
        const from = Number(request.headers['last-event-id'] ?? 0);
        const last = Math.min(EVENTS, from + random.integer(40, 80));
        for (let number = from + 1; number <= last; number++) {
          if (random.chance(0.2)) {
            met.add('garbage');
            response.write(random.pick(GARBAGE));
          }
          response.write(`id: ${number}\ndata: ${number}\n\n`);
        }
        if (last === EVENTS) {
          response.end('event: end\ndata: \n\n');
          return;
        }
        // Half an event is none.
        response.write(`id: ${last + 1}\ndata: ${last + 1}\n`);
        const name = random.pick(Object.keys(FAULTS));
        met.add(name);
        setTimeout(() => FAULTS[name](response), 20);
      });
      const context = await browser.newContext();
      t.after(async () => {
        await context.close();
        site.close();
      });
      const page = await context.newPage();
      await page.goto(`${site.url}/page`);
      const { reason } = await page.evaluate(() => {
        window.runNative('/native');
        return window.run('/events');
      });
      assert.equal(reason, 'terminal');
      const heard = await page.evaluate(() => window.heard);
      assert.deepEqual(
        heard,
        Array.from({ length: EVENTS }, (_, index) => index + 1),
      );
      const { ours, native } = await page.evaluate(() => window.gaps);
      t.diagnostic(
        `p50: ${Math.round(median(ours))} ms, EventSource ${Math.round(median(native))} ms`,
      );
      t.diagnostic(`met: ${[...met].join(', ')}`);
      assert.ok(native.length >= 2 && ours.length >= 4);
      assert.ok(median(ours) <= median(native));
    });
  }
});
