'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, outcome } = require('./support/answers.js');
const { KEY, startProvider } = require('./support/provider.js');

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What the server must see: path, query and the header with the key. */
const PLACES = {
  'chat-completions': ['/v1/chat/completions', {}, 'authorization', `Bearer ${KEY}`],
  responses: ['/v1/responses', {}, 'authorization', `Bearer ${KEY}`],
  anthropic: ['/v1/messages', {}, 'x-api-key', KEY],
  gemini: [
    '/v1beta/models/test-model:streamGenerateContent',
    { alt: 'sse' },
    'x-goog-api-key',
    KEY,
  ],
  ollama: ['/api/chat', {}, 'authorization', `Bearer ${KEY}`],
};

for (const [family, [path, query, header, value]] of Object.entries(PLACES)) {
  test(`${family}: the server sees its path, its key and a streaming POST`, async (t) => {
    const provider = await startProvider(t);
    await ask(t, provider.options(family)).text();
    const [request] = provider.requests;
    assert.equal(request.method, 'POST');
    assert.deepEqual([request.path, request.query], [path, query]);
    assert.equal(request.headers[header], value);
    const keys = request.rawHeaders.filter(([, content]) => content.includes(KEY));
    assert.equal(keys.length, 1, 'the key goes into one header');
    assert.match(request.headers['content-type'], /^application\/json/);
    assert.equal(request.body.stream, family === 'gemini' ? undefined : true);
    assert.equal(request.body.model, family === 'gemini' ? undefined : 'test-model');
    const version = request.headers['anthropic-version'];
    assert.equal(version, family === 'anthropic' ? '2023-06-01' : undefined);
  });
}

test('messages of Chat Completions arrive as they were given, parts and all', async (t) => {
  const provider = await startProvider(t);
  const messages = [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Was ist das? 🌊' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function' }] },
    { role: 'tool', content: '4', tool_call_id: 'c', name: 'ünïcode' },
  ];
  await ask(t, { ...provider.options(), messages }).text();
  assert.deepEqual(provider.requests[0].body.messages, messages);
});

test('further members of the body are sent untouched and win', async (t) => {
  const provider = await startProvider(t);
  const body = {
    seed: 7,
    metadata: { trace: ['a', { b: null }], unknown: 1.5e-7 },
    max_tokens: 5,
    temperature: 0,
  };
  await ask(t, { ...provider.options(), maxTokens: 9, temperature: 1, topP: 0.5, body }).text();
  const [request] = provider.requests;
  for (const [name, value] of Object.entries(body)) assert.deepEqual(request.body[name], value);
  assert.equal(request.body.top_p, 0.5);
  assert.deepEqual(
    body,
    { seed: 7, metadata: body.metadata, max_tokens: 5, temperature: 0 },
    'the caller keeps what it gave',
  );
});

test('a base URL may end in a slash, have a query, and a key header of its own', async (t) => {
  const provider = await startProvider(t);
  const baseUrl = `${provider.url}/deep/er/v1/?api-version=2025-01-01&x=a%20b`;
  await ask(t, { ...provider.options(), baseUrl, keyHeader: 'X-Secret' }).text();
  const [{ path, query, headers }] = provider.requests;
  assert.equal(path, '/deep/er/v1/chat/completions');
  assert.deepEqual(query, { 'api-version': '2025-01-01', x: 'a b' });
  assert.equal(headers['x-secret'], KEY);
  assert.equal(headers.authorization, undefined);
});

test('azure is sent its key as api-key', async (t) => {
  const provider = await startProvider(t);
  await ask(t, { ...provider.options(), provider: 'azure' }).text();
  const [{ headers }] = provider.requests;
  assert.equal(headers['api-key'], KEY);
  assert.equal(headers.authorization, undefined);
});

test('an endpoint without a key gets none', async (t) => {
  const provider = await startProvider(t);
  await ask(t, { ...provider.options('ollama'), apiKey: null }).text();
  assert.equal(provider.requests[0].key, null);
  assert.equal(provider.requests[0].headers.authorization, undefined);
});

test('headers of the caller arrive beside those of chat()', async (t) => {
  const provider = await startProvider(t);
  const headers = { 'X-Title': 'Müller', 'anthropic-beta': 'a,b' };
  await ask(t, { ...provider.options('anthropic'), headers }).text();
  const [request] = provider.requests;
  assert.equal(request.headers['x-title'], 'Müller');
  assert.equal(request.headers['anthropic-beta'], 'a,b');
  assert.equal(request.headers['anthropic-version'], '2023-06-01');
});

test('all attempts of an answer have one X-Request-ID, and count', async (t) => {
  const faults = [{ status: 503 }, { before: 'reset' }, { after: 1, error: 'vllm' }];
  const provider = await startProvider(t, { faults });
  const retry = { ...provider.options().retry, attempts: 3 };
  const answer = ask(t, { ...provider.options(), retry });
  await answer.text();
  const ids = provider.requests.map(({ headers }) => headers['x-request-id']);
  assert.match(ids[0], UUID);
  assert.deepEqual(ids, Array(4).fill(answer.requestId));
  assert.deepEqual(
    provider.requests.map(({ headers }) => headers['x-request-attempt']),
    ['1', '2', '3', '4'],
  );
  const other = ask(t, provider.options());
  await other.text();
  assert.match(other.requestId, UUID);
  assert.notEqual(other.requestId, answer.requestId);
});

test('a request id of the caller is sent, shown and in the error', async (t) => {
  const provider = await startProvider(t, { faults: [{ status: 400 }] });
  const answer = ask(t, { ...provider.options(), requestId: 'order-66' });
  const { error } = await outcome(answer.text());
  assert.equal(answer.requestId, 'order-66');
  assert.equal(error.requestId, 'order-66');
  assert.equal(provider.requests[0].headers['x-request-id'], 'order-66');
});

test('every attempt sends the same bytes', async (t) => {
  const faults = [{ status: 500 }, { before: 'reset' }];
  const provider = await startProvider(t, { faults });
  const options = provider.options();
  const answer = ask(t, options);
  // Changes after the call have no effect.
  options.messages[0].content = 'changed';
  await answer.text();
  const bodies = provider.server.requests.map(({ body }) => body.toString());
  assert.equal(bodies.length, 3);
  assert.equal(new Set(bodies).size, 1);
  assert.doesNotMatch(bodies[0], /changed/);
});

test('an answer dials on the next tick, so that nothing is missed', async (t) => {
  const provider = await startProvider(t);
  const answer = ask(t, provider.options());
  assert.equal(answer.readyState, answer.CONNECTING);
  answer.close();
  // A later one is served, so the first one would have been.
  await ask(t, provider.options()).text();
  assert.equal(provider.requests.length, 1);
});
