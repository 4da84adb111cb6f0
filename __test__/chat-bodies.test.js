'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask } = require('./support/answers.js');
const { startProvider } = require('./support/provider.js');

const SYSTEM = { role: 'system', content: 'Be brief.' };
const DEVELOPER = { role: 'developer', content: 'No jokes.' };
const USER = { role: 'user', content: 'Why?' };
const ASSISTANT = { role: 'assistant', content: 'Because' };
const PARTS = [{ any: 'part', of: ['the', 'provider'] }];

const NOW = { name: 'now', description: 'The time', parameters: { type: 'object' } };
const BARE = { name: 'bare' };

const ALL = {
  messages: [SYSTEM, DEVELOPER, USER, ASSISTANT, { role: 'user', content: PARTS }],
  maxTokens: 7,
  temperature: 0.5,
  topP: 0.9,
  stop: ['.', '!'],
  tools: [NOW, BARE],
  toolChoice: { name: 'now' },
};

/** The body that a provider gets of these options. */
async function bodyOf(t, family, options) {
  const provider = await startProvider(t);
  await ask(t, { ...provider.options(family), ...options }).text();
  return provider.requests[0].body;
}

test('chat-completions: every option has its place', async (t) => {
  assert.deepEqual(await bodyOf(t, 'chat-completions', ALL), {
    model: 'test-model',
    messages: ALL.messages,
    max_tokens: 7,
    temperature: 0.5,
    top_p: 0.9,
    stop: ['.', '!'],
    tools: [
      { type: 'function', function: NOW },
      { type: 'function', function: BARE },
    ],
    tool_choice: { type: 'function', function: { name: 'now' } },
    stream: true,
    stream_options: { include_usage: true },
  });
});

test('responses: every option has its place', async (t) => {
  const { stop, ...options } = ALL;
  const body = await bodyOf(t, 'responses', { ...options, resume: ['server', 'fail'] });
  assert.deepEqual(body, {
    model: 'test-model',
    input: ALL.messages,
    max_output_tokens: 7,
    temperature: 0.5,
    top_p: 0.9,
    tools: [
      { type: 'function', ...NOW },
      { type: 'function', ...BARE },
    ],
    tool_choice: { type: 'function', name: 'now' },
    stream: true,
    background: true,
  });
});

test('anthropic: every option has its place', async (t) => {
  assert.deepEqual(await bodyOf(t, 'anthropic', ALL), {
    model: 'test-model',
    system: 'Be brief.\n\nNo jokes.',
    messages: [USER, ASSISTANT, { role: 'user', content: PARTS }],
    max_tokens: 7,
    temperature: 0.5,
    top_p: 0.9,
    stop_sequences: ['.', '!'],
    tools: [
      { name: 'now', description: 'The time', input_schema: { type: 'object' } },
      { name: 'bare', input_schema: { type: 'object' } },
    ],
    tool_choice: { type: 'tool', name: 'now' },
    stream: true,
  });
});

test('anthropic: instructions in parts stay parts, and there is a limit of tokens', async (t) => {
  const messages = [SYSTEM, { role: 'system', content: PARTS }, USER];
  const body = await bodyOf(t, 'anthropic', { messages });
  assert.deepEqual(body, {
    model: 'test-model',
    system: [{ type: 'text', text: 'Be brief.' }, ...PARTS],
    messages: [USER],
    max_tokens: 4096,
    stream: true,
  });
});

test('gemini: every option has its place', async (t) => {
  assert.deepEqual(await bodyOf(t, 'gemini', ALL), {
    systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'No jokes.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'Why?' }] },
      { role: 'model', parts: [{ text: 'Because' }] },
      { role: 'user', parts: PARTS },
    ],
    generationConfig: {
      maxOutputTokens: 7,
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ['.', '!'],
    },
    tools: [{ functionDeclarations: [NOW, BARE] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['now'] } },
  });
});

test('ollama: every option has its place', async (t) => {
  const { toolChoice, ...options } = ALL;
  assert.deepEqual(await bodyOf(t, 'ollama', options), {
    model: 'test-model',
    messages: ALL.messages,
    options: { num_predict: 7, temperature: 0.5, top_p: 0.9, stop: ['.', '!'] },
    tools: [
      { type: 'function', function: NOW },
      { type: 'function', function: BARE },
    ],
    stream: true,
  });
});

