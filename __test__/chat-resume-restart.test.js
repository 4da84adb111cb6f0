'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, iterate, joined, outcome } = require('./support/answers.js');
const { startProvider } = require('./support/provider.js');

const FAMILIES = ['chat-completions', 'responses', 'anthropic', 'gemini', 'ollama'];
const RETRY = { attempts: 100, baseDelay: 1, minDelay: 1, maxDelay: 5, jitter: 'none' };
const RESTART = { resume: 'restart', retry: RETRY };

const CALL = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };
const ANSWER = { reasoning: ['先', '想'], text: ['Let me ', 'see: ', '🌊'], calls: [CALL] };

for (const family of FAMILIES) {
  test(`${family}: cut at every event in turn, the whole answer comes, after one reset a cut`, async (t) => {
    const plain = await startProvider(t, { answer: ANSWER });
    const frames = plain.frames(family);
    const proof = frames.findIndex(({ proves }) => proves);
    const shown = ({ says }) => ['content', 'reasoning', 'call'].includes(says);
    const cuts = Array.from({ length: proof + 1 }, (_, after) => ({ after, how: 'end' }));
    const provider = await startProvider(t, { answer: ANSWER, faults: cuts });
    const answer = ask(t, { ...provider.options(family), ...RESTART });
    const heard = await hear(answer);
    assert.equal(heard.error, undefined);
    const whole = await ask(t, plain.options(family)).message();
    const { attempts, id, usage, ...message } = heard.of('done')[0];
    assert.deepEqual(message, without(whole));
    assert.equal(heard.text, 'Let me see: 🌊');
    assert.equal(provider.requests.length, cuts.length + 1);
    assert.equal(attempts.length, cuts.length + 1);
    const first = frames.findIndex(shown);
    // An attempt that was cut before content showed nothing that could be void.
    assert.equal(heard.of('reset').length, cuts.length - countQuiet(cuts, first));
    assert.equal(id ?? null, family === 'ollama' ? null : `answer-${provider.requests.length}`);
  });
}

const without = ({ attempts: _, id: __, usage: ___, ...message }) => message;
const countQuiet = (cuts, first) => cuts.filter(({ after }) => after <= first).length;

test('what comes after a reset is the new answer, even when it is another', async (t) => {
  const provider = await startProvider(t, {
    answer: { text: ['A rose ', 'is a '] },
    faults: [{ content: 2, how: 'truncate' }],
  });
  const answer = ask(t, { ...provider.options(), ...RESTART });
  answer.once('retry', () => provider.follow({ answer: { text: ['A lily ', 'it is.'] } }));
  const heard = await hear(answer);
  assert.equal(heard.text, 'A lily it is.');
  const [{ attempt }] = heard.of('reset');
  assert.equal(attempt, 2);
  const before = heard.log.slice(0, heard.names.indexOf('reset'));
  const told = before.filter(({ name }) => name === 'content').map(({ value }) => value);
  assert.equal(told.join(''), 'A rose is a ');
  assert.equal(await answer.text(), 'A lily it is.');
  assert.equal((await answer.message()).content, 'A lily it is.');
  assert.equal(answer.snapshot().content, 'A lily it is.');
  assert.equal(
    JSON.stringify(provider.requests[1].body),
    JSON.stringify(provider.requests[0].body),
  );
});

test('the deltas have a reset between the two answers', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 3, how: 'end' }] });
  const { parts, error } = await iterate(ask(t, { ...provider.options(), ...RESTART }));
  assert.equal(error, undefined);
  const resets = parts.filter(({ type }) => type === 'reset');
  assert.deepEqual(resets, [{ type: 'reset', attempt: 2 }]);
  const place = parts.indexOf(resets[0]);
  assert.equal(joined(parts.slice(0, place), 'content'), provider.answer.text.slice(0, 3).join(''));
  assert.equal(joined(parts.slice(place), 'content'), provider.text);
  assert.equal(parts.slice(place).find(({ type }) => type === 'start').id, 'answer-2');
});

test('a textStream that has given text cannot take it back, and says so', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 2, how: 'truncate' }] });
  const answer = ask(t, { ...provider.options(), ...RESTART });
  const { parts, error } = await iterate(answer.textStream);
  assert.equal(parts.join(''), provider.answer.text.slice(0, 2).join(''));
  assert.equal(error.code, 'ERR_SSE_RESTARTED');
  assert.equal(error.name, 'SSEStateError');
});

test('a textStream that has given nothing goes on', async (t) => {
  const answer = { reasoning: ['hm'], text: ['yes'] };
  const provider = await startProvider(t, { answer, faults: [{ after: 2, how: 'truncate' }] });
  const stream = ask(t, { ...provider.options(), ...RESTART });
  const { parts, error } = await iterate(stream.textStream);
  assert.deepEqual([parts.join(''), error], ['yes', undefined]);
});

test('attempts are counted over the whole answer', async (t) => {
  const provider = await startProvider(t, {
    faults: (request) => ({ content: request.number, how: 'truncate' }),
  });
  const retry = { ...RETRY, attempts: 2 };
  const answer = ask(t, { ...provider.options(), resume: 'restart', retry });
  const heard = await hear(answer);
  assert.equal(heard.error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(provider.requests.length, 3);
  assert.equal(heard.error.partial.content, provider.answer.text.slice(0, 3).join(''));
  const { attempts } = heard.error.partial;
  assert.deepEqual(
    attempts.map(({ attempt, error, billed }) => [attempt, error, billed !== 'no']),
    [1, 2, 3].map((attempt) => [attempt, 'ERR_SSE_TRUNCATED', true]),
  );
});

test('every way to break off restarts', async (t) => {
  const fates = [
    { how: 'truncate' },
    { how: 'malformed' },
    { how: 'stall' },
    { how: 'comments' },
    { error: 'openrouter' },
    { error: 'groq' },
  ];
  const faults = fates.map((fate) => ({ content: 1, ...fate }));
  const provider = await startProvider(t, { faults });
  const timeouts = { idle: 500, event: { ms: 500 } };
  const heard = await hear(ask(t, { ...provider.options(), ...RESTART, timeouts }));
  assert.equal(heard.error, undefined);
  assert.equal(heard.text, provider.text);
  assert.equal(heard.of('reset').length, fates.length);
});

test('an error that no repetition can mend ends the answer', async (t) => {
  const faults = [{ content: 1, error: 'vllm', problem: 'invalid-request' }];
  const provider = await startProvider(t, { faults });
  const { error } = await outcome(ask(t, { ...provider.options(), ...RESTART }).text());
  assert.equal(error.kind, 'invalid-request');
  assert.equal(error.partial.content, provider.answer.text[0]);
  assert.equal(provider.requests.length, 1);
});

test('a gateway that began again without a word is a reset', async (t) => {
  const provider = await startProvider(t);
  const [one, other] = ['first', 'second'].map((id) => {
    provider.follow({ answer: { id, text: [`the ${id}`, ' answer'] } });
    return provider.frames('anthropic').map(({ wire }) => wire);
  });
  // Up to its first text, then a whole other message.
  const body = [...one.slice(0, 4), ...other].join('');
  const headers = { 'content-type': 'text/event-stream' };
  provider.follow({ faults: () => ({ status: 200, headers, body }) });
  const heard = await hear(ask(t, provider.options('anthropic')));
  assert.equal(heard.text, 'the second answer');
  assert.equal(heard.of('reset').length, 1);
  assert.equal(heard.of('done')[0].content, 'the second answer');
  assert.equal(heard.of('done')[0].id, 'second-1');
});
