'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, outcome } = require('./support/answers.js');
const { serve } = require('./support/client.js');

const BAD = 'data: {"choices":[{"delta":{"content":\n\n';
const says = (delta, more = '') => `data: {"choices":[{"index":0,"delta":{${delta}}${more}}]}\n\n`;
const text = (content) => says(`"content":"${content}"`);
const STOP = says('', ',"finish_reason":"stop"');

/** A server that sends these events, and the options to ask it. */
async function server(t, events, more) {
  const { url, requests } = await serve(t, async (exchange) => {
    exchange.head();
    for (const event of events) await exchange.write(event);
  });
  const messages = [{ role: 'user', content: 'What?' }];
  const options = { baseUrl: `${url}/v1`, apiKey: null, model: 'm', messages, retry: false };
  return { requests, options: { ...options, ...more } };
}

test('halves of surrogate pairs cross to JavaScript joined, or as U+FFFD', async (t) => {
  const events = [
    says('"reasoning_content":"\\ud83d","role":"assistant"'),
    text('ok \\ud83d'),
    text('\\ude00\\u0000 fine \\ud83d'),
    says('"reasoning_content":"\\ude00"'),
    says(
      '"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\\"q\\":\\"\\ud83d"}}]',
    ),
    says('"tool_calls":[{"index":0,"function":{"arguments":"\\ude00\\\\ud83d\\"}"}}]'),
    STOP,
  ];
  const { options } = await server(t, events);
  const heard = await hear(ask(t, options));
  assert.equal(heard.error, undefined);
  const [message] = heard.of('done');
  assert.equal(message.content, 'ok 😀\0 fine \ufffd');
  assert.equal(heard.text, message.content);
  assert.equal(message.reasoning, '😀');
  assert.equal(message.toolCalls[0].arguments, '{"q":"😀\\ud83d"}');
  assert.ok(JSON.stringify(message).isWellFormed?.() ?? true);
});

test('a bad event ends the answer, or is passed over and told of', async (t) => {
  const events = [BAD, text('a'), BAD, text('b'), STOP];
  const strict = await server(t, events.slice(1));
  const { error } = await outcome(ask(t, strict.options).text());
  assert.equal(error.code, 'ERR_SSE_MALFORMED');
  assert.equal(error.partial.content, 'a');
  const { options, requests } = await server(t, events, { malformed: 'skip' });
  const heard = await hear(ask(t, options));
  assert.equal(heard.error, undefined);
  assert.equal(heard.text, 'ab');
  const told = heard.of('parseError');
  assert.deepEqual(
    told.map(({ code, attempt }) => [code, attempt]),
    [
      ['ERR_SSE_MALFORMED', 1],
      ['ERR_SSE_MALFORMED', 1],
    ],
  );
  assert.ok(heard.names.indexOf('parseError') < heard.names.indexOf('content'));
  assert.equal(requests.length, 1);
});

test('bad events that are passed over prove nothing, and are told of a hundred times', async (t) => {
  const { options } = await server(t, [BAD.repeat(3000)], { malformed: 'skip' });
  const heard = await hear(ask(t, options));
  assert.equal(heard.error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(heard.of('parseError').length, 100);
});

test('the model of Gemini is a part of the path, whatever is in it', async (t) => {
  const chunk =
    'data: {"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}\n\n';
  for (const [model, path] of [
    ['gemini-2.5-flash', 'gemini-2.5-flash'],
    ['models/gemini-2.5-flash', 'gemini-2.5-flash'],
    ['a b:c%2e/d@1&é', 'a%20b%3Ac%252e/d@1%26%C3%A9'],
  ]) {
    const { options, requests } = await server(t, [chunk], { provider: 'gemini', model });
    assert.equal(await ask(t, options).text(), 'a');
    assert.equal(requests[0].path, `/v1/models/${path}:streamGenerateContent?alt=sse`);
  }
});
