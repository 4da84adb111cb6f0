'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, iterate, joined, outcome } = require('./support/answers.js');
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

test('an iterator that comes after the end gets the whole answer', async (t) => {
  const { parts, error } = await iterate(await over(t, { answer: ANSWER }));
  assert.equal(error, undefined);
  assert.deepEqual(
    parts.map(({ type }) => type),
    ['start', 'reasoning', 'content', 'toolCall', 'usage', 'finish'],
  );
  assert.equal(joined(parts, 'content'), 'you好');
  assert.equal(joined(parts, 'toolCall', 'arguments'), CALL.arguments.join(''));
  const text = await iterate((await over(t, { answer: ANSWER })).textStream);
  assert.deepEqual(text, { parts: ['you好'], error: undefined });
});

test('a response that is made after the end has the whole answer', async (t) => {
  const answer = await over(t, { answer: ANSWER });
  const response = await answer.toResponse();
  assert.equal(response.status, 200);
  const chunks = chunksOf(await response.text());
  assert.equal(chunks.pop(), '[DONE]');
  const [first, finish, usage] = chunks.map((chunk) => JSON.parse(chunk));
  assert.deepEqual(first.choices[0].delta, {
    role: 'assistant',
    reasoning_content: 'hm',
    content: 'you好',
    tool_calls: [
      {
        ...{ index: 0, id: 'call_1', type: 'function' },
        function: { name: 'weather', arguments: CALL.arguments.join('') },
      },
    ],
  });
  assert.equal(finish.choices[0].finish_reason, 'tool_calls');
  assert.equal(usage.usage.total_tokens, 23);
  for (const { id, object } of [first, finish, usage]) {
    assert.deepEqual([id, object], ['answer-1', 'chat.completion.chunk']);
  }
});

test('after a failure they get what came, and the failure', async (t) => {
  const script = { answer: ANSWER, faults: () => ({ content: 2, how: 'truncate' }) };
  const { parts, error } = await iterate((await over(t, script)).textStream);
  assert.deepEqual([parts, error.code], [['you好'], 'ERR_SSE_TRUNCATED']);
  const reader = (await over(t, script)).toReadableStream().getReader();
  const [chunk, failure] = chunksOf(Buffer.from((await reader.read()).value).toString());
  assert.equal(JSON.parse(chunk).choices[0].delta.content, 'you好');
  assert.equal(JSON.parse(failure).error.code, 'ERR_SSE_TRUNCATED');
  assert.equal((await outcome(reader.read())).error.code, 'ERR_SSE_TRUNCATED');
});

test('after a failure before content a response still has its status', async (t) => {
  const answer = await over(t, { faults: () => ({ status: 400 }) });
  assert.equal((await answer.toResponse()).status, 400);
});

test('of an answer that was stopped there is nothing more', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 1, how: 'stall' }] });
  const answer = ask(t, provider.options());
  await answer.opened;
  answer.stop();
  assert.deepEqual(await iterate(answer.textStream), { parts: [], error: undefined });
});

test('a listener that has left, and comes back, hears nothing twice and holds nothing up', async (t) => {
  const words = Array.from({ length: 500 }, (_, index) => `${index} `);
  const provider = await startProvider(t, { answer: { text: words } });
  const answer = ask(t, { ...provider.options(), mailbox: { events: 2, bytes: 64 } });
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
  const brief = ask(t, { ...provider.options(), mailbox: { events: 2, bytes: 64 } });
  let count = 0;
  brief.once('content', () => {
    count += 1;
  });
  assert.equal(await brief.text(), words.join(''));
  assert.equal(count, 1);
});
