'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hashOf, hear, iterate, joined } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until } = require('./support/deadline.js');
const { KEY, startProvider } = require('./support/provider.js');

const FAMILIES = ['chat-completions', 'responses', 'anthropic', 'gemini', 'ollama'];

const CALL = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };
/** What a family does not say, chat() cannot know. */
const HAS_CALL_ID = new Set(['chat-completions', 'responses', 'anthropic']);
const COUNTS = { input: 9, cached: 4, output: 14, reasoning: 5 };
/** Not every family tells of all. */
const USAGE = {
  'chat-completions': COUNTS,
  responses: COUNTS,
  anthropic: { input: 9, cached: 4, output: 14 },
  gemini: COUNTS,
  ollama: { input: 9, output: 14 },
};

/** Members that say something. */
const told = (usage) =>
  Object.fromEntries(Object.entries(usage ?? {}).filter(([, value]) => value !== null));

for (const family of FAMILIES) {
  test(`${family}: text() is the whole text, every character of it`, async (t) => {
    const provider = await startProvider(t);
    assert.equal(await ask(t, provider.options(family)).text(), provider.text);
    assert.equal(provider.requests.length, 1);
  });

  test(`${family}: textStream gives the same text in pieces`, async (t) => {
    const provider = await startProvider(t);
    const { parts, error } = await iterate(ask(t, provider.options(family)).textStream);
    assert.equal(error, undefined);
    assert.equal(parts.join(''), provider.text);
    for (const part of parts) assert.ok(typeof part === 'string' && part !== '');
  });

  test(`${family}: message() has reasoning, text, tool call, reason and usage`, async (t) => {
    const answer = { reasoning: ['先', '想'], text: ['你好', ' 🌊'], calls: [CALL], usage: COUNTS };
    const provider = await startProvider(t, { answer });
    const message = await ask(t, provider.options(family)).message();
    assert.equal(message.reasoning, '先想');
    assert.equal(message.content, '你好 🌊');
    assert.equal(message.refusal, '');
    assert.equal(message.finishReason, 'tool_calls');
    assert.equal(message.model, 'test-model');
    assert.equal(message.id, family === 'ollama' ? null : 'answer-1');
    const [call, ...others] = message.toolCalls;
    assert.deepEqual(others, []);
    assert.equal(call.name, 'weather');
    assert.equal(call.id ?? null, HAS_CALL_ID.has(family) ? 'call_1' : null);
    assert.deepEqual(JSON.parse(call.arguments), { city: '東京' });
    assert.deepEqual(told(message.usage), { ...USAGE[family], total: 23 });
  });

  test(`${family}: the deltas are the answer, in order, from start to finish`, async (t) => {
    const answer = { reasoning: ['a', 'b'], text: ['c', 'd'], calls: [CALL] };
    const provider = await startProvider(t, { answer });
    const { parts, error } = await iterate(ask(t, provider.options(family)));
    assert.equal(error, undefined);
    assert.equal(parts[0].type, 'start');
    assert.equal(joined(parts, 'reasoning'), 'ab');
    assert.equal(joined(parts, 'content'), 'cd');
    assert.deepEqual(JSON.parse(joined(parts, 'toolCall', 'arguments')), { city: '東京' });
    const named = parts.filter(({ type, name }) => type === 'toolCall' && name);
    assert.deepEqual(
      named.map(({ name, choice, index }) => [name, choice, index]),
      [['weather', 0, 0]],
    );
    const places = ['start', 'reasoning', 'content', 'toolCall', 'finish'].map((type) =>
      parts.findIndex((part) => part.type === type),
    );
    assert.deepEqual(
      places,
      [...places].sort((one, other) => one - other),
    );
    assert.ok(countOf(parts, 'usage') >= 1);
    assert.equal(countOf(parts, 'reset'), 0);
  });

  test(`${family}: a length limit is told as such`, async (t) => {
    const provider = await startProvider(t, { answer: { finish: 'length' } });
    const { finishReason, content } = await ask(t, provider.options(family)).message();
    assert.deepEqual([finishReason, content], ['length', provider.text]);
  });
}

const countOf = (parts, type) => parts.filter((part) => part.type === type).length;

