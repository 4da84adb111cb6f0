'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, iterate, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');

/** A provider that says three pieces and then nothing more. */
const pausing = (t) => startProvider(t, { faults: [{ content: 3, how: 'stall' }] });

/** Waits until the server has seen its client leave, and that nobody came back. */
async function left(provider) {
  const { connection } = provider.requests[0];
  const { closedBy } = await within(connection.closed, PATIENCE_MS, 'the close at the server');
  assert.equal(closedBy, 'client');
  assert.equal(provider.requests.length, 1);
}

const begun = (provider) => provider.answer.text.slice(0, 3).join('');

/** Acts once the three pieces are there. */
async function whenBegun(provider, answer, act) {
  const text = begun(provider);
  await until(() => answer.snapshot().content === text, PATIENCE_MS, 'the text');
  act();
}

for (const way of ['stop', 'close']) {
  test(`${way}() ends the answer quietly: the server sees it, "stopped" and no "done"`, async (t) => {
    const provider = await pausing(t);
    const answer = ask(t, provider.options());
    const acted = whenBegun(provider, answer, () => answer[way]());
    const heard = await hear(answer);
    await acted;
    assert.deepEqual(heard.close, { reason: 'closed' });
    assert.equal(heard.of('stopped').length, 1);
    for (const name of ['done', 'error', 'toolCall']) assert.ok(!heard.names.includes(name), name);
    assert.deepEqual(await answer.closed, { reason: 'closed' });
    assert.equal(answer.snapshot().content, begun(provider), 'what came is still there');
    assert.equal(answer.readyState, answer.CLOSED);
    await left(provider);
  });
}

test('leaving a loop over deltas or text closes the connection', async (t) => {
  for (const of of [(answer) => answer, (answer) => answer.textStream]) {
    const provider = await pausing(t);
    const answer = ask(t, provider.options());
    for await (const part of of(answer)) {
      assert.ok(part);
      break;
    }
    assert.deepEqual(await answer.closed, { reason: 'closed' });
    await left(provider);
  }
});

test('an abort rejects with its reason, everywhere, and closes the connection', async (t) => {
  const provider = await pausing(t);
  const controller = new AbortController();
  const reason = new Error('changed my mind');
  const answer = ask(t, { ...provider.options(), signal: controller.signal });
  const promises = [answer.text(), answer.message(), answer.closed].map((it) => outcome(it));
  const heard = hear(answer);
  await whenBegun(provider, answer, () => controller.abort(reason));
  for (const { error } of await Promise.all(promises)) assert.equal(error, reason);
  const { close, names } = await heard;
  assert.equal(close.reason, 'aborted');
  assert.ok(!names.includes('done') && !names.includes('error'));
  await left(provider);
});

test('an abort ends an iterator with its reason', async (t) => {
  const provider = await pausing(t);
  const controller = new AbortController();
  const answer = ask(t, { ...provider.options(), signal: controller.signal });
  const loop = iterate(answer.textStream);
  await whenBegun(provider, answer, () => controller.abort());
  const { parts, error } = await loop;
  assert.equal(error.name, 'AbortError');
  assert.ok(begun(provider).startsWith(parts.join('')));
});

test('a signal that is aborted already asks nobody', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, { ...provider.options(), signal: AbortSignal.abort() });
  const { error } = await outcome(answer.text());
  assert.equal(error.name, 'AbortError');
  // A later one is served, so the first one would have been.
  await ask(t, provider.options()).text();
  assert.equal(provider.requests.length, 1);
});

test('stop() during the wait for another attempt ends the wait', async (t) => {
  const provider = await startProvider(t, { faults: [{ status: 503 }] });
  const retry = { baseDelay: 60_000, minDelay: 60_000, maxDelay: 60_000 };
  const answer = ask(t, { ...provider.options(), retry });
  answer.once('retry', () => answer.stop());
  const heard = await hear(answer);
  assert.deepEqual(heard.close, { reason: 'closed' });
  assert.equal(provider.requests.length, 1);
});

test('after stop() in a listener nothing more is heard', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, provider.options());
  let pieces = 0;
  answer.on('content', () => {
    pieces += 1;
    answer.stop();
  });
  const { names } = await hear(answer);
  assert.equal(pieces, 1);
  assert.deepEqual(names.slice(names.indexOf('stopped')), ['stopped', 'close']);
});

test('stop() after the end changes nothing, and twice is once', async (t) => {
  const provider = await startProvider(t);
  const over = ask(t, provider.options());
  const names = [];
  for (const name of ['done', 'stopped']) over.on(name, () => names.push(name));
  await over.text();
  await over.closed;
  over.stop();
  assert.equal(await over.text(), provider.text);
  const stopped = await pausing(t);
  const answer = ask(t, stopped.options());
  const heard = hear(answer);
  await whenBegun(stopped, answer, () => {
    answer.stop();
    answer.stop();
  });
  assert.equal((await heard).of('stopped').length, 1);
  assert.deepEqual(names, ['done']);
});

test('text() and message() of a stopped answer reject, and do not hang', async (t) => {
  const provider = await pausing(t);
  const answer = ask(t, provider.options());
  const waiting = outcome(answer.text());
  await whenBegun(provider, answer, () => answer.stop());
  assert.equal((await waiting).error?.code, 'ERR_SSE_CLOSED');
  assert.equal((await outcome(answer.message())).error?.code, 'ERR_SSE_CLOSED');
});

test('an answer ends with its `await using`', async (t) => {
  const provider = await pausing(t);
  const answer = ask(t, provider.options());
  await whenBegun(provider, answer, () => {});
  await answer[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]();
  assert.equal(answer.readyState, answer.CLOSED);
  await left(provider);
});

test('a response that is fed breaks off when the answer is stopped halfway', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 3, how: 'stall' }) });
  const answer = ask(t, provider.options());
  const response = await answer.toResponse();
  await whenBegun(provider, answer, () => answer.stop());
  const { error } = await outcome(response.text(), 'the body');
  assert.equal(error?.code, 'ERR_SSE_CLOSED');
  const stopped = ask(t, provider.options());
  stopped.stop();
  assert.equal((await stopped.toResponse()).status, 502);
});

test('who is stopped as soon as it is open tells nothing more', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, provider.options());
  // Ahead of those who listen to what follows.
  answer.on('open', () => answer.stop());
  const { names } = await hear(answer, ['connected', 'content', 'done', 'stopped', 'close']);
  assert.deepEqual(names, ['stopped', 'close']);
});

test('what cannot be written to is refused, and the answer goes on', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, provider.options());
  for (const destination of [undefined, null, {}, 'file', new WritableStream()]) {
    const { error } = await outcome(answer.pipe(destination), 'pipe()');
    assert.equal(error?.code, 'ERR_SSE_OPTION');
    assert.match(error.message, /^destination must be a writable stream/);
  }
  assert.equal(await answer.text(), provider.text);
});
