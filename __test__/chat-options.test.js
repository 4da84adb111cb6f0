'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { chat } = require('../index.js');
const wrong = require('./support/wrong-chat-options.js');
const options = require('./support/wrong-options.js');

const { SECRET, nested, refused, shown } = options;
const { ASKED, CONTRADICTIONS, MESSAGES, PREFILL, SPECIAL, TOOLS, UNKNOWN, WRONG } = wrong;

/** No port: an answer that is stopped before the next tick asks nobody. */
const accepted = (more) => chat({ ...ASKED, ...more }).close();

const refusedChat = (more, name, got) =>
  refused(() => chat({ ...ASKED, ...more }), name, got, `${name}: ${Object.keys(more)}`);

const contract = readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');

/** The members that the contract declares for an interface. */
function members(name) {
  const [, body] = new RegExp(`interface ${name} [^{]*\\{\n([^]*?)\n\\}`).exec(contract);
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member);
}

test('the table of wrong options knows every option of the contract', () => {
  const known = new Set([...Object.keys(WRONG), ...Object.keys(options.WRONG), 'headers']);
  const expected = [
    ...members('ChatOptions'),
    ...members('EndpointOptions'),
    ...members('PrefillOptions').map((member) => `prefill.${member}`),
    ...members('AnswerLimits').map((member) => `limits.${member}`),
  ];
  assert.ok(expected.length > 30);
  for (const name of expected) assert.ok(known.has(name), `${name} is not in the table`);
});

test('every option of chat() refuses what it cannot mean, at once, and shows no secret', () => {
  for (const [name, values] of Object.entries(WRONG)) {
    for (const value of values) {
      const more = name.startsWith('prefill.')
        ? { prefill: { style: 'kimi', ...nested(name, value).prefill } }
        : nested(name, value);
      refusedChat(more, name, shown(value));
    }
  }
  for (const [more, name, got] of SPECIAL) refusedChat(more, name, got);
  for (const name of UNKNOWN) refusedChat(nested(name, 1), `unknown option "${name}"`);
  for (const value of ['x', 5, null, [], true]) {
    refused(() => chat(value), 'options', typeof value === 'string' ? 'a string' : shown(value));
  }
  refused(() => chat(), 'baseUrl is missing');
});

test('options that all streams have are checked as those of connect() are', () => {
  const foreign = /^(method|lastEventId|retryRange|terminal|dedupe|incomplete)\b|After$|\.total$/;
  const shared = Object.entries(options.WRONG).filter(([name]) => !foreign.test(name));
  assert.ok(shared.length > 25);
  for (const [name, values] of shared) {
    for (const value of values) refusedChat(nested(name, value), name, shown(value));
  }
});

test('an unknown provider is told which there are', () => {
  for (const provider of ['nobody', 'OpenAI', 'toString', '__proto__', 5, null, {}]) {
    refusedChat({ provider }, 'provider must be one of openai, azure, deepseek');
  }
});

test('what cannot be together is refused, whichever was meant', () => {
  for (const [given, name] of CONTRADICTIONS) {
    refusedChat(typeof given === 'function' ? given() : given, name);
  }
});

test('in a list of policies another may apply where one does not', () => {
  for (const resume of [
    ['continue', 'restart'],
    ['continue', 'restart', 'fail'],
  ]) {
    accepted({ prefill: 'kimi', resume, tools: TOOLS });
    accepted({ prefill: 'kimi', resume, body: { n: 2 } });
    refusedChat({ resume }, 'prefill');
  }
  accepted({ provider: 'responses', resume: ['server', 'restart'] });
});

test('what is fine is fine', () => {
  const fine = [
    ...Object.keys(WRONG)
      .filter((name) => !/^(baseUrl|apiKey|model|messages|prefill\.style)$/.test(name))
      .map((name) => nested(name, undefined))
      .filter((more) => !more.prefill),
    { apiKey: null },
    { apiKey: ['one', 'two'] },
    { apiKey: null, headers: { authorization: SECRET } },
    { baseUrl: new URL('https://api.example.com/v1?api-version=1#x') },
    { prefill: { style: 'mistral', echo: true }, provider: 'mistral', resume: 'continue' },
    { prefill: 'anthropic', provider: 'anthropic', resume: ['continue'] },
    { messages: undefined, body: { messages: MESSAGES } },
    { messages: undefined, body: { prompt: 'x' } },
    { messages: undefined, provider: 'responses', body: { input: 'x' } },
    { messages: undefined, provider: 'gemini', body: { contents: [] } },
    { messages: [{ role: 'assistant', tool_calls: [] }] },
    { messages: [{ role: 'user', content: [] }] },
    { messages: [{ role: 'user', content: 'a lone \ud800' }] },
    { maxTokens: 1, temperature: 0, topP: 1, stop: ['a', 'b'], tools: [], toolChoice: 'none' },
    { tools: TOOLS, toolChoice: { name: 'a' } },
    { body: { stream: true, response_format: { type: 'text' } }, ...PREFILL },
    { deadline: 1 },
    { deadline: new Date(0) },
    { deadline: null, retry: false, timeouts: { event: null, headers: null }, signal: null },
    { requestId: 'ünïcode', affinity: '' },
    { limits: { content: 1, arguments: 1 } },
    { headers: null },
    { headers: [['x-a', 'b']] },
  ];
  for (const more of fine) accepted(more);
});
