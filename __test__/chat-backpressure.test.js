'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createParser } = require('eventsource-parser');
const { ask, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until } = require('./support/deadline.js');
const { MIB, rss } = require('./support/memory.js');
const { startProvider } = require('./support/provider.js');

const PIECE = 'perennial '.repeat(1600);
const COUNT = 4000;
/** 60 MiB of text: more than kernels and mailboxes take together. */
const ANSWER = { text: Array(COUNT).fill(PIECE), usage: null };
const MAILBOX = { bytes: 128 * 1024 };

/** Waits until the provider can send no more, and gives what it has sent by then. */
async function blocked(provider) {
  const { exchange, connection } = await provider.request(0);
  await until(() => exchange.blockedFor > 500, 30_000, 'the provider to be blocked');
  return connection.socket.bytesWritten;
}

/** Who may stop reading, and how it begins and goes on. */
const READERS = {
  'an iterator that does not ask': async (answer) => {
    const deltas = answer[Symbol.asyncIterator]();
    await deltas.next();
    return async () => {
      let size = 0;
      for await (const delta of { [Symbol.asyncIterator]: () => deltas }) {
        if (delta.type === 'content') size += delta.text.length;
      }
      return size;
    };
  },
  'a textStream that is not read': async (answer) => {
    const texts = answer.textStream[Symbol.asyncIterator]();
    let size = (await texts.next()).value.length;
    return async () => {
      for await (const text of { [Symbol.asyncIterator]: () => texts }) size += text.length;
      return size;
    };
  },
  'listeners at rest': async (answer) => {
    let size = 0;
    answer.on('content', (text) => {
      size += text.length;
    });
    await new Promise((resolve) => answer.once('content', resolve));
    answer.pause();
    return async () => {
      answer.resume();
      await answer.closed;
      return size;
    };
  },
  'a response whose body nobody takes': async (answer) => {
    const { body } = await answer.toResponse();
    return async () => {
      let size = 0;
      const onEvent = ({ data }) => {
        if (data === '[DONE]') return;
        const [choice] = JSON.parse(data).choices;
        size += choice?.delta.content?.length ?? 0;
      };
      const events = createParser({ onEvent });
      const text = new TextDecoder();
      for await (const bytes of body) events.feed(text.decode(bytes, { stream: true }));
      return size;
    };
  },
};

for (const [who, begin] of Object.entries(READERS)) {
  test(`${who} stops the provider, and gets everything later`, async (t) => {
    const provider = await startProvider(t, { answer: ANSWER });
    const answer = ask(t, { ...provider.options(), mailbox: MAILBOX });
    const goOn = await begin(answer);
    const sent = await blocked(provider);
    assert.ok(sent < (COUNT * PIECE.length) / 2, `the provider could send ${sent} bytes`);
    assert.equal(answer.readyState, answer.OPEN);
    const { value, error } = await outcome(goOn(), 'the rest');
    assert.equal(error, undefined);
    assert.equal(value, COUNT * PIECE.length);
    assert.equal(provider.requests.length, 1);
  });
}

test('a rest costs no memory and no deadline but that of the answer', async (t) => {
  const provider = await startProvider(t, { answer: ANSWER });
  const timeouts = { idle: 300, event: { ms: 300 } };
  const answer = ask(t, { ...provider.options(), mailbox: MAILBOX, timeouts });
  const deltas = answer[Symbol.asyncIterator]();
  await deltas.next();
  await blocked(provider);
  const before = rss();
  const { exchange } = provider.requests[0];
  await until(() => exchange.blockedFor > 1500, PATIENCE_MS, 'a long rest');
  const growth = (rss() - before) / MIB;
  assert.ok(growth < 16, `RSS grew by ${growth} MiB`);
  assert.equal(answer.readyState, answer.OPEN);
  await deltas.return();
  assert.deepEqual(await answer.closed, { reason: 'closed' });
});

test('an answer that nobody iterates is collected, and stops no provider', async (t) => {
  const answer = { text: Array(200).fill(PIECE) };
  const provider = await startProvider(t, { answer });
  const stream = ask(t, { ...provider.options(), mailbox: MAILBOX });
  const { value } = await outcome(stream.text());
  assert.equal(value.length, 200 * PIECE.length);
});
