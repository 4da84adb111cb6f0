'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createPool } = require('../index.js');
const { ask, hear, outcome } = require('./support/answers.js');
const { serve } = require('./support/client.js');
const { startProvider } = require('./support/provider.js');

const RETRY = { attempts: 100, baseDelay: 1, minDelay: 1, maxDelay: 5, jitter: 'none' };

const ANSWER = {
  reasoning: ['先', '想'],
  text: ['Let me ', 'see: ', '🌊'],
  calls: [{ id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] }],
};

const serverOf = (provider, more) => ({
  ...provider.options('responses'),
  resume: 'server',
  retry: RETRY,
  ...more,
});

const without = ({ attempts: _, id: __, ...message }) => message;

test('cut after each event, an answer resumes exactly where it was, and is asked for once', async (t) => {
  const plain = await startProvider(t, { answer: ANSWER });
  const whole = await ask(t, plain.options('responses')).message();
  const frames = plain.frames('responses');
  const shown = frames.findIndex(({ says }) => says === 'reasoning');
  for (let cut = shown + 1; cut < frames.length; cut++) {
    const faults = [{ after: cut, how: cut % 2 ? 'end' : 'truncate' }];
    const provider = await startProvider(t, { answer: ANSWER, faults });
    const heard = await hear(ask(t, serverOf(provider)));
    assert.equal(heard.error, undefined, `after ${cut} events`);
    const message = heard.of('done')[0];
    assert.deepEqual(without(message), without(whole), `after ${cut} events`);
    assert.equal(heard.text, ANSWER.text.join(''));
    assert.equal(heard.of('reset').length, 0);
    const [post, get, ...others] = provider.requests;
    assert.deepEqual(others, []);
    assert.deepEqual([post.method, post.body.background, post.body.stream], ['POST', true, true]);
    assert.equal(get.method, 'GET');
    assert.equal(get.path, '/v1/responses/answer-1');
    assert.deepEqual(get.query, { stream: 'true', starting_after: String(cut - 1) });
    assert.equal(get.key, post.key);
    assert.equal(get.headers['x-request-id'], post.headers['x-request-id']);
    assert.equal(get.headers['x-request-attempt'], '2');
    assert.deepEqual(
      message.attempts.map(({ resume }) => resume),
      [undefined, 'server'],
    );
  }
});

test('cut after every single event, it comes whole, event by event', async (t) => {
  const provider = await startProvider(t, {
    answer: ANSWER,
    faults: ({ method }) => ({ after: method === 'POST' ? 4 : 1, how: 'end' }),
  });
  const frames = provider.frames('responses');
  const heard = await hear(ask(t, serverOf(provider)));
  assert.equal(heard.error, undefined);
  const { content, reasoning, toolCalls, usage } = heard.of('done')[0];
  assert.deepEqual([content, reasoning], [ANSWER.text.join(''), '先想']);
  assert.equal(toolCalls[0].arguments, '{"city":"東京"}');
  assert.deepEqual([usage.input, usage.output], [9, 14], 'nothing is billed twice');
  const cursors = provider.requests.slice(1).map(({ query }) => Number(query.starting_after));
  assert.deepEqual(
    cursors,
    Array.from({ length: frames.length - 4 }, (_, index) => index + 3),
  );
  assert.equal(provider.requests.filter(({ method }) => method === 'POST').length, 1);
});

test('cut before content, no character is lost and none comes twice', async (t) => {
  for (const after of [0, 1, 2, 3]) {
    const provider = await startProvider(t, { answer: ANSWER, faults: [{ after, how: 'end' }] });
    const heard = await hear(ask(t, serverOf(provider)));
    assert.equal(heard.text, ANSWER.text.join(''), `after ${after} events`);
    assert.equal(heard.of('done')[0].reasoning, '先想');
    assert.equal(provider.requests.length, 2);
  }
});

test('the answer resumes at the same endpoint with the same key', async (t) => {
  const providers = [];
  for (let index = 0; index < 3; index++) {
    const faults = ({ method }) => (method === 'POST' ? { content: 1, how: 'end' } : undefined);
    providers.push(await startProvider(t, { answer: ANSWER, faults }));
  }
  const pool = createPool(
    providers.map((provider, index) => ({
      baseUrl: provider.options('responses').baseUrl,
      apiKey: [0, 1, 2].map((key) => `sk-${index}-${key}-0123456789`),
    })),
  );
  const { baseUrl: _, apiKey: __, ...options } = serverOf(providers[0]);
  for (let round = 0; round < 12; round++) {
    assert.equal(await ask(t, { ...options, pool }).text(), ANSWER.text.join(''));
  }
  const seen = providers.flatMap(({ requests }) => requests);
  assert.equal(seen.length, 24);
  for (const { requests } of providers) {
    const posts = requests.filter(({ method }) => method === 'POST');
    for (const [index, post] of posts.entries()) {
      const get = requests[requests.indexOf(post) + 1];
      assert.deepEqual([get.method, get.key], ['GET', post.key], `answer ${index}`);
      assert.equal(get.headers['x-request-id'], post.headers['x-request-id']);
    }
  }
});