test('several choices are told apart', async (t) => {
  const answer = { text: ['one ', 'first'], others: [['two ', '第二'], ['three']] };
  const provider = await startProvider(t, { answer });
  const options = { ...provider.options(), body: { n: 3 } };
  const message = await ask(t, options).message();
  assert.equal(message.content, 'one first');
  assert.deepEqual(
    message.others.map(({ content, finishReason }) => [content, finishReason]),
    [
      ['two 第二', 'stop'],
      ['three', 'stop'],
    ],
  );
  const { parts } = await iterate(ask(t, options));
  const second = parts.filter(({ choice }) => choice === 1);
  assert.equal(joined(second, 'content'), 'two 第二');
  assert.equal(await ask(t, options).text(), 'one first');
  assert.equal(provider.requests[0].body.n, 3);
});

test('a refusal is no content', async (t) => {
  for (const family of ['chat-completions', 'responses']) {
    const provider = await startProvider(t, { answer: { text: [], refusal: ['I will ', 'not.'] } });
    const { content, refusal } = await ask(t, provider.options(family)).message();
    assert.deepEqual([content, refusal], ['', 'I will not.']);
  }
});

test('an answer without usage has none', async (t) => {
  const provider = await startProvider(t, { answer: { usage: null } });
  const message = await ask(t, provider.options()).message();
  assert.equal(message.usage, null);
  assert.equal(message.content, provider.text);
});

test('message(), text() and the deltas may be asked for together and more than once', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, provider.options());
  const [message, text, { parts }] = await Promise.all([
    answer.message(),
    answer.text(),
    iterate(answer),
  ]);
  assert.equal(text, provider.text);
  assert.equal(joined(parts, 'content'), provider.text);
  assert.deepEqual(await answer.message(), message);
  assert.equal(await answer.text(), provider.text);
  assert.equal(provider.requests.length, 1);
});

test('who comes late to the deltas misses nothing', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 3, how: 'stall' }] });
  const answer = ask(t, provider.options());
  const begun = provider.answer.text.slice(0, 3).join('');
  await until(() => answer.snapshot().content === begun, PATIENCE_MS, 'the text');
  let got = '';
  for await (const text of answer.textStream) {
    got += text;
    if (got.length >= begun.length) break;
  }
  assert.equal(got, begun);
});

test('the attempt is told, with its endpoint and its key as a hash', async (t) => {
  const provider = await startProvider(t);
  const { attempts } = await ask(t, provider.options()).message();
  assert.equal(attempts.length, 1);
  const [{ endpoint, key, attempt, status, bytes, billed, error }] = attempts;
  assert.equal(endpoint, new URL(provider.url).host);
  assert.equal(key, hashOf(KEY));
  assert.deepEqual([attempt, status, billed, error], [1, 200, 'yes', undefined]);
  const sent = provider.frames().reduce((sum, { wire }) => sum + Buffer.byteLength(wire), 0);
  assert.equal(bytes, sent);
});

test('listeners hear the answer under the names that chat users know', async (t) => {
  const answer = { reasoning: ['hm'], text: ['yes', '!'], calls: [CALL] };
  const provider = await startProvider(t, { answer });
  const stream = ask(t, provider.options());
  const raw = [];
  stream.on('data', (chunk) => raw.push(chunk));
  const heard = await hear(stream);
  assert.equal(heard.of('connected').length, 1);
  assert.equal(heard.of('connected')[0].status, 200);
  assert.equal(heard.of('reasoning').join(''), 'hm');
  assert.equal(heard.text, 'yes!');
  const { id, name, arguments: args, index } = heard.of('toolCall')[0];
  assert.deepEqual([heard.of('toolCall').length, index, id, name], [1, 0, 'call_1', 'weather']);
  assert.equal(args, CALL.arguments.join(''));
  const [done] = heard.of('done');
  assert.deepEqual(done, await stream.message());
  assert.deepEqual(heard.close, { reason: 'terminal' });
  assert.deepEqual(heard.names.slice(-2), ['done', 'close']);
  assert.equal(heard.names.includes('error') || heard.names.includes('stopped'), false);
  const chunks = provider.frames().filter(({ says }) => says !== 'done');
  assert.deepEqual(
    raw,
    chunks.map(({ wire }) => JSON.parse(wire.slice('data: '.length))),
  );
});
