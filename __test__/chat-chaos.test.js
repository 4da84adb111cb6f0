'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, iterate, outcome } = require('./support/answers.js');
const { within } = require('./support/deadline.js');
const { inParallel } = require('./support/provider-pool.js');
const { startProvider } = require('./support/provider.js');
const { seeded } = require('./support/random.js');

const SEEDS = [1, 2, 3, 4, 5];
const ANSWERS = 60;
const WIDTH = 12;

const RETRY = { attempts: 12, baseDelay: 1, minDelay: 1, maxDelay: 5, jitter: 'none' };
const TIMEOUTS = { idle: 800, event: { ms: 800, ignore: ['ping'] } };

/** Which policies a family has, and what it needs for them. */
const FAMILIES = {
  'chat-completions': { policies: ['fail', 'restart', 'continue'], more: { prefill: 'deepseek' } },
  anthropic: { policies: ['fail', 'restart', 'continue'], more: { prefill: 'anthropic' } },
  responses: { policies: ['fail', 'restart', 'server'], more: {} },
  gemini: { policies: ['fail', 'restart'], more: {} },
  ollama: { policies: ['fail', 'restart'], more: {} },
};

/** What befalls most of the requests, by chance. */
function disaster({ chance, integer, pick }) {
  if (chance(0.25)) return undefined;
  const after = integer(0, 22);
  return pick([
    { status: pick([429, 500, 503, 529]), headers: { 'retry-after-ms': '2' } },
    { before: 'reset' },
    { after, how: 'end' },
    { after, how: 'truncate' },
    { after, how: 'reset' },
    { after, how: 'malformed' },
    { after, error: 'vllm' },
    { after, error: 'groq' },
    { after, how: chance(0.5) ? 'stall' : 'comments' },
  ]);
}

/** Asserts what must hold of every answer, whatever befell it. */
function check(text, { content, value, error, resume }) {
  if (error === undefined) {
    assert.equal(value, text);
    if (content !== undefined) assert.equal(content, text);
    return;
  }
  assert.match(error.code, /^ERR_SSE_/);
  if (error.code === 'ERR_SSE_RESTARTED') assert.equal(resume, 'restart');
  else {
    const { partial } = error;
    assert.ok(text.startsWith(partial.content), JSON.stringify(partial.content));
    if (content !== undefined) assert.equal(content, partial.content);
  }
  if (content !== undefined) assert.ok(text.startsWith(content), JSON.stringify(content));
}

/** Ways to take an answer: what pieces told, put together, and what the whole came to. */
const TAKERS = [
  async (answer) => outcome(answer.text()),
  async (answer) => {
    const { parts, error } = await iterate(answer.textStream);
    const content = parts.join('');
    return { content, value: content, error };
  },
  async (answer) => {
    const { text, error, of } = await hear(answer);
    return { content: text, value: of('done')[0]?.content, error };
  },
];

for (const seed of SEEDS) {
  test(`whatever befalls an answer, it is whole, or an error with its beginning (seed ${seed})`, async (t) => {
    const random = seeded(seed);
    const provider = await startProvider(t, { faults: () => disaster(random) });
    const count = { whole: 0, broken: 0 };
    const task = async () => {
      const family = random.pick(Object.keys(FAMILIES));
      const { policies, more } = FAMILIES[family];
      const resume = random.pick(policies);
      const options = { ...provider.options(family), ...more, resume };
      const answer = ask(t, { ...options, retry: RETRY, timeouts: TIMEOUTS });
      const result = await random.pick(TAKERS)(answer);
      check(provider.text, { ...result, resume });
      count[result.error ? 'broken' : 'whole'] += 1;
    };
    await within(inParallel(ANSWERS, WIDTH, task), 60_000, 'all answers');
    t.diagnostic(`${provider.requests.length} requests, ${count.broken} broken`);
    assert.ok(count.whole > ANSWERS / 3, `${count.whole} answers were whole`);
    assert.ok(provider.requests.length > ANSWERS);
    // Of each answer the server saw every attempt once.
    const attempts = groups(provider.requests);
    for (const requests of attempts.values()) {
      const numbers = requests.map(({ headers }) => Number(headers['x-request-attempt']));
      // But what fetches the rest: on a connection that had waited it costs nothing to ask twice.
      const asked = numbers.filter((_, at) => requests[at].method !== 'GET');
      assert.equal(new Set(asked).size, asked.length);
      assert.ok(Math.max(...numbers) <= RETRY.attempts + 1);
    }
  });
}

const idOf = ({ headers }) => headers['x-request-id'];

function groups(requests) {
  const map = new Map();
  for (const request of requests) {
    const id = idOf(request);
    map.set(id, [...(map.get(id) ?? []), request]);
  }
  return map;
}
