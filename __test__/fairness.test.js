'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { join } = require('node:path');
const { before, after, test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { runChild } = require('./support/child.js');
const { PATIENCE_MS, open, serve } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');

const program = (name) => join(__dirname, 'support', 'programs', name);

/** How long each client reads at full speed. */
const DURATION_MS = 5000;
/** When SIGINT is sent, in the middle of it. */
const SIGNAL_AFTER_MS = 2500;

let source;
let url;
/** What each client measured, by name; undici's comes first and is the measure of the others. */
const measured = {};

/** On the same clock as the clients'. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

before(async () => {
  source = spawn(process.execPath, [program('firehose.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await within(once(source.stdout, 'data'), 10_000, 'the port of the source');
  url = `http://127.0.0.1:${Number(port)}/`;
});

after(() => source.kill());

async function measure(t, reader) {
  let sent;
  const child = await runChild(program('busy-reader.js'), {
    args: [reader, url, String(DURATION_MS)],
    onSpawn: (process) => {
      process.stdout.once('data', async () => {
        await sleep(SIGNAL_AFTER_MS);
        sent = now();
        process.kill('SIGINT');
      });
    },
  });
  assert.deepEqual([child.code, child.signal, child.stderr], [0, null, ''], reader);
  const { signalled, ...result } = JSON.parse(child.stdout.split('\n')[1]);
  assert.notEqual(signalled, null, 'the handler of SIGINT ran');
  result.signal = signalled - sent;
  const shown = Object.entries(result).map(([name, value]) => {
    return `${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : value}`;
  });
  t.diagnostic(`${reader}: ${shown.join(', ')}`);
  assert.ok(result.events > 10_000, `the source was at full speed: ${result.events} events`);
  assert.equal(result.ended, 'TimeoutError');
  return result;
}

test("undici's fetch is the measure", async (t) => {
  measured.fetch = await measure(t, 'fetch');
});

for (const reader of ['iterator', 'emitter']) {
  test(`a busy ${reader} leaves timers and signals the turns they have under fetch`, async (t) => {
    const { fetch } = measured;
    const own = await measure(t, reader);
    assert.ok(own.p50 <= 3 * fetch.p50 + 10, `half of the gaps: ${own.p50} and ${fetch.p50} ms`);
    assert.ok(own.p99 <= 3 * fetch.p99 + 10, `99 % of the gaps: ${own.p99} and ${fetch.p99} ms`);
    // One gap may be another process's doing; a second without a turn is not.
    assert.ok(own.max <= Math.max(1000, 3 * fetch.max), `${own.max} and ${fetch.max} ms`);
    const bound = (value) => Math.max(250, value + 100);
    assert.ok(own.signal <= bound(fetch.signal), `SIGINT: ${own.signal} and ${fetch.signal} ms`);
    assert.ok(own.late <= bound(fetch.late), `timeout: ${own.late} and ${fetch.late} ms late`);
  });
}

/** Longer than a stream may go on in one turn. */
const SLOW_MS = 2;
const EVENTS = 30;

const READERS = {
  listener: (stream, take) => stream.on('event', take),
  loop: async (stream, take) => {
    for await (const event of stream) take(event);
  },
};

for (const [reader, read] of Object.entries(READERS)) {
  test(`a slow ${reader} leaves others a turn after each event`, async (t) => {
    const server = await serve(t, async (exchange) => {
      await exchange.write('data\n\n'.repeat(EVENTS));
      await exchange.stall();
    });
    const stream = open(t, server.url);
    await until(() => stream.stats.events === EVENTS, PATIENCE_MS, 'the events to wait');
    let turns = 0;
    const seen = [];
    const turn = () => {
      turns++;
      if (seen.length < EVENTS) setImmediate(turn);
    };
    turn();
    read(stream, () => {
      seen.push(turns);
      const end = now() + SLOW_MS;
      while (now() < end);
    });
    await until(() => seen.length === EVENTS, PATIENCE_MS, 'the events');
    assert.equal(new Set(seen).size, EVENTS, `turns: ${seen}`);
  });
}
