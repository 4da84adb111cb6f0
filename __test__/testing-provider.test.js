'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { default: Anthropic } = require('@anthropic-ai/sdk');
const { default: OpenAI } = require('openai');
const { chat } = require('../index.js');
const { startProvider } = require('../lib/testing/testing.js');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');

const FAMILIES = {
  'chat-completions': 'openai',
  responses: 'responses',
  anthropic: 'anthropic',
  gemini: 'gemini',
  ollama: 'ollama',
};
const MESSAGES = [{ role: 'user', content: 'Why is the sky blue?' }];

/** A provider for one test. */
async function scripted(t, options) {
  const provider = await startProvider(options);
  t.after(() => provider.close());
  return provider;
}

/** An answer of it. */
const ask = (provider, options = {}) =>
  chat({
    baseUrl: provider.url,
    apiKey: 'sk-1',
    model: 'test-model',
    messages: MESSAGES,
    retry: { baseDelay: 1, minDelay: 0 },
    ...options,
  });

for (const [family, name] of Object.entries(FAMILIES)) {
  test(`${family}: an answer has its text, its thoughts, its tool call and its counts`, async (t) => {
    const provider = await scripted(t, {
      script: [
        {
          reasoning: ['Light ', 'scatters.'],
          deltas: ['The sky ', 'is blue.'],
          toolCalls: [{ name: 'weather', arguments: { city: 'Köln' } }],
          usage: { input: 12, output: 7 },
        },
      ],
    });
    const answer = await ask(provider, { provider: name }).message();
    assert.equal(answer.content, 'The sky is blue.');
    assert.equal(answer.reasoning, 'Light scatters.');
    assert.deepEqual(
      answer.toolCalls.map((call) => [call.name, JSON.parse(call.arguments)]),
      [['weather', { city: 'Köln' }]],
    );
    assert.deepEqual([answer.usage.input, answer.usage.output], [12, 7]);
    const [request] = provider.requests;
    assert.deepEqual(
      [request.family, request.apiKey, request.method, request.status],
      [family, 'sk-1', 'POST', 200],
    );
    assert.ok(request.sent >= 5, String(request.sent));
    assert.equal(await within(request.closed, PATIENCE_MS, 'the end'), 'server');
  });

  test(`${family}: every fault is what it says`, async (t) => {
    const told = {};
    const codes = {
      end: 'ERR_SSE_TRUNCATED',
      truncate: 'ERR_SSE_TRUNCATED',
      reset: 'ERR_SSE_RESET',
      stall: 'ERR_SSE_TIMEOUT',
      error: 'ERR_SSE_PROVIDER',
      garbage: 'ERR_SSE_MALFORMED',
    };
    for (const fault of Object.keys(codes)) {
      const provider = await scripted(t, { script: [{ deltas: ['The ', 'sky'], fault }] });
      const timeouts = fault === 'stall' ? { idle: 200 } : {};
      const failure = await ask(provider, { provider: name, timeouts })
        .text()
        .catch((error) => error);
      told[fault] = failure.code;
      assert.equal(failure.partial.content, 'The sky', fault);
      assert.equal(provider.requests.length, 1);
    }
    assert.deepEqual(told, codes);
  });
}

test('garbage is skipped by a reader that was told to, and the answer goes on', async (t) => {
  const script = [{ deltas: ['The ', 'sky'], fault: 'garbage' }];
  for (const provider of Object.values(FAMILIES)) {
    const server = await scripted(t, { script });
    const text = await ask(server, { provider, malformed: 'skip' }).text();
    assert.equal(text, 'The sky', provider);
  }
});

test('the client of OpenAI reads an answer with a tool call', async (t) => {
  const provider = await scripted(t, {
    script: [
      { deltas: ['Hel', 'lo'], toolCalls: [{ name: 'now', arguments: ['{"zo', 'ne":1}'] }] },
    ],
  });
  const client = new OpenAI({ baseURL: provider.url, apiKey: 'sk-2', maxRetries: 0 });
  const { choices, usage } = await client.chat.completions
    .stream({ model: 'gpt-4.1', messages: MESSAGES, stream_options: { include_usage: true } })
    .finalChatCompletion();
  const [{ message, finish_reason: reason }] = choices;
  assert.deepEqual([message.content, reason], ['Hello', 'tool_calls']);
  assert.equal(message.tool_calls[0].function.arguments, '{"zone":1}');
  assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [9, 2]);
  assert.equal(provider.requests[0].apiKey, 'sk-2');
});

