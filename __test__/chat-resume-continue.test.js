'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, iterate, joined, outcome } = require('./support/answers.js');
const { PROSE } = require('./support/provider-answer.js');
const { startProvider } = require('./support/provider.js');

const RETRY = { attempts: 100, baseDelay: 1, minDelay: 1, maxDelay: 5, jitter: 'none' };
const CONTINUE = { resume: 'continue', retry: RETRY };

/** How each server wants to be told that the last message is begun and not over. */
const STYLES = {
  anthropic: {},
  deepseek: { prefix: true },
  mistral: { prefix: true },
  qwen: { partial: true },
  kimi: { partial: true },
  vllm: {},
};
const ECHOES = new Set(['mistral']);
const familyOf = (style) => (style === 'anthropic' ? 'anthropic' : 'chat-completions');

/** The options of a provider that continues in this style. */
const options = (provider, style, more) => ({
  ...provider.options(familyOf(style)),
  ...CONTINUE,
  prefill: style,
  ...more,
});

for (const [style, marks] of Object.entries(STYLES)) {
  test(`${style}: cut after every piece, the text comes whole, no character twice`, async (t) => {
    const echo = ECHOES.has(style);
    const provider = await startProvider(t, { echo, faults: cutsAfterEveryPiece(echo) });
    const { text: pieces } = provider.answer;
    const given = options(provider, style);
    const answer = ask(t, given);
    const heard = await hear(answer);
    assert.equal(heard.error, undefined);
    assert.equal(heard.text, provider.text);
    assert.equal(heard.of('reset').length, 0);
    const message = heard.of('done')[0];
    assert.equal(message.content, provider.text);
    assert.equal(message.id, 'answer-1', 'the first id is kept');
    assert.equal(message.finishReason, 'stop');
    // The last one has nothing left to say but its reason.
    assert.equal(provider.requests.length, pieces.length + 1);
    for (const [index, { body, begun }] of provider.requests.entries()) {
      const text = pieces.slice(0, index).join('');
      if (index === 0) {
        assert.deepEqual(body.messages, given.messages);
        continue;
      }
      assert.deepEqual(body.messages.slice(0, -1), given.messages);
      assert.equal(begun, style === 'anthropic' ? text.trimEnd() : text);
      const { role, content: _, ...marked } = body.messages.at(-1);
      assert.deepEqual([role, marked], ['assistant', marks]);
      assert.equal(body.continue_final_message, style === 'vllm' ? true : undefined);
      assert.equal(body.add_generation_prompt, style === 'vllm' ? false : undefined);
    }
  });
}

/**
 * Cuts each answer once it has said one piece more. An echo comes in two pieces, which are nothing
 * new; nor are blanks that the endpoint was not given, and says once more.
 */
const cutsAfterEveryPiece = (echo) => (request) => {
  const { number, begun } = request;
  const repeated = echo && begun ? Math.min(begun.length, 2) : 0;
  const ends = PROSE.map((_, index) => PROSE.slice(0, index + 1).join('').length);
  const given = begun?.length ?? 0;
  const again = ends.slice(0, number - 1).filter((end) => end > given).length;
  return { content: repeated + again + 1, how: number % 2 ? 'end' : 'truncate' };
};

test('the last piece needs no cut: a reason and [DONE] end it', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 2, how: 'end' }] });
  const { parts, error } = await iterate(ask(t, options(provider, 'deepseek')));
  assert.equal(error, undefined);
  assert.equal(joined(parts, 'content'), provider.text);
  const types = new Set(parts.map(({ type }) => type));
  assert.deepEqual([types.has('reset'), types.has('finish')], [false, true]);
  const ids = parts.filter(({ type }) => type === 'start').map(({ id }) => id);
  assert.deepEqual(ids, ['answer-1']);
});

test('an echo is taken out in whatever pieces it comes, also cut in its middle', async (t) => {
  const faults = [
    { content: 5, how: 'end' },
    // Half of the echo, all of it, one piece more, and then the rest.
    { content: 1, how: 'end' },
    { content: 2, how: 'end' },
    { content: 3, how: 'end' },
  ];
  for (const prefill of ['mistral', { style: 'vllm', echo: true }]) {
    const provider = await startProvider(t, { echo: true, faults });
    const given = { ...options(provider, 'vllm'), prefill };
    const { parts, error } = await iterate(ask(t, given).textStream);
    assert.equal(error, undefined);
    assert.equal(parts.join(''), provider.text);
    assert.equal(provider.requests.length, 5);
  }
});

