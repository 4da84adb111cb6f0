'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, outcome } = require('./support/answers.js');
const { askPool, startPool } = require('./support/provider-pool.js');
const { startProvider } = require('./support/provider.js');

const RETRY = { attempts: 3, baseDelay: 1, minDelay: 1, maxDelay: 5, jitter: 'none' };

const CALL = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };
const TOOL = { name: 'weather', parameters: { type: 'object' } };

/** Asks a provider whose first answer is cut after some events of content. */
async function cutAndResume(t, { resume, answer, faults, ...more }) {
  const cut = [{ content: 3, how: 'truncate' }];
  const provider = await startProvider(t, { answer, faults: faults ?? cut });
  const base = { ...provider.options(), retry: RETRY, prefill: 'deepseek' };
  const heard = await hear(ask(t, { ...base, resume, ...more }));
  return { provider, heard };
}

const REFUSAL = { status: 400, body: { error: { message: 'no prefill here' } } };
const refusesPrefill = (request) => {
  if (request.begun !== null) return REFUSAL;
  return request.number === 1 ? { content: 3, how: 'truncate' } : undefined;
};

test('a provider that refuses the prefill fails the answer, with the text of before', async (t) => {
  const { provider, heard } = await cutAndResume(t, { resume: 'continue', faults: refusesPrefill });
  assert.equal(heard.error.code, 'ERR_SSE_STATUS');
  assert.equal(heard.error.status, 400);
  assert.equal(heard.error.partial.content, provider.answer.text.slice(0, 3).join(''));
  assert.equal(provider.requests.length, 2, 'a refusal is not repeated');
});

test('a provider that refuses the prefill falls to the next policy of the list', async (t) => {
  const resume = ['continue', 'restart'];
  const { provider, heard } = await cutAndResume(t, { resume, faults: refusesPrefill });
  assert.equal(heard.error, undefined);
  assert.equal(heard.text, provider.text);
  assert.equal(heard.of('reset').length, 1);
  assert.deepEqual(
    provider.requests.map(({ begun }) => begun !== null),
    [false, true, false],
  );
  const { attempts } = heard.of('done')[0];
  assert.deepEqual(
    attempts.map(({ resume: policy }) => policy),
    [undefined, 'continue', 'restart'],
  );
});

/** What comes before the cut makes `continue` no way to go on: a model cannot be given it back. */
const UNFIT = {
  reasoning: {
    answer: { reasoning: ['hm'] },
    cut: (frames) => frames.findIndex(({ says }) => says === 'content') + 2,
  },
  'a tool call': {
    answer: { text: ['a', 'b', 'c'], calls: [CALL] },
    cut: (frames) => frames.findIndex(({ says }) => says === 'call') + 1,
  },
  'nothing but blanks': { answer: { text: [' ', '\n', 'text'] }, cut: () => 3 },
};

for (const [what, { answer, cut }] of Object.entries(UNFIT)) {
  test(`after ${what} nothing is continued: fail with the partial, or the next policy`, async (t) => {
    const frames = (await startProvider(t, { answer })).frames();
    const faults = [{ after: cut(frames), how: 'truncate' }];
    const failed = await cutAndResume(t, { resume: 'continue', answer, faults });
    assert.equal(failed.heard.error?.code, 'ERR_SSE_TRUNCATED');
    assert.notEqual(failed.heard.error.partial.content, '');
    assert.equal(failed.provider.requests.length, 1);
    const resume = ['continue', 'restart'];
    const again = await cutAndResume(t, { resume, answer, faults });
    assert.equal(again.heard.error, undefined);
    assert.equal(again.heard.of('reset').length, 1);
    assert.equal(again.heard.text, again.provider.text);
    assert.deepEqual(
      again.provider.requests.map(({ begun }) => begun),
      [null, null],
    );
  });
}

/** What was asked for makes it no way, either; alone that is a wrong option, in a list it is not. */
const UNPLAIN = {
  'with tools on offer': { tools: [TOOL] },
  'in JSON mode': { body: { response_format: { type: 'json_object' } } },
  'with several choices': { body: { n: 2 } },
};

