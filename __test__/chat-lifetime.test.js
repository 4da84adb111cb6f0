'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { chat } = require('../index.js');
const { ask, outcome } = require('./support/answers.js');
const { runChild } = require('./support/child.js');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, until, within } = require('./support/deadline.js');
const { collect } = require('./support/gc.js');
const { MIB, rss } = require('./support/memory.js');
const { startProvider } = require('./support/provider.js');

const PROGRAM = join(__dirname, 'support', 'programs', 'one-answer.js');

/** A provider that waits for the test before its second piece of text. */
async function halting(t) {
  const gate = deferred();
  const answer = { text: ['first ', 'second'] };
  const before = (index) => (index === 2 ? gate.promise : undefined);
  return { provider: await startProvider(t, { answer, before }), goOn: gate.resolve };
}

/** Ways to take an answer that is kept in no variable; each resolves with the whole text. */
const TAKERS = {
  'await text()': (options) => chat(options).text(),
  'await message()': async (options) => (await chat(options).message()).content,
  'a loop over textStream': async (options) => {
    let text = '';
    for await (const piece of chat(options).textStream) text += piece;
    return text;
  },
  'a loop over the deltas': async (options) => {
    let text = '';
    for await (const delta of chat(options)) {
      if (delta.type === 'content') text += delta.text;
    }
    return text;
  },
  'a listener': (options) =>
    new Promise((resolve) => {
      chat(options).on('done', ({ content }) => resolve(content));
    }),
  'a listener for snapshots': (options) =>
    new Promise((resolve) => {
      chat(options).onSnapshot(({ finishReason, content }) => {
        if (finishReason) resolve(content);
      });
    }),
  'a response': async (options) => {
    const text = await (await chat(options).toResponse()).text();
    const chunks = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json));
    return chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('');
  },
};

for (const [how, take] of Object.entries(TAKERS)) {
  test(`${how} keeps the answer, although no variable does`, async (t) => {
    const { provider, goOn } = await halting(t);
    const whole = outcome(take(provider.options()));
    await provider.request(0);
    await collect();
    assert.equal(provider.requests[0].connection.open, true);
    goOn();
    assert.deepEqual(await whole, { value: 'first second' });
  });
}

test('an answer that nobody keeps or waits for is collected, and its socket closed', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 1, how: 'stall' }) });
  const begin = () => {
    chat(provider.options());
  };
  begin();
  const { connection } = await provider.request(0);
  const gone = until(() => !connection.open, PATIENCE_MS, 'the close at the server');
  while (connection.open) await Promise.race([collect(1), gone]);
  assert.equal(connection.closedBy, 'client');
});

test('a thousand answers leave nothing behind', async (t) => {
  const provider = await startProvider(t, { answer: { text: Array(20).fill('x'.repeat(500)) } });
  const some = async (count) => {
    for (let round = 0; round < count; round++) {
      const answer = ask({ after: () => {} }, provider.options());
      if (round % 3 === 0) await answer.text();
      else if (round % 3 === 1) for await (const _ of answer.textStream);
      else for await (const _ of answer) break;
    }
    provider.requests.length = 0;
    provider.server.requests.length = 0;
    await collect();
  };
  // The young generation, and the allocator's arenas, grow to their size first.
  await some(3000);
  const before = { heap: process.memoryUsage().heapUsed, rss: rss() };
  await some(1000);
  const heap = (process.memoryUsage().heapUsed - before.heap) / MIB;
  const growth = (rss() - before.rss) / MIB;
  assert.ok(heap < 4, `the heap grew by ${heap} MiB`);
  assert.ok(growth < 24, `RSS grew by ${growth} MiB`);
});

const run = (way, provider) =>
  runChild(PROGRAM, { args: [way, `${provider.url}/v1`], timeout: PATIENCE_MS });

test('a process waits for its answers', async (t) => {
  for (const [way, expected] of [
    ['listener', 'first second\n'],
    ['promise', 'first second\n'],
    ['ignored', ''],
  ]) {
    const { provider, goOn } = await halting(t);
    const running = run(way, provider);
    await provider.request(0);
    goOn();
    const { code, stdout, stderr, timedOut } = await running;
    assert.deepEqual([code, stdout, stderr, timedOut], [0, expected, '', false], way);
  }
});

test('unref() lets it go, and a server that says nothing more does not hold it', async (t) => {
  const { provider } = await halting(t);
  const { code, stdout, timedOut } = await run('unref', provider);
  assert.deepEqual([code, stdout, timedOut], [0, 'first \n', false]);
  const { connection } = provider.requests[0];
  await within(connection.closed, PATIENCE_MS, 'the close at the server');
});
