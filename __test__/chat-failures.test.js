'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, iterate, joined, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { ERRORS } = require('./support/provider-faults.js');
const { startProvider } = require('./support/provider.js');

/** For providers that fall silent; long enough not to cut others off on a busy machine. */
const IDLE = { timeouts: { idle: 500 } };
const EVENT = { timeouts: { event: { ms: 500, ignore: ['ping'] } } };

/** What a provider does in the middle of an answer, and what it must come to. */
const FAILURES = [
  ['ends without a reason', { how: 'end' }, { code: 'ERR_SSE_TRUNCATED' }],
  ['ends in the middle of a chunk', { how: 'truncate' }, { code: 'ERR_SSE_TRUNCATED' }],
  ['resets the connection', { how: 'reset' }, { code: 'ERR_SSE_RESET' }],
  ['falls silent', { how: 'stall' }, { code: 'ERR_SSE_TIMEOUT', phase: 'idle' }, IDLE],
  ['sends comments only', { how: 'comments' }, { code: 'ERR_SSE_TIMEOUT', phase: 'event' }, EVENT],
  ['sends pings only', { how: 'pings' }, { code: 'ERR_SSE_TIMEOUT', phase: 'event' }, EVENT],
  ['sends what is no JSON', { how: 'malformed' }, { code: 'ERR_SSE_MALFORMED', kind: 'malformed' }],
];

/** Which family sends an error of which shape. */
const SHAPES = {
  vllm: 'chat-completions',
  openrouter: 'chat-completions',
  groq: 'chat-completions',
  'ollama /v1': 'chat-completions',
  anthropic: 'anthropic',
  responses: 'responses',
  'flat responses': 'responses',
  gemini: 'gemini',
  ollama: 'ollama',
};

/** One that says nothing is nothing but a cut. */
const comesTo = (shape) =>
  shape === 'ollama /v1'
    ? { code: 'ERR_SSE_TRUNCATED' }
    : { code: 'ERR_SSE_PROVIDER', kind: 'overloaded' };

for (const shape of Object.keys(ERRORS)) {
  FAILURES.push([
    `tells of an error as ${shape} does`,
    { error: shape },
    comesTo(shape),
    {},
    SHAPES[shape],
  ]);
}

const matches = (error, expected) => {
  for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, name);
};

for (const [what, fate, expected, options = {}, family = 'chat-completions'] of FAILURES) {
  test(`a provider that ${what} after content is an error with exactly the partial text`, async (t) => {
    const pieces = 4;
    const faults = [{ content: pieces, ...fate, when: () => arrived(answer, begun) }];
    const provider = await startProvider(t, { faults });
    const begun = provider.answer.text.slice(0, pieces).join('');
    const answer = ask(t, { ...provider.options(family), ...options });
    const heard = await hear(answer);
    matches(heard.error, expected);
    const { partial } = heard.error;
    assert.equal(partial.content, begun);
    assert.equal(partial.finishReason, null);
    assert.equal(heard.text, begun);
    assert.equal(heard.error.requestId, answer.requestId);
    assert.deepEqual(heard.close, { reason: 'error', error: heard.error });
    const fatal = ['done', 'stopped', 'retry', 'reset'].filter((name) =>
      heard.names.includes(name),
    );
    assert.deepEqual(fatal, []);
    assert.equal(heard.of('error').length, 1);
    const parseErrors = expected.code === 'ERR_SSE_MALFORMED' ? [expected.code] : [];
    assert.deepEqual(
      heard.of('parseError').map(({ code }) => code),
      parseErrors,
    );
    assert.equal(provider.requests.length, 1, 'it is asked, and billed, once');
    for (const promise of [answer.text(), answer.message()]) {
      assert.equal((await outcome(promise)).error, heard.error);
    }
  });

  test(`a provider that ${what} before content is asked again`, async (t) => {
    const faults = [{ content: 0, ...fate, when: () => arrived(answer, '') }];
    const provider = await startProvider(t, { faults });
    const answer = ask(t, { ...provider.options(family), ...options });
    const heard = await hear(answer);
    assert.equal(heard.error, undefined);
    assert.equal(heard.text, provider.text);
    assert.equal(heard.of('retry').length, 1);
    matches(heard.of('retry')[0].error, expected);
    assert.equal(provider.requests.length, 2);
    assert.equal(heard.of('reset').length, 0, 'nothing was shown that could be void');
    assert.equal(heard.of('connected').length, 1);
  });

  test(`a provider that ${what} before content, with no attempts left, is an error`, async (t) => {
    const faults = [{ content: 0, ...fate, when: () => arrived(answer, '') }];
    const provider = await startProvider(t, { faults });
    const retry = { ...provider.options().retry, attempts: 0 };
    const answer = ask(t, { ...provider.options(family), ...options, retry });
    const { error } = await outcome(answer.message());
    matches(error, expected);
    assert.equal(error.partial.content, '');
    assert.equal(error.partial.attempts.length, 1);
    assert.equal(error.partial.attempts[0].error, expected.code);
    assert.equal(provider.requests.length, 1);
  });
}

