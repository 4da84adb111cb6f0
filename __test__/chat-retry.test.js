'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hashOf, hear, outcome } = require('./support/answers.js');
const { startProvider } = require('./support/provider.js');

/** Asks a provider that fails as told, and then answers. */
async function survive(t, faults, more = {}) {
  const provider = await startProvider(t, { faults });
  const answer = ask(t, { ...provider.options(), ...more });
  const heard = await hear(answer);
  return { provider, answer, heard };
}

for (const status of [408, 409, 429, 500, 502, 503, 504, 520, 529, 599]) {
  test(`${status} is tried again`, async (t) => {
    const { provider, heard } = await survive(t, [{ status }]);
    assert.equal(heard.text, provider.text);
    assert.equal(provider.requests.length, 2);
    const [{ attempt, maxAttempts, error }] = heard.of('retry');
    assert.deepEqual([attempt, maxAttempts], [1, 2]);
    assert.deepEqual([error.code, error.status], ['ERR_SSE_STATUS', status]);
  });
}

for (const status of [400, 401, 402, 403, 404, 405, 413, 422]) {
  test(`${status} is final`, async (t) => {
    const { provider, heard } = await survive(t, [
      { status, body: { error: { message: 'Not like that', type: 'invalid_request_error' } } },
    ]);
    const { error } = heard;
    assert.deepEqual([error.code, error.status], ['ERR_SSE_STATUS', status]);
    assert.match(error.body, /Not like that/);
    assert.equal(error.partial.content, '');
    assert.equal(provider.requests.length, 1);
    assert.deepEqual(heard.names, ['error', 'close']);
  });
}

test('`Retry-After` is waited for, in every spelling', async (t) => {
  for (const [headers, least] of [
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': '0.2' }, 200],
    [{ 'retry-after': '1' }, 1000],
  ]) {
    const { provider, heard } = await survive(t, [{ status: 429, headers }]);
    const [{ delay, error }] = heard.of('retry');
    assert.equal(error.retryAfter, least);
    assert.ok(delay >= least && delay <= least * 1.1 + 1, `${delay}`);
    const [first, second] = provider.requests;
    assert.ok(second.at - first.at >= least - 5, `${second.at - first.at}`);
  }
});

test('`Retry-After` over a minute fails at once and says how long', async (t) => {
  const { provider, heard } = await survive(t, [
    { status: 429, headers: { 'retry-after': '3600' } },
  ]);
  assert.equal(heard.error.status, 429);
  assert.equal(heard.error.retryAfter, 3_600_000);
  assert.equal(provider.requests.length, 1);
});

test('`x-should-retry` is obeyed first', async (t) => {
  const again = await survive(t, [{ status: 400, headers: { 'x-should-retry': 'true' } }]);
  assert.equal(again.heard.text, again.provider.text);
  assert.equal(again.provider.requests.length, 2);
  const never = await survive(t, [{ status: 503, headers: { 'x-should-retry': 'false' } }]);
  assert.equal(never.heard.error.status, 503);
  assert.equal(never.provider.requests.length, 1);
  const odd = await survive(t, [{ status: 503, headers: { 'x-should-retry': 'maybe' } }]);
  assert.equal(odd.heard.text, odd.provider.text);
});

test('an error as the first event of a 200 is retried like its status, or not', async (t) => {
  for (const problem of ['overloaded', 'rate-limit']) {
    const { provider, heard } = await survive(t, [{ after: 1, error: 'vllm', problem }]);
    assert.equal(heard.text, provider.text, problem);
    const [{ error }] = heard.of('retry');
    assert.deepEqual([error.code, error.kind], ['ERR_SSE_PROVIDER', problem]);
    assert.equal(error.retryable, true);
  }
  for (const problem of ['invalid-request', 'auth']) {
    const { provider, heard } = await survive(t, [{ after: 1, error: 'vllm', problem }]);
    assert.deepEqual([heard.error.code, heard.error.kind], ['ERR_SSE_PROVIDER', problem]);
    assert.equal(heard.error.retryable, false);
    assert.equal(provider.requests.length, 1, problem);
    assert.equal(heard.names.includes('delta'), false, 'nothing of it was shown');
  }
});

