'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { serve } = require('./support/client.js');
const { runChild } = require('./support/child.js');

const PROGRAM = join(__dirname, 'support', 'programs', 'frozen-reader.js');
const skip = process.platform === 'win32' && 'no SIGSTOP';
const LIMIT = 1000;

/**
 * Runs the reader, and freezes it for two and a half times its limit once its request is there; `meanwhile`
 * answers while it is frozen.
 */
async function freeze(t, timeouts, before, meanwhile) {
  let child;
  const server = await serve(t, async (exchange) => {
    await before(exchange);
    // It has read what came before, and waits.
    await exchange.sleep(200);
    child.kill('SIGSTOP');
    await exchange.sleep(100);
    await meanwhile(exchange);
    await exchange.sleep(LIMIT * 2.5);
    child.kill('SIGCONT');
    await exchange.stall();
  });
  const args = [server.url, JSON.stringify(timeouts)];
  const { stdout, stderr } = await runChild(PROGRAM, {
    args,
    onSpawn: (spawned) => {
      child = spawned;
    },
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

const greet = (exchange) => exchange.event({ data: 'before' });
const answer = async (exchange) => {
  await exchange.comment('warm');
  await exchange.event({ data: 'meanwhile' });
  await exchange.event({ data: '[DONE]' });
};

for (const [what, timeouts, before] of [
  ['idle', { idle: LIMIT }, greet],
  ['event', { event: { ms: LIMIT } }, greet],
  ['headers', { headers: LIMIT }, () => {}],
  ['total', { total: LIMIT * 2 }, greet],
]) {
  test(`a process frozen for longer than \`${what}\` reads what waits for it`, {
    skip,
    timeout: 60_000,
  }, async (t) => {
    const { data, reason, code } = await freeze(t, timeouts, before, answer);
    assert.equal(code, undefined);
    assert.equal(reason, 'terminal');
    assert.deepEqual(data, [...(before === greet ? ['before'] : []), 'meanwhile', '[DONE]']);
  });
}

test('and if nothing waits, the silence is one', { skip, timeout: 60_000 }, async (t) => {
  const { data, phase } = await freeze(t, { idle: LIMIT }, greet, () => {});
  assert.deepEqual(data, ['before']);
  assert.equal(phase, 'idle');
});
