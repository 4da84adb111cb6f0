'use strict';

const { createHash } = require('node:crypto');
const { chat } = require('../../index.js');
const { PATIENCE_MS, next } = require('./client.js');
const { within } = require('./deadline.js');

/** What an answer may emit. */
const NAMES = [
  ...['open', 'connected', 'retry', 'delta', 'content', 'reasoning', 'toolCall', 'reset'],
  ...['parseError', 'done', 'stopped', 'error', 'close'],
];

/** An answer that lives no longer than the test. */
function ask(t, options) {
  const answer = chat(options);
  t.after(() => answer.close());
  return answer;
}

/** Everything that listeners were told, in order, once the answer is over. */
async function hear(answer, names = NAMES) {
  const log = [];
  for (const name of names) answer.on(name, (value) => log.push({ name, value }));
  await next(answer, 'close');
  return {
    log,
    names: log.map(({ name }) => name),
    /** What came under one name. */
    of: (name) => log.filter((entry) => entry.name === name).map(({ value }) => value),
    /** The text that "content" told, from the last "reset" on. */
    get text() {
      const from = log.findLastIndex(({ name }) => name === 'reset') + 1;
      const told = log.slice(from).filter(({ name }) => name === 'content');
      return told.map(({ value }) => value).join('');
    },
    error: log.find(({ name }) => name === 'error')?.value,
    close: log.find(({ name }) => name === 'close').value,
  };
}

/** What a promise came to: `{ value }` or `{ error }`, within the patience of a test. */
const outcome = (promise, what = 'the answer') =>
  within(promise, PATIENCE_MS, what).then(
    (value) => ({ value }),
    (error) => ({ error }),
  );

/** Every delta, or piece of text, and what the iterator rejected with. */
async function iterate(iterable) {
  const parts = [];
  const loop = async () => {
    for await (const part of iterable) parts.push(part);
  };
  const { error } = await outcome(loop(), 'the iterator');
  return { parts, error };
}

/** What deltas of one type say, put together. */
const joined = (deltas, type, member = 'text') =>
  deltas
    .filter((delta) => delta.type === type)
    .map((delta) => delta[member])
    .join('');

/** How a key is shown. */
const hashOf = (key) => createHash('sha256').update(key).digest('hex').slice(0, 8);

module.exports = { ask, hashOf, hear, iterate, joined, outcome };
