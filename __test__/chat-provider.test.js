'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventStreamDecoder } = require('../index.js');
const { ERRORS } = require('./support/provider-faults.js');
const { KEY, startProvider } = require('./support/provider.js');

/** Asks the way each family wants to be asked, without chat(). */
const REQUESTS = {
  'chat-completions': ['/v1/chat/completions', { authorization: `Bearer ${KEY}` }],
  responses: ['/v1/responses', { authorization: `Bearer ${KEY}` }],
  anthropic: ['/v1/messages', { 'x-api-key': KEY }],
  gemini: ['/v1beta/models/m:streamGenerateContent?alt=sse', { 'x-goog-api-key': KEY }],
  ollama: ['/api/chat', {}],
};

/** How each family says a piece of text. */
const TEXT_OF = {
  'chat-completions': ({ choices }) => choices[0]?.delta?.content,
  responses: ({ type, delta }) => type === 'response.output_text.delta' && delta,
  anthropic: ({ delta }) => delta?.text,
  gemini: ({ candidates }) => candidates[0].content.parts[0].text,
  ollama: ({ message }) => message.content,
};

async function post(provider, family, body = {}) {
  const [path, headers] = REQUESTS[family];
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(provider.url + path, init);
  return { response, text: await response.text() };
}

/** The JSON of a body, event by event. */
function values(family, text) {
  if (family === 'ollama')
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const events = [];
  const decoder = new EventStreamDecoder({ onEvent: ({ data }) => events.push(data) });
  decoder.feed(Buffer.from(text));
  return events.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data));
}

const said = (family, text) =>
  values(family, text)
    .map((value) => TEXT_OF[family](value) || '')
    .join('');

const assistant = (content) => ({ messages: [{ role: 'assistant', content }] });

test('the scripted provider says the same text in every family', async (t) => {
  const provider = await startProvider(t);
  for (const family of Object.keys(REQUESTS)) {
    const { response, text } = await post(provider, family, { model: 'm' });
    assert.equal(response.status, 200);
    assert.equal(said(family, text), provider.text, family);
    const { key, body, number } = provider.requests.at(-1);
    assert.equal(key, family === 'ollama' ? null : KEY);
    assert.deepEqual(body, { model: 'm' });
    assert.equal(number, provider.requests.length);
  }
});

test('the scripted provider goes on where the assistant stopped, at every character', async (t) => {
  for (const echo of [false, true]) {
    const provider = await startProvider(t, { echo, answer: { text: ['Hello', ' ', 'world'] } });
    for (let length = 0; length <= provider.text.length; length++) {
      const begun = provider.text.slice(0, length);
      const { text } = await post(provider, 'chat-completions', assistant(begun));
      const expected = echo ? provider.text : provider.text.slice(length);
      assert.equal(said('chat-completions', text), expected);
    }
  }
  const provider = await startProvider(t, { answer: { text: ['Hello', ' ', 'world'] } });
  const { response } = await post(provider, 'anthropic', assistant('Hello '));
  assert.equal(response.status, 400);
});

test('the scripted provider gives the rest of a response after an event', async (t) => {
  const provider = await startProvider(t);
  const { text } = await post(provider, 'responses', { background: true });
  const all = values('responses', text);
  for (const [index, { sequence_number: number }] of all.entries()) {
    assert.equal(number, index);
    const path = `/v1/responses/answer-1?stream=true&starting_after=${number}`;
    const rest = await (await fetch(provider.url + path)).text();
    assert.deepEqual(values('responses', rest), all.slice(index + 1));
  }
  assert.equal((await fetch(`${provider.url}/v1/responses/other?stream=true`)).status, 400);
});

test('the scripted provider fails where and how it is told', async (t) => {
  const faults = [
    { status: 429, headers: { 'retry-after': '1' }, body: { error: { message: 'later' } } },
    { page: true },
    { content: 2, how: 'end' },
    { content: 2, how: 'truncate' },
    { content: 2, how: 'malformed' },
    { content: 0, how: 'end' },
  ];
  const provider = await startProvider(t, { faults, answer: { text: ['a', 'b', 'c'] } });
  const ask = () => post(provider, 'chat-completions');
  const { response, text } = await ask();
  assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '1']);
  assert.deepEqual(JSON.parse(text), { error: { message: 'later' } });
  assert.match((await ask()).response.headers.get('content-type'), /html/);
  assert.equal(said('chat-completions', (await ask()).text), 'ab');
  await assert.rejects(ask(), /terminated/);
  const malformed = await ask();
  assert.throws(() => said('chat-completions', malformed.text), SyntaxError);
  assert.equal(said('chat-completions', (await ask()).text), '');
  assert.equal(said('chat-completions', (await ask()).text), 'abc');
});

test('the scripted provider tells of errors in every shape', async (t) => {
  for (const error of Object.keys(ERRORS)) {
    const provider = await startProvider(t, { faults: [{ after: 1, error, message: 'Alas' }] });
    const { text } = await post(provider, 'chat-completions');
    // Ollama's shape says nothing at all.
    assert.equal(text.includes('Alas'), error !== 'ollama /v1', error);
    assert.equal(text.includes('[DONE]'), ['vllm', 'openrouter'].includes(error), error);
  }
});
