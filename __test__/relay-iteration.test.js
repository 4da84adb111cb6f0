'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { freshRelay } = require('./support/relay.js');

/** A run that says one word, and the next when it is told. */
async function spoken(relay = freshRelay()) {
  const wanted = deferred();
  const run = await relay.run('a', async function* () {
    yield 'one';
    await wanted.promise;
    yield 'two';
  });
  return { relay, run, say: wanted.resolve };
}

const texts = async (run) => {
  const said = [];
  for await (const { data } of run) said.push(data);
  return said;
};

test('who leaves while it waits leaves at once, and its wait is over', async () => {
  const { relay, run, say } = await spoken();
  const iterator = run[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).value.data, 'one');
  const waiting = iterator.next();
  assert.equal(relay.stats().readers, 1);
  await within(iterator.return(), PATIENCE_MS, 'the iterator to return');
  assert.equal(relay.stats().readers, 0);
  const over = { value: undefined, done: true };
  assert.deepEqual(await within(waiting, PATIENCE_MS, 'the end of its wait'), over);
  assert.deepEqual(await iterator.next(), over);
  say();
  assert.deepEqual(await texts(run), ['one', 'two']);
});

test('a run that nobody may leave unread is stopped when its loop is left in silence', async () => {
  const words = [deferred(), deferred(), deferred()];
  const run = await freshRelay({ onDisconnect: 'abort' }).run('a', async function* () {
    for (const { promise } of words) yield await promise;
  });
  const iterator = run[Symbol.asyncIterator]();
  for (const [index, word] of ['one', 'two'].entries()) {
    const next = iterator.next();
    words[index].resolve(word);
    assert.equal((await within(next, PATIENCE_MS, word)).value.data, word);
  }
  iterator.next();
  await iterator.return();
  assert.equal((await within(run.closed, PATIENCE_MS, 'the stop')).status, 'stopped');
});

test('an iterator that is never asked reads nothing, and one that is left before cannot begin', async () => {
  const { relay, run, say } = await spoken();
  const iterator = run[Symbol.asyncIterator]();
  assert.equal(relay.stats().readers, 0);
  await iterator.return();
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  assert.equal(relay.stats().readers, 0);
  say();
});

test('what is asked for at the same time comes in its order', async () => {
  const { run, say } = await spoken();
  const iterator = run[Symbol.asyncIterator]();
  const asked = [iterator.next(), iterator.next(), iterator.next(), iterator.next()];
  say();
  const given = await within(Promise.all(asked), PATIENCE_MS, 'four answers');
  assert.deepEqual(
    given.map(({ value, done }) => [value?.data, done]),
    [
      ['one', false],
      ['two', false],
      [undefined, true],
      [undefined, true],
    ],
  );
});
