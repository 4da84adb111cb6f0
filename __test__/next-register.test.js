'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { SSEOptionError } = require('perennial-sse');
const { register } = require('perennial-sse/next');
const { visit } = require('./support/browser.js');
const { runChild } = require('./support/child.js');

const PROGRAM = join(__dirname, 'support', 'programs', 'open-stream.mjs');
const HUB_PROGRAM = join(__dirname, 'support', 'programs', 'open-hub.mjs');

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

/** A server with a hub is told to end while it has a client; how it ended, and what its client heard last. */
async function letGo(options, listeners) {
  let last;
  const ended = await runChild(HUB_PROGRAM, {
    args: [JSON.stringify(options), listeners],
    onSpawn: (child) => {
      child.stdout.on('data', async (text) => {
        const client = await visit(`http://127.0.0.1:${/\d+/.exec(text)}/`);
        assert.equal((await client.next()).event, 'connected');
        child.kill('SIGTERM');
        if (options.hubs === undefined) last = client.next();
        last?.catch(() => {});
      });
    },
  });
  return { ...ended, last };
}

for (const [listeners, code] of [
  ['others', 0],
  ['alone', 143],
]) {
  test(`clients of a hub are told, and the process ends long before the deadline: ${listeners}`, {
    skip,
  }, async () => {
    const ended = await letGo({ deadline: 8000 }, listeners);
    assert.deepEqual([ended.code, ended.stderr, ended.timedOut], [code, '', false]);
    assert.equal((await ended.last).event, 'shutdown');
    assert.ok(ended.elapsed < 8000, `${ended.elapsed} ms`);
  });
}

test('hubs that are not named stay open', { skip }, async () => {
  const { code, elapsed } = await letGo({ deadline: 700, hubs: ['another'] }, 'others');
  assert.equal(code, 143);
  assert.ok(elapsed >= 690, `${elapsed} ms`);
});

test('wrong names of hubs are named', () => {
  for (const hubs of ['default', [7], null]) {
    assert.throws(
      () => register({ hubs }),
      (error) => error instanceof SSEOptionError && /^hubs must be an array/.test(error.message),
    );
  }
});

test('a wrong deadline is named, and an endless one is none', () => {
  for (const deadline of ['5000', -1, Number.NaN, Number.POSITIVE_INFINITY, null]) {
    assert.throws(
      () => register({ deadline }),
      (error) => error instanceof SSEOptionError && /^deadline must be/.test(error.message),
    );
  }
});
