'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, iterate, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');

/** How long an answer may take, and how much later a busy machine may say so. */
const DEADLINE_MS = 500;
const LATE_MS = 400;

/** What an answer fails with, and after how long. */
async function failure(answer) {
  const started = performance.now();
  const { error } = await outcome(answer.message());
  return { error, took: performance.now() - started };
}

const inTime = (took) => {
  assert.ok(took >= DEADLINE_MS - 20, `${took} ms is too early`);
  assert.ok(took <= DEADLINE_MS + LATE_MS, `${took} ms is too late`);
};

/** Where a provider may hang. */
const STALLS = {
  'before the head': { before: 'stall' },
  'before content': { after: 1, how: 'stall' },
  'in the middle of the text': { content: 3, how: 'stall' },
  'in comments': { content: 3, how: 'comments' },
};

for (const [where, fault] of Object.entries(STALLS)) {
  test(`a provider that hangs ${where} is left at the deadline`, async (t) => {
    const provider = await startProvider(t, { faults: [fault] });
    const { error, took } = await failure(
      ask(t, { ...provider.options(), deadline: DEADLINE_MS, resume: 'restart' }),
    );
    assert.deepEqual([error.code, error.phase], ['ERR_SSE_TIMEOUT', 'total']);
    inTime(took);
    const pieces = provider.answer.text.slice(0, fault.content ?? 0);
    assert.equal(error.partial.content, pieces.join(''));
    const { closedBy } = await within(
      provider.requests[0].connection.closed,
      PATIENCE_MS,
      'the close at the server',
    );
    assert.equal(closedBy, 'client');
    assert.equal(provider.requests.length, 1);
  });
}

test('a deadline may be a date', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 1, how: 'stall' }] });
  const deadline = new Date(Date.now() + DEADLINE_MS);
  const { error, took } = await failure(ask(t, { ...provider.options(), deadline }));
  assert.deepEqual([error.code, error.phase], ['ERR_SSE_TIMEOUT', 'total']);
  inTime(took);
});

test('a wait that would outlive the deadline is not begun: the last failure ends the answer', async (t) => {
  for (const [fault, retry] of [
    [{ status: 429, headers: { 'retry-after': '30' } }, {}],
    [{ status: 503 }, { baseDelay: 30_000, minDelay: 30_000, maxDelay: 30_000 }],
  ]) {
    const provider = await startProvider(t, { faults: [fault] });
    const options = { ...provider.options(), retry, deadline: 10_000 };
    const { error, took } = await failure(ask(t, options));
    assert.deepEqual([error.code, error.status], ['ERR_SSE_STATUS', fault.status]);
    assert.ok(took < 2000, `${took} ms`);
    assert.equal(provider.requests.length, 1);
  }
});

test('no retry, restart or continuation outlives the deadline', async (t) => {
  for (const resume of ['restart', 'continue']) {
    // A trickle, cut again and again, that comes to no end in that time, and that a busy provider can
    // begin often enough in it.
    const faults = () => ({ content: 1, how: 'end' });
    const provider = await startProvider(t, { faults, answer: { text: Array(100).fill('x') } });
    const retry = { attempts: null, baseDelay: 20, minDelay: 20, maxDelay: 20, jitter: 'none' };
    const options = { ...provider.options(), prefill: 'deepseek', resume, retry };
    const { error, took } = await failure(ask(t, { ...options, deadline: DEADLINE_MS }));
    // At the deadline, or before a wait that would go beyond it.
    assert.ok(['ERR_SSE_TIMEOUT', 'ERR_SSE_TRUNCATED'].includes(error.code), error.code);
    assert.ok(took <= DEADLINE_MS + LATE_MS, `${took} ms`);
    const seen = provider.requests.length;
    assert.ok(seen > 1);
    assert.match(error.partial.content, /^x+$/);
    await assert.rejects(provider.server.request(seen, 100), /waited/);
  }
});

test('a flow that never ends is cut in the middle, and gives what came', async (t) => {
  const answer = { text: Array(10_000).fill('word ') };
  const provider = await startProvider(t, {
    answer,
    before: (index, { exchange }) => (index % 10 === 0 ? exchange.sleep(5) : undefined),
  });
  const stream = ask(t, { ...provider.options(), deadline: DEADLINE_MS });
  const { parts, error } = await iterate(stream.textStream);
  assert.deepEqual([error.code, error.phase], ['ERR_SSE_TIMEOUT', 'total']);
  assert.ok(parts.length > 0);
  assert.ok(error.partial.content.startsWith(parts.join('')));
});

test('an answer that is in time does not notice its deadline', async (t) => {
  const provider = await startProvider(t, { faults: [{ status: 503 }] });
  const answer = ask(t, { ...provider.options(), deadline: 60_000 });
  assert.equal(await answer.text(), provider.text);
  assert.deepEqual(await answer.closed, { reason: 'terminal' });
});