test('whether to call a tool is said in the words of each', async (t) => {
  const words = {
    'chat-completions': ['auto', 'none', 'required'],
    responses: ['auto', 'none', 'required'],
    anthropic: [{ type: 'auto' }, { type: 'none' }, { type: 'any' }],
    gemini: ['AUTO', 'NONE', 'ANY'].map((mode) => ({ functionCallingConfig: { mode } })),
  };
  for (const [family, expected] of Object.entries(words)) {
    for (const [index, toolChoice] of ['auto', 'none', 'required'].entries()) {
      const { tool_choice: choice, toolConfig } = await bodyOf(t, family, {
        tools: [NOW],
        toolChoice,
      });
      assert.deepEqual(choice ?? toolConfig, expected[index], `${family} ${toolChoice}`);
    }
  }
});

test('what nobody asked for is not sent', async (t) => {
  const plain = { messages: [USER], tools: [] };
  const common = { model: 'test-model', stream: true };
  const messages = [USER];
  for (const [family, expected] of Object.entries({
    'chat-completions': { ...common, messages, stream_options: { include_usage: true } },
    responses: { ...common, input: messages },
    gemini: { contents: [{ role: 'user', parts: [{ text: 'Why?' }] }] },
    ollama: { ...common, messages },
  })) {
    assert.deepEqual(await bodyOf(t, family, plain), expected, family);
  }
  const mistral = await bodyOf(t, 'chat-completions', { ...plain, provider: 'mistral' });
  assert.deepEqual(mistral, { ...common, messages });
});

test('members of the body win, and in groups stand beside those of the options', async (t) => {
  const chat = await bodyOf(t, 'chat-completions', {
    body: { stream_options: { include_obfuscation: false }, max_tokens: undefined },
    maxTokens: 5,
  });
  assert.deepEqual(chat.stream_options, { include_usage: true, include_obfuscation: false });
  assert.equal('max_tokens' in chat, false);
  const without = await bodyOf(t, 'chat-completions', { body: { stream_options: undefined } });
  assert.equal('stream_options' in without, false);
  const gemini = await bodyOf(t, 'gemini', {
    maxTokens: 5,
    temperature: 1,
    body: { generationConfig: { topK: 3, temperature: 0 }, safetySettings: [] },
  });
  assert.deepEqual(gemini.generationConfig, { maxOutputTokens: 5, temperature: 0, topK: 3 });
  assert.deepEqual(gemini.safetySettings, []);
  const ollama = await bodyOf(t, 'ollama', { maxTokens: 5, body: { options: { num_ctx: 1 } } });
  assert.deepEqual(ollama.options, { num_predict: 5, num_ctx: 1 });
  const choice = await bodyOf(t, 'chat-completions', {
    ...{ tools: [NOW], toolChoice: { name: 'now' } },
    body: { tool_choice: { type: 'allowed_tools' } },
  });
  assert.deepEqual(choice.tool_choice, { type: 'allowed_tools' });
});

test('a conversation in the words of the provider takes the place of messages', async (t) => {
  const own = { messages: undefined };
  const input = [{ type: 'function_call_output', call_id: 'c', output: '4' }];
  const responses = await bodyOf(t, 'responses', { ...own, body: { input } });
  assert.deepEqual(responses.input, input);
  const prompt = await bodyOf(t, 'responses', { ...own, body: { prompt: { id: 'p' } } });
  assert.deepEqual(prompt, { model: 'test-model', stream: true, prompt: { id: 'p' } });
  const contents = [{ role: 'function', parts: [{ functionResponse: {} }] }];
  const gemini = await bodyOf(t, 'gemini', { ...own, body: { contents } });
  assert.deepEqual(gemini, { contents });
});

test('half of a surrogate pair goes out as U+FFFD, and a backslash as itself', async (t) => {
  const messages = [{ role: 'user', content: 'a\ud83d \\ud83d 🌊' }];
  const body = await bodyOf(t, 'chat-completions', { messages });
  assert.equal(body.messages[0].content, 'a\ufffd \\ud83d 🌊');
});