test('start-up is held back: a retried attempt shows nothing of itself', async (t) => {
  for (const family of ['chat-completions', 'responses', 'anthropic']) {
    const provider = await startProvider(t, { faults: [{ content: 0, how: 'end' }] });
    const heard = await hear(ask(t, provider.options(family)));
    const starts = heard.of('delta').filter(({ type }) => type === 'start');
    assert.deepEqual(
      starts.map(({ id }) => id).filter((id) => id),
      ['answer-2'],
    );
    assert.equal(heard.of('done')[0].id, 'answer-2');
  }
});

test('a request that was sent and then reset is sent again, and perhaps billed', async (t) => {
  const { heard } = await survive(t, [{ before: 'reset' }, { status: 500 }]);
  const { attempts } = heard.of('done')[0];
  assert.deepEqual(
    attempts.map(({ billed }) => billed),
    ['perhaps', 'perhaps', 'yes'],
  );
  assert.deepEqual(
    attempts.map(({ error }) => error),
    ['ERR_SSE_CONNECT', 'ERR_SSE_STATUS', undefined],
  );
  assert.deepEqual(
    attempts.map(({ status }) => status),
    [undefined, 500, 200],
  );
});

test('with `retry.unsafe: false` a request that was sent is not sent again', async (t) => {
  const provider = await startProvider(t, { faults: [{ before: 'reset' }] });
  const retry = { ...provider.options().retry, unsafe: false };
  const { error } = await outcome(ask(t, { ...provider.options(), retry }).text());
  assert.equal(error.code, 'ERR_SSE_CONNECT');
  assert.equal(provider.requests.length, 1);
});

test('a 5xx may be a gateway that passed the request on: perhaps billed, and not with `unsafe: false`', async (t) => {
  for (const [status, billed] of [
    ...[500, 502, 503, 504, 524].map((status) => [status, 'perhaps']),
    ...[408, 409, 429, 501, 529].map((status) => [status, 'no']),
  ]) {
    const { heard } = await survive(t, [{ status }]);
    assert.equal(heard.of('done')[0].attempts[0].billed, billed, `${status}`);
    const provider = await startProvider(t, { faults: [{ status }] });
    const retry = { ...provider.options().retry, unsafe: false };
    const { error } = await outcome(ask(t, { ...provider.options(), retry }).text());
    assert.equal(error?.status, status < 500 ? undefined : status);
    assert.equal(error?.retryable, status < 500 ? undefined : status !== 501);
    assert.equal(provider.requests.length, status < 500 ? 2 : 1, `${status}`);
  }
});

test('a refused connection costs nothing and is tried again', async (t) => {
  const provider = await startProvider(t);
  await provider.server.refuse();
  const retry = { ...provider.options().retry, attempts: null };
  const answer = ask(t, { ...provider.options(), retry });
  answer.once('retry', () => provider.server.accept());
  const { attempts, content } = await answer.message();
  assert.equal(content, provider.text);
  assert.deepEqual(
    [attempts[0].error, attempts[0].billed, attempts[0].bytes],
    ['ERR_SSE_CONNECT', 'no', 0],
  );
  assert.equal(attempts.at(-1).billed, 'yes');
});

test('a head that does not come is not waited for twice', async (t) => {
  const provider = await startProvider(t, { faults: [{ before: 'stall' }] });
  const options = { ...provider.options(), timeouts: { headers: 300 } };
  const { error } = await outcome(ask(t, options).text());
  assert.deepEqual([error.code, error.phase], ['ERR_SSE_TIMEOUT', 'headers']);
  assert.equal(provider.requests.length, 1);
  assert.equal(error.partial.attempts[0].billed, 'perhaps');
});