for (const [when, more] of Object.entries(UNPLAIN)) {
  test(`${when} nothing is continued`, async (t) => {
    await assert.rejects(cutAndResume(t, { resume: 'continue', ...more }), {
      code: 'ERR_SSE_OPTION',
    });
    const resume = ['continue', 'restart'];
    const { provider, heard } = await cutAndResume(t, { resume, ...more });
    assert.equal(heard.text, provider.text);
    assert.deepEqual(
      provider.requests.map(({ begun }) => begun),
      [null, null],
    );
  });
}

test('an answer that has used up its tokens is not continued', async (t) => {
  const { provider, heard } = await cutAndResume(t, { resume: 'continue', maxTokens: 3 });
  assert.equal(heard.error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(heard.error.partial.content, provider.answer.text.slice(0, 3).join(''));
  assert.equal(provider.requests.length, 1);
});

test('an endpoint that declares no prefill is never sent one', async (t) => {
  const bare = { resume: ['continue', 'restart'], prefill: undefined };
  await assert.rejects(cutAndResume(t, bare), { code: 'ERR_SSE_OPTION' });
});

test('in a pool a begun answer goes on where that is declared, and nowhere else', async (t) => {
  const { pool, providers } = await startPool(t, {
    plain: { answer: {}, faults: [{ content: 3, how: 'truncate' }] },
    able: { answer: {}, endpoint: { priority: 1, prefill: 'deepseek' } },
  });
  const answer = askPool(t, pool, { resume: ['continue', 'restart'] });
  const heard = await hear(answer);
  assert.equal(heard.text, providers.plain.text);
  const prefilled = providers.plain.requests.filter(({ begun }) => begun !== null);
  assert.deepEqual(prefilled, []);
});

test('attempts are counted over the whole answer, the text of all of them is kept', async (t) => {
  const faults = () => ({ content: 1, how: 'truncate' });
  const { provider, heard } = await cutAndResume(t, {
    resume: 'continue',
    faults,
    retry: { ...RETRY, attempts: 2 },
  });
  assert.equal(heard.error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(provider.requests.length, 3);
  assert.equal(heard.error.partial.content, provider.answer.text.slice(0, 3).join(''));
  assert.equal(heard.error.partial.attempts.length, 3);
});

test('a status between two halves is retried as ever, and the prefill is sent again', async (t) => {
  const faults = [{ content: 2, how: 'end' }, { status: 503 }, { before: 'reset' }];
  const { provider, heard } = await cutAndResume(t, { resume: 'continue', faults });
  assert.equal(heard.error, undefined);
  assert.equal(heard.text, provider.text);
  const begun = provider.answer.text.slice(0, 2).join('');
  assert.deepEqual(
    provider.requests.map((request) => request.begun),
    [null, begun, begun, begun],
  );
});

test('an error that no repetition can mend is not continued', async (t) => {
  const faults = [{ content: 2, error: 'vllm', problem: 'invalid-request' }];
  const { provider, heard } = await cutAndResume(t, { resume: ['continue', 'restart'], faults });
  assert.equal(heard.error.kind, 'invalid-request');
  assert.equal(provider.requests.length, 1);
});

test('an answer whose conversation already ends in a prefill goes on from both', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 2, how: 'end' }] });
  const [first, ...others] = provider.answer.text;
  const messages = [
    ...provider.options().messages,
    { role: 'assistant', content: first, prefix: true },
  ];
  const options = { ...provider.options(), retry: RETRY, prefill: 'deepseek', messages };
  const { value, error } = await outcome(ask(t, { ...options, resume: 'continue' }).text());
  assert.equal(error, undefined);
  assert.equal(value, others.join(''));
  assert.equal(provider.requests[1].begun, provider.answer.text.slice(0, 3).join(''));
  assert.equal(provider.requests[1].body.messages.length, messages.length);
});
