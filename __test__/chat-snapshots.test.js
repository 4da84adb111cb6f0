'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');

const CALL = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };

/** A provider whose next event comes when the test says so. */
async function stepwise(t, script) {
  let allowed = 0;
  const before = (index) => until(() => allowed > index, PATIENCE_MS, 'the next step');
  const provider = await startProvider(t, { ...script, before });
  return {
    provider,
    step: () => {
      allowed += 1;
    },
  };
}

test('an answer that nobody has begun to read has an empty snapshot', async (t) => {
  const provider = await startProvider(t, { faults: [{ before: 'stall' }] });
  const answer = ask(t, provider.options());
  const { attempts, ...empty } = answer.snapshot();
  assert.deepEqual(empty, {
    id: null,
    model: null,
    content: '',
    reasoning: '',
    refusal: '',
    toolCalls: [],
    finishReason: null,
    usage: null,
  });
  assert.ok(attempts.length <= 1);
});

test('a snapshot is the answer so far, event by event, and at last the message', async (t) => {
  const answer = { reasoning: ['hm', '…'], text: ['你', '好'], calls: [CALL] };
  const { provider, step } = await stepwise(t, { answer });
  const stream = ask(t, provider.options());
  const seen = [withoutAttempts(stream.snapshot())];
  for (const { says } of provider.frames()) {
    step();
    if (says === 'start' || says === 'done') continue;
    const before = JSON.stringify(seen.at(-1));
    const changed = () => JSON.stringify(withoutAttempts(stream.snapshot())) !== before;
    await until(changed, PATIENCE_MS, `a snapshot after ${says}`);
    seen.push(withoutAttempts(stream.snapshot()));
  }
  step();
  assert.deepEqual(seen.map(({ reasoning, content }) => [reasoning, content]).slice(1, 5), [
    ['hm', ''],
    ['hm…', ''],
    ['hm…', '你'],
    ['hm…', '你好'],
  ]);
  const message = await stream.message();
  assert.deepEqual(seen.at(-1), withoutAttempts(message));
  assert.deepEqual(stream.snapshot(), message);
});

const withoutAttempts = ({ attempts: _, ...snapshot }) => snapshot;

test('a snapshot belongs to its caller', async (t) => {
  const provider = await startProvider(t, { answer: { calls: [CALL] } });
  const answer = ask(t, provider.options());
  const message = await answer.message();
  const snapshot = answer.snapshot();
  snapshot.toolCalls[0].arguments = 'changed';
  snapshot.attempts.length = 0;
  assert.equal(answer.snapshot().toolCalls[0].arguments, CALL.arguments.join(''));
  assert.equal(answer.snapshot().attempts.length, 1);
  assert.equal(message.toolCalls[0].arguments, CALL.arguments.join(''));
});

test('onSnapshot tells while the answer grows, no more often than asked, and its end', async (t) => {
  const every = 100;
  const provider = await startProvider(t, {
    answer: { text: Array(300).fill('word ') },
    before: (index, { exchange }) => (index % 3 === 0 ? exchange.sleep(5) : undefined),
  });
  const answer = ask(t, provider.options());
  const seen = [];
  const started = performance.now();
  assert.equal(
    answer.onSnapshot((snapshot) => seen.push({ snapshot, at: performance.now() }), { every }),
    answer,
  );
  const message = await answer.message();
  const took = performance.now() - started;
  await until(
    () => seen.at(-1)?.snapshot.finishReason === 'stop',
    PATIENCE_MS,
    'the last snapshot',
  );
  assert.deepEqual(seen.at(-1).snapshot, message);
  assert.ok(seen.length >= 3, `${seen.length} snapshots in ${took} ms`);
  assert.ok(seen.length <= took / every + 2, `${seen.length} snapshots in ${took} ms`);
  for (const [index, { snapshot }] of seen.entries()) {
    if (index === 0) continue;
    const { content } = seen[index - 1].snapshot;
    assert.ok(snapshot.content.startsWith(content));
    // The last may come for its end alone.
    if (index < seen.length - 1) assert.ok(snapshot.content.length > content.length);
  }
});

test('onSnapshot is silent while nothing changes', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 2, how: 'stall' }] });
  const answer = ask(t, provider.options());
  const begun = provider.answer.text.slice(0, 2).join('');
  const seen = [];
  answer.onSnapshot((snapshot) => seen.push(snapshot.content), { every: 10 });
  await until(() => seen.at(-1) === begun, PATIENCE_MS, 'the snapshot');
  const count = seen.length;
  // Many times as long as another one would take.
  await outcome(provider.requests[0].exchange.sleep(200));
  assert.equal(seen.length, count);
  answer.stop();
});

test('after a restart a snapshot is of the new answer alone', async (t) => {
  const provider = await startProvider(t, {
    answer: { text: ['a long ', 'first try'] },
    faults: [
      { content: 2, how: 'end' },
      { content: 1, how: 'stall' },
    ],
  });
  const answer = ask(t, { ...provider.options(), resume: 'restart' });
  answer.once('retry', () => provider.follow({ answer: { text: ['short', '!'] } }));
  const isShort = () => answer.snapshot().content === 'short';
  await until(isShort, PATIENCE_MS, 'the new answer');
  assert.equal(answer.snapshot().id, 'answer-2');
  assert.equal(answer.snapshot().attempts.length, 2);
});

test('`every` is checked at once', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, provider.options());
  for (const every of [-1, Number.NaN, '5', null]) {
    assert.throws(() => answer.onSnapshot(() => {}, { every }), { code: 'ERR_SSE_OPTION' });
  }
  assert.throws(() => answer.onSnapshot('not a function'), { code: 'ERR_SSE_OPTION' });
  assert.equal(await answer.text(), provider.text);
});
