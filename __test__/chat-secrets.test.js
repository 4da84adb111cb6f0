'use strict';

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { chat, createPool } = require('../index.js');
const { ask, hashOf, hear, outcome } = require('./support/answers.js');
const { startProvider } = require('./support/provider.js');
const { assertNoSecret } = require('./support/secrets.js');

const KEY = 'sk-proj-AbCdEf0123456789-hunter2';
const HEADER = 'tenant-hunter3';
const SECRETS = ['hunter2', 'hunter3', KEY];

/** Everything published while the test runs. */
function listen(t) {
  const log = [];
  for (const name of ['connect', 'open', 'retry', 'close']) {
    const channel = `perennial-sse:${name}`;
    const subscriber = (message) => log.push(message);
    subscribe(channel, subscriber);
    t.after(() => unsubscribe(channel, subscriber));
  }
  return log;
}

const secretly = (provider, family) => ({
  ...provider.options(family),
  apiKey: KEY,
  headers: { 'x-tenant': HEADER },
});

/** What a careless provider quotes, in every place where a provider says anything. */
const quoted = `Incorrect API key provided: ${KEY}. You can find your key at example.com.`;
const QUOTES = {
  'the body of a 401': { status: 401, body: { error: { message: quoted } } },
  'a 400 in plain text': { status: 400, body: quoted },
  'a header of a refusal': { status: 403, headers: { 'x-debug': quoted, 'x-key': KEY } },
  'an error in a 200': { after: 1, error: 'vllm', problem: 'auth', message: quoted },
  'an error event': { after: 1, error: 'groq', problem: 'auth', message: quoted },
  'an error after content': { content: 2, error: 'openrouter', message: quoted },
};

for (const [where, fault] of Object.entries(QUOTES)) {
  test(`a key that the provider quotes in ${where} is taken out`, async (t) => {
    const log = listen(t);
    const provider = await startProvider(t, { faults: () => fault });
    const answer = ask(t, secretly(provider));
    const heard = await hear(answer);
    const { error } = heard;
    assert.ok(error);
    assertNoSecret(error, [KEY], 'the error');
    assertNoSecret(error.partial, [KEY], 'the partial answer');
    assertNoSecret(error.cause, [KEY], 'the cause');
    assertNoSecret(answer.stats, [KEY], 'the stats');
    assertNoSecret(answer, [KEY], 'the stream');
    assertNoSecret(log, [KEY], 'what was published');
    if (fault.body || fault.message) {
      assert.match(`${error.body ?? ''} ${error.message}`, /Incorrect API key provided/);
    }
  });
}

test('a key that stood in the way of a deadline is not in its cause', async (t) => {
  const faults = [{ after: 1, error: 'vllm', message: quoted }, { before: 'stall' }];
  const provider = await startProvider(t, { faults });
  const { error } = await outcome(ask(t, { ...secretly(provider), deadline: 400 }).text());
  assert.equal(error.phase, 'total');
  assertNoSecret(error, [KEY], 'the error');
  assertNoSecret(error.cause, [KEY], 'its cause');
});

test('what is told of an answer shows no key, no header and no prompt', async (t) => {
  const log = listen(t);
  const provider = await startProvider(t, { faults: [{ status: 503 }, { before: 'reset' }] });
  const prompt = 'the prompt about hunter2';
  const answer = ask(t, {
    ...secretly(provider, 'anthropic'),
    messages: [{ role: 'user', content: prompt }],
  });
  const heard = await hear(answer);
  const [message] = heard.of('done');
  assert.equal(message.content, provider.text);
  assert.equal(message.attempts.at(-1).key, hashOf(KEY));
  for (const [name, value] of Object.entries({
    message,
    retries: heard.of('retry'),
    opened: heard.of('open'),
    stats: answer.stats,
    answer,
    published: log,
  })) {
    assertNoSecret(value, SECRETS, name);
  }
  assert.ok(log.length >= 3, 'something was published');
});

test('a wrong option does not show the key beside it', async (t) => {
  const provider = await startProvider(t);
  for (const wrong of [
    { model: '' },
    { apiKey: `${KEY}\n` },
    { apiKey: [KEY, 7] },
    { baseUrl: `http://user:${KEY}@127.0.0.1:port` },
    { unknown: 1 },
  ]) {
    let thrown;
    try {
      chat({ ...secretly(provider), ...wrong });
    } catch (error) {
      thrown = error;
    }
    assert.equal(thrown?.code, 'ERR_SSE_OPTION', inspect(Object.keys(wrong)));
    assertNoSecret(thrown, SECRETS, 'the error');
  }
});

test('a pool shows its keys as hashes only', async (t) => {
  const faults = ({ key }) => (key === KEY ? { status: 401, body: quoted } : undefined);
  const provider = await startProvider(t, { faults });
  const other = 'sk-other-hunter3';
  const pool = createPool([
    { baseUrl: provider.options().baseUrl, apiKey: [KEY, other], headers: { 'x-tenant': HEADER } },
  ]);
  const changes = [];
  pool.on('change', (change) => changes.push(change));
  const { baseUrl: _, apiKey: __, ...options } = provider.options();
  for (let round = 0; round < 4; round++) await ask(t, { ...options, pool }).text();
  assert.ok(changes.length >= 1);
  for (const [name, value] of Object.entries({ pool, endpoints: pool.endpoints, changes })) {
    assertNoSecret(value, SECRETS, name);
  }
  assert.deepEqual(
    pool.endpoints[0].keys.map(({ key }) => key),
    [hashOf(KEY), hashOf(other)],
  );
  assert.throws(
    () => pool.rotateKey('nowhere', KEY, other),
    (error) => {
      assertNoSecret(error, SECRETS, 'the error of rotateKey');
      return true;
    },
  );
});

test('an abort’s reason, which is the caller’s own, is the only thing passed on as it is', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 1, how: 'stall' }] });
  const reason = new Error('because of hunter2');
  const controller = new AbortController();
  const answer = ask(t, { ...secretly(provider), signal: controller.signal });
  const text = outcome(answer.text());
  await provider.request(0);
  controller.abort(reason);
  assert.equal((await text).error, reason);
  assertNoSecret(answer.stats, SECRETS, 'the stats');
});

test('a key shorter than 8 characters is taken out of what the provider said alone', async (t) => {
  const fault = { status: 401, body: { error: { message: 'the key "the" is wrong' } } };
  const provider = await startProvider(t, { faults: () => fault });
  const { error } = await outcome(ask(t, { ...provider.options(), apiKey: 'the' }).text());
  assert.ok(error.body.includes('*** key \\"***\\" is wrong'), error.body);
  assert.match(error.message, /^the server answered with status 401/);
});
