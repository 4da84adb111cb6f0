'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect } = require('../index.js');
const { dataOf, startChaos } = require('./support/chaos-source.js');
const { within } = require('./support/deadline.js');

const EVENTS = 10_000;
const SEEDS = 20;
/** Generous: a seed takes a second or two where nothing else runs. */
const SEED_MS = 50_000;

const IDS = Array.from({ length: EVENTS }, (_, index) => String(index + 1));

const OPTIONS = {
  terminal: { event: 'done' },
  retry: { baseDelay: 1, minDelay: 1, maxDelay: 5, resetAfter: 0 },
  timeouts: { idle: 200 },
};

/** Both ways to consume a stream; each resolves with the events, the terminal one last. */
const CONSUMERS = {
  async iterator(stream) {
    const events = [];
    for await (const event of stream) events.push(event);
    return events;
  },
  async emitter(stream) {
    const events = [];
    stream.on('event', (event) => events.push(event));
    const { reason } = await stream.closed;
    assert.equal(reason, 'terminal');
    return events;
  },
};

/** Whether a request asked for what the client had: what it had before, or an event of the last answer. */
function follows(request, last) {
  const id = Number(request.resumed ?? 0);
  return id === Number(last.resumed ?? 0) || (id >= last.from && id <= last.to);
}

async function survive(t, { seed, consumer, dedupe }) {
  const source = await startChaos({ seed, total: EVENTS, replays: dedupe });
  const { server, faults, log } = source;
  t.after(() => server.close());
  const started = performance.now();
  const stream = connect(server.url, { ...OPTIONS, dedupe });
  t.after(() => stream.close());
  source.serves({ attempt: () => stream.stats.attempts });
  /** What each attempt, from 1, has to resume after. */
  const delivered = [undefined, ''];
  stream.on('retry', ({ error }) => {
    delivered.push(stream.lastEventId);
    if (error?.code === 'ERR_SSE_CONNECT' && error.phase === 'connect') source.refused();
  });
  const events = await within(CONSUMERS[consumer](stream), SEED_MS, `the end of seed ${seed}`);

  const counts = Object.entries(faults).map(([name, count]) => `${name} ${count}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  t.diagnostic(
    `${seconds} s, ${server.connections.length} connections, ${log.length} requests: ${counts.join(', ')}`,
  );

  assert.equal(events.pop()?.event, 'done');
  assert.deepEqual(
    events.map(({ id }) => id),
    IDS,
  );
  assert.deepEqual(
    events.map(({ data }) => data),
    IDS.map((id) => dataOf(Number(id))),
  );
  assert.equal(stream.lastEventId, String(EVENTS));
  assert.equal(stream.stats.attempts, delivered.length - 1);
  for (const [index, request] of log.entries()) {
    const what = `request ${index} of attempt ${request.attempt}`;
    assert.match(request.resumed ?? '1', /^[1-9]\d*$/, what);
    if (index > 0)
      assert.ok(follows(request, log[index - 1]), `${what} asked for ${request.resumed}`);
    // With an iterator the newest id received is ahead of the newest one delivered.
    if (consumer === 'emitter')
      assert.equal(request.resumed ?? '', delivered[request.attempt], what);
  }
  for (const [name, count] of Object.entries(faults)) assert.ok(count > 0, `no ${name} came`);
  const again = log.some(({ resumed, from, to }) => from <= to && from <= Number(resumed));
  assert.equal(again, dedupe, 'events were sent again');
}

test('events come exactly once and in order through every fault', { concurrency: 4 }, async (t) => {
  const runs = Array.from({ length: SEEDS }, (_, index) => {
    const seed = index + 1;
    const consumer = seed % 2 === 0 ? 'iterator' : 'emitter';
    const dedupe = seed % 4 > 1;
    const name = `seed ${seed}, ${consumer}${dedupe ? ', with events sent again' : ''}`;
    return t.test(name, (t) => survive(t, { seed, consumer, dedupe }));
  });
  await Promise.all(runs);
});
