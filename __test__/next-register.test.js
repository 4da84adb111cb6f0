'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { SSEOptionError } = require('perennial-sse');
const { register } = require('perennial-sse/next');
const { runChild } = require('./support/child.js');

const PROGRAM = join(__dirname, 'support', 'programs', 'open-stream.mjs');

const skip = process.platform === 'win32' && 'no signals';

/** A server with an open stream gets a signal; how it ended, and how long after that. */
async function signalled(signal, { options = {}, times = 1, listeners = 'others', ...rest } = {}) {
  let at;
  const ended = await runChild(PROGRAM, {
    args: [JSON.stringify(options), String(times), listeners],
    ...rest,
    onSpawn: (child) => {
      child.stdout.on('data', (text) => {
        if (!String(text).includes('open')) return;
        at = performance.now();
        child.kill(signal);
      });
    },
  });
  return { ...ended, took: performance.now() - at };
}

test('without register the server waits for as long as a stream is open', { skip }, async () => {
  const { timedOut, stdout } = await signalled('SIGTERM', { times: 0, timeout: 3000 });
  assert.equal(timedOut, true);
  assert.match(stdout, /told/);
});

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
]) {
  test(`with it, ${signal} ends the process at the deadline, with the code of the signal`, {
    skip,
  }, async () => {
    const ended = await signalled(signal, { options: { deadline: 700 } });
    assert.deepEqual([ended.code, ended.stderr, ended.timedOut], [code, '', false]);
    assert.match(ended.stdout, /told/);
    assert.ok(ended.took >= 690, `${ended.took} ms`);
  });
}

test('the first call counts', { skip }, async () => {
  const { code, stderr } = await signalled('SIGTERM', { options: { deadline: 100 }, times: 20 });
  assert.deepEqual([code, stderr], [143, '']);
});

test('where nothing else listens the process ends at once, as without it', { skip }, async () => {
  const options = { deadline: 60_000 };
  const ended = await signalled('SIGTERM', { options, listeners: 'alone' });
  assert.deepEqual([ended.code, ended.timedOut], [143, false]);
});

test('a wrong deadline is named, and an endless one is none', () => {
  for (const deadline of ['5000', -1, Number.NaN, Number.POSITIVE_INFINITY, null]) {
    assert.throws(
      () => register({ deadline }),
      (error) => error instanceof SSEOptionError && /^deadline must be/.test(error.message),
    );
  }
});
