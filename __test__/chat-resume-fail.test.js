'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, outcome } = require('./support/answers.js');
const { startProvider } = require('./support/provider.js');

const FAMILIES = ['chat-completions', 'responses', 'anthropic', 'gemini', 'ollama'];

/** The text in the first frames, by what the model was scripted to say. */
const textOf = (frames, text, count) => {
  const said = frames.slice(0, count).filter(({ says }) => says === 'content').length;
  return text.slice(0, said).join('');
};

for (const family of FAMILIES) {
  test(`${family}: a cut after any event leaves exactly the text that came, or the answer`, async (t) => {
    let cut = 0;
    const provider = await startProvider(t, { faults: () => ({ after: cut, how: 'end' }) });
    const frames = provider.frames(family);
    for (; cut < frames.length; cut++) {
      const options = { ...provider.options(family), resume: 'fail', retry: false };
      const { value, error } = await outcome(ask(t, options).message());
      const proven = frames.slice(0, cut).some(({ proves }) => proves);
      assert.equal(error?.code, proven ? undefined : 'ERR_SSE_TRUNCATED', `after ${cut} events`);
      const { content } = value ?? error.partial;
      assert.equal(content, textOf(frames, provider.answer.text, cut), `after ${cut} events`);
    }
    assert.equal(provider.requests.length, frames.length);
  });
}

test('once there is text nothing is tried again, whatever `retry` allows', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 1, how: 'truncate' }] });
  const retry = { ...provider.options().retry, attempts: null, unsafe: true };
  const shouldRetry = () => true;
  for (const resume of [undefined, 'fail', ['fail']]) {
    provider.requests.length = 0;
    const options = { ...provider.options(), retry, shouldRetry, resume };
    if (resume === undefined) delete options.resume;
    const heard = await hear(ask(t, options));
    assert.equal(heard.error.code, 'ERR_SSE_TRUNCATED');
    assert.equal(heard.error.partial.content, provider.answer.text[0]);
    assert.equal(heard.names.includes('retry'), false);
    assert.equal(provider.requests.length, 1);
  }
});

test('reasoning and a tool call are content, too', async (t) => {
  const call = { id: 'call_1', name: 'weather', arguments: ['{', '}'] };
  for (const answer of [{ text: [], reasoning: ['hm'] }, { calls: [call] }]) {
    const provider = await startProvider(t, { answer, faults: [{ after: 2, how: 'end' }] });
    const { error } = await outcome(ask(t, provider.options()).message());
    assert.equal(error.code, 'ERR_SSE_TRUNCATED');
    assert.equal(provider.requests.length, 1);
  }
});