test('attempts are capped over the whole answer, and all of them are told', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ status: 503 }) });
  for (const [attempts, expected] of [
    [0, 1],
    [1, 2],
    [4, 5],
  ]) {
    const before = provider.requests.length;
    const retry = { ...provider.options().retry, attempts };
    const { error } = await outcome(ask(t, { ...provider.options(), retry }).text());
    assert.equal(provider.requests.length - before, expected);
    assert.equal(error.attempt, expected);
    assert.deepEqual(
      error.partial.attempts.map(({ attempt, status, error: code }) => [attempt, status, code]),
      Array.from({ length: expected }, (_, index) => [index + 1, 503, 'ERR_SSE_STATUS']),
    );
  }
});

test('two retries are the default, and `retry: false` none', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ status: 503 }) });
  const { retry, ...options } = provider.options();
  const { attempts, ...fast } = retry;
  assert.equal(attempts, 2);
  await outcome(ask(t, { ...options, retry: fast }).text());
  assert.equal(provider.requests.length, 3);
  await outcome(ask(t, { ...options, retry: false }).text());
  assert.equal(provider.requests.length, 4);
});

test('a refused key makes room for the next at once, and is not asked again', async (t) => {
  const keys = ['sk-revoked-000000', 'sk-good-11111111'];
  const faults = ({ key }) => (key === keys[0] ? { status: 401 } : undefined);
  const provider = await startProvider(t, { faults });
  // A wait would show: the test would take an hour.
  const retry = { attempts: 2, baseDelay: 3_600_000, maxDelay: 3_600_000 };
  const options = { ...provider.options(), apiKey: keys, retry };
  const { content, attempts } = await ask(t, options).message();
  assert.equal(content, provider.text);
  assert.deepEqual(attempts.at(-1).key, hashOf(keys[1]));
  assert.ok(provider.requests.filter(({ key }) => key === keys[0]).length <= 1);
});

test('a key that must rest makes room for another, whatever it was told to wait', async (t) => {
  const keys = ['sk-tired-0000000', 'sk-rested-111111'];
  const faults = ({ key }) =>
    key === keys[0] ? { status: 429, headers: { 'retry-after': '45' } } : undefined;
  for (const order of [keys, [...keys].reverse()]) {
    const provider = await startProvider(t, { faults });
    const { value, error } = await outcome(
      ask(t, { ...provider.options(), apiKey: order, deadline: 5000 }).message(),
    );
    assert.equal(error, undefined);
    assert.equal(value.attempts.at(-1).key, hashOf(keys[1]));
  }
});

test('the stats of an answer count its attempts', async (t) => {
  const { heard, answer } = await survive(t, [{ status: 503 }, { content: 0, how: 'end' }]);
  assert.equal(heard.error, undefined);
  const { attempts, retries, errors, errorCount, lastError } = answer.stats;
  assert.deepEqual([attempts, retries, errorCount], [3, 2, 2]);
  assert.deepEqual(
    errors.map(({ attempt, code }) => [attempt, code]),
    [
      [1, 'ERR_SSE_STATUS'],
      [2, 'ERR_SSE_TRUNCATED'],
    ],
  );
  assert.match(lastError, /^ERR_SSE_TRUNCATED/);
});

test('`shouldRetry` has the last word before content, and none after it', async (t) => {
  const asked = [];
  const shouldRetry = (error, { attempt, retry }) => {
    asked.push([error.code, attempt, retry]);
    return error.status === 400;
  };
  const { provider, heard } = await survive(t, [{ status: 400 }, { content: 2, how: 'truncate' }], {
    shouldRetry,
  });
  assert.equal(heard.error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(provider.requests.length, 2);
  assert.deepEqual(asked[0], ['ERR_SSE_STATUS', 1, false]);
});