test('the client of Anthropic reads an answer', async (t) => {
  const provider = await scripted(t, {
    script: [{ deltas: ['Hel', 'lo'], finishReason: 'length' }],
  });
  const client = new Anthropic({ baseURL: provider.url, apiKey: 'sk-3', maxRetries: 0 });
  const message = await client.messages
    .stream({ model: 'claude', max_tokens: 10, messages: MESSAGES })
    .finalMessage();
  assert.deepEqual([message.content[0].text, message.stop_reason], ['Hello', 'max_tokens']);
  assert.equal(provider.requests[0].apiKey, 'sk-3');
});

test('a script goes step by step, and its last step is repeated', async (t) => {
  const provider = await scripted(t, {
    script: [
      { status: 429, retryAfter: 0 },
      { connection: 'reset' },
      { deltas: ['The sky '], fault: 'truncate' },
      { deltas: ['The sky ', 'is blue.'] },
    ],
  });
  assert.equal(
    await ask(provider, {
      resume: 'restart',
      retry: { baseDelay: 1, minDelay: 0, attempts: 5 },
    }).text(),
    'The sky is blue.',
  );
  assert.equal(await ask(provider).text(), 'The sky is blue.');
  assert.deepEqual(
    provider.requests.map(({ status, sent }) => [status, sent]),
    [
      [429, 0],
      [null, 0],
      [200, 1],
      [200, 2],
      [200, 2],
    ],
  );
  assert.ok(
    provider.requests.every(({ body }) => body.messages[0].content === MESSAGES[0].content),
  );
});

test('a status has its headers, and a body as JSON or as text', async (t) => {
  const provider = await scripted(t, {
    script: [
      { status: 400 },
      {
        status: 401,
        body: { error: { message: 'No such key' } },
        headers: { 'X-Request-Id': 'r' },
      },
      { status: 502, body: '<p>Bad gateway' },
    ],
  });
  const post = async () => {
    const response = await fetch(`${provider.url}/v1/chat/completions`, {
      method: 'POST',
      body: '{"stream":true}',
    });
    return [response.status, response.headers.get('content-type'), await response.text(), response];
  };
  const [status, type, text] = await post();
  assert.deepEqual([status, type], [400, 'application/json']);
  assert.match(JSON.parse(text).error.message, /400/);
  const [, , second, { headers }] = await post();
  assert.deepEqual(
    [JSON.parse(second).error.message, headers.get('x-request-id')],
    ['No such key', 'r'],
  );
  assert.deepEqual((await post()).slice(0, 3), [
    502,
    'text/plain; charset=utf-8',
    '<p>Bad gateway',
  ]);
});

test('a function is asked for each request, and what it throws comes out of close', async () => {
  const provider = await startProvider({
    script: async ({ body }) => {
      if (body.model === 'broken') throw new TypeError('no such model in this test');
      return { deltas: [`I am ${body.model}`] };
    },
  });
  assert.equal(await ask(provider, { model: 'm1' }).text(), 'I am m1');
  await assert.rejects(
    ask(provider, { model: 'broken', retry: false }).text(),
    ({ status }) => status === 500,
  );
  await assert.rejects(provider.close(), {
    name: 'TypeError',
    message: 'no such model in this test',
  });
});

test('a late head and late deltas meet the deadlines of a client', async (t) => {
  const late = await scripted(t, { script: [{ deltas: ['x'], headersDelay: 60_000 }] });
  const failed = await ask(late, { retry: false, timeouts: { headers: 100 } })
    .text()
    .catch((error) => error);
  assert.deepEqual([failed.code, failed.phase], ['ERR_SSE_TIMEOUT', 'headers']);
  const slow = await scripted(t, { delay: 60_000 });
  const stopped = ask(slow, { timeouts: { idle: 100 } });
  await assert.rejects(stopped.text(), { code: 'ERR_SSE_TIMEOUT' });
});