test('a server that has forgotten fails the answer, or leaves it to the next policy', async (t) => {
  const faults = ({ method, number }) => {
    if (method === 'GET') return { status: 404, body: { error: { message: 'gone' } } };
    return number === 1 ? { content: 2, how: 'end' } : undefined;
  };
  const provider = await startProvider(t, { faults });
  const { error } = await outcome(ask(t, serverOf(provider)).text());
  assert.deepEqual([error.code, error.status], ['ERR_SSE_STATUS', 404]);
  assert.equal(error.partial.content, provider.answer.text.slice(0, 2).join(''));
  const other = await startProvider(t, { faults });
  const heard = await hear(ask(t, serverOf(other, { resume: ['server', 'restart'] })));
  assert.equal(heard.text, other.text);
  assert.equal(heard.of('reset').length, 1);
  assert.deepEqual(
    other.requests.map(({ method }) => method),
    ['POST', 'GET', 'POST'],
  );
});

test('a server that begins anew, wherever it is asked to go on, says nothing twice', async (t) => {
  for (const after of [5, 6, 9, 12]) {
    const faults = [{ after, how: 'end' }];
    const provider = await startProvider(t, { answer: ANSWER, faults, replays: true });
    const heard = await hear(ask(t, serverOf(provider)));
    assert.equal(heard.error, undefined);
    assert.equal(heard.text, ANSWER.text.join(''), `after ${after} events`);
    const { reasoning, toolCalls } = heard.of('done')[0];
    assert.deepEqual([reasoning, toolCalls[0].arguments], ['先想', '{"city":"東京"}']);
  }
});

test('a status while it resumes is retried as ever', async (t) => {
  const faults = [{ content: 1, how: 'end' }, { status: 503 }, { before: 'reset' }];
  const provider = await startProvider(t, { faults });
  assert.equal(await ask(t, serverOf(provider)).text(), provider.text);
  assert.deepEqual(
    provider.requests.map(({ method }) => method),
    ['POST', 'GET', 'GET', 'GET'],
  );
  const cursors = provider.requests.slice(1).map(({ query }) => query.starting_after);
  assert.equal(new Set(cursors).size, 1);
});

test('without that policy nothing runs in the background', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 1, how: 'end' }] });
  const { error } = await outcome(ask(t, provider.options('responses')).text());
  assert.equal(error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(provider.requests[0].body.background, undefined);
});

test('an id that is no word is encoded; what is no answer to the GET leads to the next policy', async (t) => {
  const event = (type, number, more) => {
    return `data: ${JSON.stringify({ type, sequence_number: number, ...more })}\n\n`;
  };
  const response = { id: 'cmVz/cA==', model: 'm' };
  const created = event('response.created', 0, { response });
  const half = event('response.output_text.delta', 1, { delta: 'Hel' });
  const rest = event('response.output_text.delta', 2, { delta: 'lo' });
  const completed = event('response.completed', 3, { response });
  const gets = {
    events: async (exchange) => {
      exchange.head();
      await exchange.write(rest + completed);
    },
    JSON: async (exchange) => {
      exchange.head(200, { 'content-type': 'application/json' });
      await exchange.write('{"status":"in_progress"}');
    },
    'a 500': async (exchange) => {
      exchange.head(500, { 'content-type': 'application/json' });
      await exchange.write('{}');
    },
  };
  for (const [what, get] of Object.entries(gets)) {
    const server = await serve(t, async (exchange) => {
      if (exchange.request.method === 'GET') return get(exchange);
      exchange.head();
      const first = server.requests.length === 1;
      return exchange.write(created + half + (first ? '' : rest + completed));
    });
    const answer = ask(t, {
      provider: 'responses',
      baseUrl: `${server.url}/v1`,
      apiKey: null,
      model: 'm',
      messages: [{ role: 'user', content: 'Hello?' }],
      resume: ['server', 'restart'],
      retry: RETRY,
    });
    assert.equal(await answer.text(), 'Hello', what);
    const [, second, ...others] = server.requests;
    assert.equal(second.path, '/v1/responses/cmVz%2FcA%3D%3D?stream=true&starting_after=1', what);
    assert.deepEqual(
      others.map(({ method }) => method),
      what === 'events' ? [] : ['POST'],
      what,
    );
  }
});
