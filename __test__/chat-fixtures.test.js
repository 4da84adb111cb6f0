'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, outcome } = require('./support/answers.js');
const { serve } = require('./support/client.js');
const { recordings, sha256 } = require('./support/provider-recordings.js');

/** How many places a recording is cut at. */
const CUTS = 24;

const NAMES = {
  'chat-completions': 'openai',
  responses: 'responses',
  anthropic: 'anthropic',
  gemini: 'gemini',
  ollama: 'ollama',
};

/** A server that plays what `body` holds, and the options to ask it. */
async function play(t, family) {
  const player = { body: '' };
  const server = await serve(t, async (exchange) => {
    const type = family === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
    exchange.head(200, { 'content-type': type });
    if (player.body !== '') await exchange.write(player.body);
  });
  player.options = {
    provider: NAMES[family],
    baseUrl: server.url,
    apiKey: null,
    model: 'recorded',
    messages: [{ role: 'user', content: 'Again, please.' }],
    retry: false,
  };
  return player;
}

/** Length in code points and the hash, as the table has them. */
const measure = (text) => [[...text].length, sha256(text).slice(0, 12)];
const NOTHING = measure('');

function check({ content, reasoning, toolCalls }, expected) {
  assert.equal(sha256(content), expected.text);
  assert.deepEqual(measure(reasoning), expected.reasoning ?? NOTHING);
  assert.deepEqual(
    toolCalls.map(({ name, arguments: args }) => [name, [...args].length]),
    expected.tool ? [expected.tool] : [],
  );
}

for (const { file, family, events, verdicts, expected } of recordings()) {
  test(`${file} says what its table says`, async (t) => {
    const player = await play(t, family);
    player.body = events.join('');
    const answer = ask(t, player.options);
    const { value: message, error } = await outcome(answer.message());
    if (expected.error) {
      assert.equal(error?.code, 'ERR_SSE_PROVIDER');
      assert.equal(error.kind, expected.error);
      check(error.partial, expected);
      return;
    }
    assert.equal(error, undefined);
    check(message, expected);
    assert.equal(message.finishReason, expected.tool ? 'tool_calls' : 'stop');
    assert.equal(typeof message.model, 'string');
    assert.ok(message.usage === null || message.usage.input > 0);
    assert.equal(await answer.text(), message.content);
  });

  test(`${file} cut after an event is complete only with evidence`, async (t) => {
    const player = await play(t, family);
    const whole = await wholeText(t, player, events);
    const step = Math.max(1, Math.floor(events.length / CUTS));
    const places = events.map((_, index) => index + 1).filter((count) => count % step === 0);
    for (const count of [0, ...places, events.length - 1]) {
      player.body = events.slice(0, count).join('');
      const { value, error } = await outcome(ask(t, player.options).message());
      const codes = { cut: 'ERR_SSE_TRUNCATED', error: 'ERR_SSE_PROVIDER', done: undefined };
      const verdict = count === 0 ? 'cut' : verdicts[count - 1];
      assert.equal(error?.code, codes[verdict], `after ${count} of ${events.length} events`);
      const { content } = value ?? error.partial;
      assert.ok(whole.startsWith(content), `the text after ${count} events`);
    }
  });
}

/** The text of the whole recording, also of one that ends in an error. */
async function wholeText(t, player, events) {
  player.body = events.join('');
  const { value, error } = await outcome(ask(t, player.options).message());
  return (value ?? error.partial).content;
}