test('a client that leaves is seen', async (t) => {
  const provider = await scripted(t, { script: [{ deltas: ['The'], fault: 'stall' }] });
  const answer = ask(provider);
  const asked = await within(provider.request(0), PATIENCE_MS, 'the request');
  for await (const text of answer.textStream) if (text === 'The') break;
  assert.equal(await within(asked.closed, PATIENCE_MS, 'the end'), 'client');
});

test('it tells a wrong path, and a request for no stream', async (t) => {
  const provider = await scripted(t);
  const post = (path, body) =>
    fetch(`${provider.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const lost = await post('/v1/embeddings', {});
  assert.equal(lost.status, 404);
  assert.match(
    (await lost.json()).error.message,
    /POST to .*\/messages.*, not POST \/v1\/embeddings/,
  );
  const whole = await post('/v1/messages', { model: 'm' });
  assert.equal(whole.status, 400);
  assert.match((await whole.json()).error.message, /"stream": true/);
  // Neither took a step of the script.
  assert.equal(await ask(provider).text(), 'Hello, world!');
});

test('it is closed with its scope, and tells those who wait for a request', async () => {
  const provider = await startProvider();
  const waiting = provider.request(0);
  await Promise.all([
    assert.rejects(waiting, /closed before requests\[0\]: 0 came/),
    provider[Symbol.asyncDispose](),
  ]);
  await provider.close();
  await assert.rejects(fetch(provider.url));
});

for (const name of Object.values(FAMILIES)) {
  test(`${name}: what was sent is counted in deltas`, async (t) => {
    const provider = await scripted(t, { script: [{ deltas: ['a', 'b', 'c'] }] });
    assert.equal(await ask(provider, { provider: name }).text(), 'abc');
    const [request] = provider.requests;
    await within(request.closed, PATIENCE_MS, 'the end');
    assert.equal(request.sent, 3);
  });
}

const WRONG = [
  [{ scripts: [] }, /unknown option "scripts"/],
  [{ script: 'reset' }, /^script must be an array of steps, or a function/],
  [{ script: [] }, /^script must be an array with at least one step/],
  [{ script: [{ ending: 'reset' }] }, /unknown option "script\[0\]\.ending"; there are .*fault/],
  [{ script: [{}, { fault: 'cut' }] }, /^script\[1\]\.fault must be 'end' or 'reset'/],
  [{ script: [{ deltas: 'Hello' }] }, /^script\[0\]\.deltas must be an array/],
  [{ script: [{ deltas: [1] }] }, /^script\[0\]\.deltas\[0\] must be a string/],
  [{ script: [{ status: 42 }] }, /^script\[0\]\.status must be a number >= 200/],
  [{ script: [{ status: 429, deltas: ['x'] }] }, /^script\[0\] has status and deltas/],
  [{ script: [{ connection: 'cut' }] }, /^script\[0\]\.connection must be 'reset' or 'stall'/],
  [{ script: [{ connection: 'reset', status: 500 }] }, /has connection and status/],
  [{ script: [{ retryAfter: 1 }] }, /retryAfter needs script\[0\]\.status/],
  [{ script: [{ error: {} }] }, /error needs script\[0\]\.fault to be 'error'/],
  [{ script: [{ fault: 'end', finishReason: 'stop' }] }, /finishReason cannot be sent/],
  [{ script: [{ finishReason: 'done' }] }, /finishReason must be 'stop' or/],
  [{ script: [{ toolCalls: [{}] }] }, /toolCalls\[0\]\.name must be a string/],
  [{ script: [{ usage: { output: -1 } }] }, /usage\.output must be/],
  [{ script: [{ headers: { a: 1 } }] }, /headers\["a"\] must be a string/],
  [{ delay: -1 }, /^delay must be a number of milliseconds >= 0/],
];

for (const [options, message] of WRONG) {
  test(`${JSON.stringify(options)} is refused`, async () => {
    await assert.rejects(startProvider(options), { code: 'ERR_SSE_OPTION', message });
  });
}