test('who may echo and does not loses nothing, even when the text repeats itself', async (t) => {
  const answer = { text: ['na ', 'na ', 'na ', 'na ', 'na ', 'batman'] };
  for (const [prefill, echo] of [
    ['mistral', true],
    [{ style: 'mistral', echo: false }, false],
  ]) {
    const provider = await startProvider(t, { answer, echo, faults: [{ content: 2, how: 'end' }] });
    const given = { ...options(provider, 'mistral'), prefill };
    assert.equal(await ask(t, given).text(), 'na na na na na batman');
  }
});

test('blanks at the seam are neither lost nor doubled', async (t) => {
  for (const text of [
    ['one ', 'two'],
    ['one', ' two'],
    ['one ', ' two'],
    ['one\n', '\n- two'],
    ['one \n\t', '\u00a0two'],
    ['one\n\n', 'two'],
  ]) {
    for (const style of ['anthropic', 'deepseek']) {
      const faults = [{ content: 1, how: 'end' }];
      const provider = await startProvider(t, { answer: { text }, faults });
      const whole = await ask(t, options(provider, style)).text();
      assert.equal(whole, text.join(''), `${style} ${JSON.stringify(text)}`);
      assert.equal(provider.requests.length, 2);
    }
  }
});

test('a cut inside a wide character loses none', async (t) => {
  const answer = { text: ['前', '半', '👩‍🚀', '後半'] };
  const faults = [1, 2, 3].map(() => ({ content: 1, how: 'truncate' }));
  const provider = await startProvider(t, { answer, faults });
  assert.equal(await ask(t, options(provider, 'qwen')).text(), '前半👩‍🚀後半');
  assert.deepEqual(
    provider.requests.map(({ begun }) => begun),
    [null, '前', '前半', '前半👩‍🚀'],
  );
});

test('the limit of tokens shrinks by what came', async (t) => {
  for (const style of ['anthropic', 'deepseek']) {
    const provider = await startProvider(t, { faults: cutsAfterEveryPiece(false) });
    await ask(t, options(provider, style, { maxTokens: 1000 })).text();
    const limits = provider.requests.map(({ body }) => body.max_tokens);
    assert.equal(limits[0], 1000);
    for (const [index, limit] of limits.entries()) {
      if (index === 0) continue;
      const came = provider.requests[index].begun;
      // A token has at least a byte.
      assert.ok(limit < 1000 && limit >= 1000 - Buffer.byteLength(came) - 1, `${limits}`);
      assert.ok(limit <= limits[index - 1], `${limits}`);
    }
  }
});

test('the usage of all attempts is summed, and told of each', async (t) => {
  const faults = [{ content: 2, how: 'end' }];
  const provider = await startProvider(t, { faults, continuous: true });
  const { usage, attempts } = await ask(t, options(provider, 'vllm')).message();
  const counts = attempts.map((attempt) => [attempt.usage.input, attempt.usage.output]);
  assert.deepEqual(counts, [
    [9, 2],
    [9, 14],
  ]);
  assert.deepEqual([usage.input, usage.output, usage.total], [18, 16, 34]);
  assert.deepEqual(
    attempts.map(({ resume, billed }) => [resume, billed]),
    [
      [undefined, 'yes'],
      ['continue', 'yes'],
    ],
  );
});

test('every way to break off is continued', async (t) => {
  const fates = [
    { how: 'truncate' },
    { how: 'stall' },
    { how: 'comments' },
    { error: 'openrouter' },
  ];
  const faults = fates.map((fate) => ({ content: 1, ...fate }));
  const provider = await startProvider(t, { faults });
  const timeouts = { idle: 500, event: { ms: 500 } };
  const { value, error } = await outcome(
    ask(t, options(provider, 'deepseek', { timeouts })).text(),
  );
  assert.equal(error, undefined);
  assert.equal(value, provider.text);
});
