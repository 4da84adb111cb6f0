'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear } = require('./support/answers.js');
const { startProvider } = require('./support/provider.js');

/** Waits that no test could outlast. */
const ENDLESS = { attempts: 2, baseDelay: 3_600_000, maxDelay: 3_600_000, jitter: 'none' };

/** The first request is answered with so many frames, and then no more. */
const silentAfter = (after) => ({ faults: [{ after, how: 'stall' }] });

/** Reconnects once, at the first event of this name. */
function reconnectAt(answer, name) {
  answer.once(name, () => answer.reconnect());
  return hear(answer);
}

test('`reconnect()` of an answer asks again at once, and counts no retry', async (t) => {
  const provider = await startProvider(t, silentAfter(0));
  const answer = ask(t, { ...provider.options(), retry: ENDLESS });
  const heard = await reconnectAt(answer, 'connected');
  assert.equal(heard.error, undefined);
  assert.equal(heard.text, provider.text);
  assert.deepEqual([heard.of('retry').length, heard.of('reset').length], [0, 0]);
  assert.equal(provider.requests.length, 2);
  assert.deepEqual([answer.stats.attempts, answer.stats.errorCount], [2, 0]);
});

test('after content it goes on as `resume` allows, and else from the beginning', async (t) => {
  for (const [more, resets] of [
    [{ resume: 'continue', prefill: 'deepseek' }, 0],
    [{ resume: 'restart' }, 1],
    [{ resume: 'fail' }, 1],
  ]) {
    const provider = await startProvider(t, silentAfter(4));
    const answer = ask(t, { ...provider.options(), ...more, retry: ENDLESS });
    const heard = await reconnectAt(answer, 'content');
    assert.equal(heard.error, undefined, more.resume);
    assert.equal(heard.text, provider.text, more.resume);
    assert.equal(heard.of('done')[0].content, provider.text, more.resume);
    assert.equal(heard.of('reset').length, resets, more.resume);
    const [, second] = provider.requests;
    assert.equal(second.begun !== null, more.resume === 'continue');
    assert.equal(provider.requests.length, 2);
  }
});

test('it ends a wait', async (t) => {
  const provider = await startProvider(t, { faults: [{ status: 503 }] });
  const answer = ask(t, { ...provider.options(), retry: ENDLESS });
  const heard = await reconnectAt(answer, 'retry');
  assert.equal(heard.error, undefined);
  assert.equal(heard.text, provider.text);
  assert.equal(provider.requests.length, 2);
});

test('and has no effect on an answer that is over', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, provider.options());
  const heard = await hear(answer);
  answer.reconnect();
  answer.resetRetries();
  assert.equal(answer.stats.attempts, 1);
  assert.equal(heard.of('done').length, 1);
  // Whatever it asked would be there before another answer is whole.
  await hear(ask(t, provider.options()));
  assert.equal(provider.requests.length, 2);
});

test('`resetRetries()` gives an answer its attempts back', async (t) => {
  for (const [resets, asked] of [
    [true, 6],
    [false, 3],
  ]) {
    const faults = Array(5).fill({ status: 503 });
    const provider = await startProvider(t, { faults });
    const answer = ask(t, provider.options());
    if (resets) answer.on('retry', () => answer.resetRetries());
    const heard = await hear(answer);
    assert.equal(provider.requests.length, asked);
    assert.equal(heard.error?.exhausted, resets ? undefined : true);
    assert.deepEqual(
      heard.of('retry').map(({ attempt }) => attempt),
      resets ? Array(5).fill(1) : [1, 2],
    );
  }
});
