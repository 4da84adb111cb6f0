'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, outcome } = require('./support/answers.js');
const { startProvider } = require('./support/provider.js');

const CALL = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };
const ANSWER = { reasoning: ['hm'], text: ['you', '好'], calls: [CALL] };

/** An answer that is over before anybody wants it piece by piece. */
async function over(t, script) {
  const provider = await startProvider(t, script);
  const answer = ask(t, provider.options());
  await outcome(answer.closed);
  return answer;
}

/** The chunks of a body. */
const chunksOf = (text) =>
  text
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.replace('data: ', ''));

test('a response that is made after the end is one of standard chunks', async (t) => {
  const response = await (await over(t, { answer: ANSWER })).toResponse();
  const chunks = chunksOf(await response.text());
  assert.equal(chunks.pop(), '[DONE]');
  const parsed = chunks.map((chunk) => JSON.parse(chunk));
  const deltas = parsed.flatMap(({ choices }) => choices).map(({ delta }) => delta);
  const said = (name) => deltas.map((delta) => delta[name] ?? '').join('');
  assert.deepEqual(['role', 'reasoning_content', 'content'].map(said), [
    'assistant',
    'hm',
    'you好',
  ]);
  const calls = deltas.flatMap((delta) => delta.tool_calls ?? []);
  assert.equal(calls.find(({ id }) => id !== undefined).id, 'call_1');
  const joined = (name) => calls.map((call) => call.function[name] ?? '').join('');
  assert.deepEqual([joined('name'), joined('arguments')], ['weather', CALL.arguments.join('')]);
  const reasons = parsed.flatMap(({ choices }) => choices).map((choice) => choice.finish_reason);
  assert.deepEqual(reasons.filter(Boolean), ['tool_calls']);
  assert.equal(parsed.at(-1).usage.total_tokens, 23);
  for (const { id, object } of parsed) {
    assert.deepEqual([id, object], ['answer-1', 'chat.completion.chunk']);
  }
});

test('one that is made after a failure ends in a chunk with the error', async (t) => {
  const answer = await over(t, { answer: ANSWER, faults: () => ({ content: 2, how: 'end' }) });
  const reader = answer.toReadableStream().getReader();
  const chunks = chunksOf(Buffer.from((await reader.read()).value).toString());
  const failure = JSON.parse(chunks.pop());
  const contents = chunks.map((chunk) => JSON.parse(chunk).choices[0].delta.content ?? '');
  assert.equal(contents.join(''), 'you好');
  assert.equal(failure.error.code, 'ERR_SSE_TRUNCATED');
  assert.equal((await outcome(reader.read())).error.code, 'ERR_SSE_TRUNCATED');
});

test('a listener that has left holds nothing up, however little room there is', async (t) => {
  const words = Array.from({ length: 500 }, (_, index) => `${index} `);
  const provider = await startProvider(t, { answer: { text: words } });
  const options = { ...provider.options(), mailbox: { events: 2, bytes: 64 } };
  const brief = ask(t, options);
  let count = 0;
  brief.once('content', () => {
    count += 1;
  });
  assert.equal(await brief.text(), words.join(''));
  assert.equal(count, 1);
  const answer = ask(t, options);
  let heard = '';
  const listen = () => {
    answer.once('content', (text) => {
      heard += text;
      listen();
    });
  };
  listen();
  assert.equal(await answer.text(), words.join(''));
  assert.equal(heard, words.join(''));
});

test('after the end a listener hears nothing, and leaves the text to an iterator', async (t) => {
  const answer = await over(t, { answer: ANSWER });
  answer.on('content', () => assert.fail('it is over'));
  const parts = [];
  for await (const text of answer.textStream) parts.push(text);
  assert.deepEqual(parts, ['you好']);
});