/** A reset makes a client lose what it has not read: it must have head and text first. */
function arrived(answer, begun) {
  const here = () => answer.status === 200 && answer.snapshot().content === begun;
  return until(here, PATIENCE_MS, 'the text to arrive');
}

test('an iterator and a textStream get the partial text first, and then the error', async (t) => {
  for (const of of [(answer) => answer, (answer) => answer.textStream]) {
    const provider = await startProvider(t, { faults: [{ content: 3, how: 'truncate' }] });
    const { parts, error } = await iterate(of(ask(t, provider.options())));
    const text = typeof parts[0] === 'string' ? parts.join('') : joined(parts, 'content');
    assert.equal(text, provider.answer.text.slice(0, 3).join(''));
    assert.equal(error.code, 'ERR_SSE_TRUNCATED');
    assert.equal(error.partial.content, text);
  }
});

test('a page in a 200 is no answer', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ page: true }) });
  const { error } = await outcome(ask(t, provider.options()).text());
  assert.equal(error.code, 'ERR_SSE_CONTENT_TYPE');
  assert.equal(error.status, 200);
  assert.match(error.body, /Sign in/);
  assert.equal(error.partial.content, '');
});

test('an error after the reason of the end wins over it', async (t) => {
  const frames = (await startProvider(t)).frames();
  const last = frames.findIndex(({ says }) => says === 'finish');
  const provider = await startProvider(t, { faults: [{ after: last + 1, error: 'openrouter' }] });
  const { error } = await outcome(ask(t, provider.options()).message());
  assert.equal(error.code, 'ERR_SSE_PROVIDER');
  assert.equal(error.partial.content, provider.text);
});

test('[DONE] after an error makes it no success', async (t) => {
  const faults = () => ({ content: 1, error: 'vllm', problem: 'invalid-request' });
  const provider = await startProvider(t, { faults });
  const { error } = await outcome(ask(t, provider.options()).message());
  assert.deepEqual([error.code, error.kind], ['ERR_SSE_PROVIDER', 'invalid-request']);
  assert.equal(error.providerCode, 'invalid_request_error');
  assert.match(error.message, /The prompt is not to my liking/);
});

test('an empty reason is no end', async (t) => {
  const provider = await startProvider(t, {
    faults: () => ({ status: 200, headers: { 'content-type': 'text/event-stream' }, body }),
  });
  const choice = { index: 0, delta: { content: 'Half' }, finish_reason: '' };
  const body = `data: ${JSON.stringify({ id: 'x', choices: [choice] })}\n\n`;
  const { error } = await outcome(ask(t, provider.options()).message());
  assert.equal(error.code, 'ERR_SSE_TRUNCATED');
  assert.deepEqual([error.partial.content, error.partial.finishReason], ['Half', null]);
});

test('the socket of a failed answer is closed', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 2, how: 'stall' }] });
  await outcome(ask(t, { ...provider.options(), ...IDLE }).text());
  const { closedBy } = await within(
    provider.requests[0].connection.closed,
    PATIENCE_MS,
    'the close at the server',
  );
  assert.equal(closedBy, 'client');
});

test('tool calls and reasoning that had begun are in the partial answer', async (t) => {
  const answer = {
    reasoning: ['so ', 'then'],
    text: ['Look: '],
    calls: [{ id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] }],
  };
  const frames = (await startProvider(t, { answer })).frames();
  const first = frames.findIndex(({ says }) => says === 'call');
  const faults = [{ after: first + 2, how: 'truncate' }];
  const provider = await startProvider(t, { answer, faults });
  const { error } = await outcome(ask(t, provider.options()).message());
  const { content, reasoning, toolCalls, model, id } = error.partial;
  assert.deepEqual([content, reasoning], ['Look: ', 'so then']);
  assert.deepEqual(toolCalls, [{ index: 0, id: 'call_1', name: 'weather', arguments: '{"city":' }]);
  assert.deepEqual([id, model], ['answer-1', 'test-model']);
  assert.equal(Object.keys(error).includes('partial'), false, 'it is not printed');
});

test('a failure that nobody listens to kills no process, and is there when asked', async (t) => {
  const provider = await startProvider(t, { faults: [{ status: 400 }] });
  const answer = ask(t, provider.options());
  const { error } = await outcome(answer.closed);
  assert.equal(error.code, 'ERR_SSE_STATUS');
  assert.equal((await outcome(answer.text())).error, error);
});
