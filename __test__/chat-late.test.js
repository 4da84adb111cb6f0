'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, iterate, joined, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');

const CALL = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };
const ANSWER = { reasoning: ['先想'], text: ['你好', ' 🌊'], calls: [CALL] };

/** An answer that is over and of which nobody has taken anything. */
async function over(t, script, more) {
  const provider = await startProvider(t, { answer: ANSWER, ...script });
  const answer = ask(t, { ...provider.options(), ...more });
  await outcome(answer.closed);
  return answer;
}

test('an iterator that comes after the end gets the whole answer', async (t) => {
  const { parts, error } = await iterate(await over(t));
  assert.equal(error, undefined);
  const types = parts.map(({ type }) => type);
  assert.deepEqual([types[0], ...types.slice(-2)], ['start', 'finish', 'usage']);
  assert.equal(joined(parts, 'reasoning'), '先想');
  assert.equal(joined(parts, 'content'), '你好 🌊');
  assert.equal(joined(parts, 'toolCall', 'arguments'), CALL.arguments.join(''));
  const [{ id, name }] = parts.filter(({ type }) => type === 'toolCall');
  assert.deepEqual([id, name], ['call_1', 'weather']);
  assert.equal(parts.find(({ type }) => type === 'usage').usage.total, 23);
});

test('a textStream, a response and a pipe that come after the end do, too', async (t) => {
  const { parts } = await iterate((await over(t)).textStream);
  assert.equal(parts.join(''), '你好 🌊');
  const response = await (await over(t)).toResponse();
  const text = await response.text();
  assert.equal(response.status, 200);
  assert.match(text, /你好/);
  assert.match(text, /data: \[DONE\]\n\n$/);
});

test('who comes after a failure gets what came, and then the failure', async (t) => {
  const faults = [{ content: 1, how: 'truncate' }];
  const answer = await over(t, { faults });
  const { parts, error } = await iterate(answer.textStream);
  assert.deepEqual([parts.join(''), error.code], ['你好', 'ERR_SSE_TRUNCATED']);
  assert.equal(error.partial.content, '你好');
  const response = await (await over(t, { faults })).toResponse();
  assert.equal(response.status, 200);
  assert.equal((await outcome(response.text())).error.code, 'ERR_SSE_TRUNCATED');
});

test('who comes after a refusal gets its status', async (t) => {
  const response = await (await over(t, { faults: [{ status: 402 }] })).toResponse();
  assert.equal(response.status, 402);
  assert.equal((await response.json()).error.code, 'ERR_SSE_STATUS');
});

test('who comes in the middle gets everything once, in order', async (t) => {
  let open = false;
  const provider = await startProvider(t, {
    answer: ANSWER,
    before: (index) => (index === 3 ? until(() => open, PATIENCE_MS, 'the reader') : undefined),
  });
  const answer = ask(t, provider.options());
  await until(() => answer.snapshot().content === '你好', PATIENCE_MS, 'half of the text');
  const reading = iterate(answer);
  const heard = hear(answer);
  open = true;
  const { parts } = await reading;
  assert.equal(joined(parts, 'reasoning'), '先想');
  assert.equal(joined(parts, 'content'), '你好 🌊');
  assert.equal(parts.filter(({ type }) => type === 'start').length, 1);
  assert.equal((await heard).text, '你好 🌊');
});

test('a listener that goes and comes back hears nothing twice', async (t) => {
  let open = false;
  const provider = await startProvider(t, {
    before: (index) => (index === 6 ? until(() => open, PATIENCE_MS, 'the reader') : undefined),
  });
  const answer = ask(t, provider.options());
  let told = '';
  const listener = (text) => {
    told += text;
  };
  const begun = provider.answer.text.slice(0, 5).join('');
  answer.on('content', listener);
  await until(() => told === begun, PATIENCE_MS, 'the beginning');
  answer.off('content', listener);
  answer.on('content', listener);
  open = true;
  await outcome(answer.closed);
  assert.equal(told, provider.text);
});

test('there is one iterator, and only one', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, provider.options());
  const texts = answer.textStream[Symbol.asyncIterator]();
  assert.throws(() => answer[Symbol.asyncIterator](), { code: 'ERR_SSE_LOCKED' });
  assert.throws(() => answer.textStream[Symbol.asyncIterator](), { code: 'ERR_SSE_LOCKED' });
  assert.throws(() => answer.toReadableStream(), { code: 'ERR_SSE_LOCKED' });
  await assert.rejects(answer.toResponse(), { code: 'ERR_SSE_LOCKED' });
  assert.equal((await texts.next()).done, false);
  // A look at it claims nothing.
  const other = ask(t, provider.options());
  assert.ok(other.textStream);
  assert.equal((await iterate(other)).error, undefined);
});

test('a stopped answer gives late comers nothing, and does not let them wait', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 2, how: 'stall' }] });
  const answer = ask(t, provider.options());
  const begun = provider.answer.text.slice(0, 2).join('');
  await until(() => answer.snapshot().content === begun, PATIENCE_MS, 'the beginning');
  answer.stop();
  const { parts, error } = await iterate(answer);
  assert.deepEqual([parts, error], [[], undefined]);
  assert.equal(answer.snapshot().content, begun);
});
