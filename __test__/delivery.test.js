'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { mock, test } = require('node:test');
const { connect } = require('../index.js');
const { runChild } = require('./support/child.js');
const { within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

const PROGRAM = join(__dirname, 'support', 'programs', 'unreadable-record.js');
/** More than is delivered in one turn. */
const EVENTS = 20_000;
const PATIENCE_MS = 5000;

async function start(t, text) {
  const server = await startServer(async (exchange) => {
    await exchange.write(text);
    await exchange.stall();
  });
  t.after(() => server.close());
  return server;
}

test('a record that cannot be read silences nobody', async (t) => {
  const some = 'data: a line longer than a dozen characters\n\n'.repeat(EVENTS / 2);
  const server = await start(t, `${some}data: unreadable event\n\n${some}data: last\n\n`);
  const child = await runChild(PROGRAM, { args: [server.url] });
  assert.deepEqual([child.code, child.stderr], [0, '']);
  const lines = child.stdout.trimEnd().split('\n');
  assert.equal(lines.length, EVENTS + 2);
  assert.equal(lines[EVENTS / 2], 'no string is that long');
  assert.equal(lines.at(-1), 'last');
});

test('faked timers and ticks hold nothing back', async (t) => {
  const server = await start(t, `${'data: x\n\n'.repeat(EVENTS)}data: last\n\n`);
  mock.timers.enable({ apis: ['setImmediate'] });
  t.after(() => mock.timers.reset());
  const tick = mock.method(process, 'nextTick', () => {});
  const stream = connect(server.url, { terminal: 'last' });
  t.after(() => stream.close());
  tick.mock.restore();
  let events = 0;
  stream.on('event', () => {
    events++;
  });
  const { reason } = await within(stream.closed, PATIENCE_MS, 'the end');
  assert.deepEqual([reason, events], ['terminal', EVENTS + 1]);
});
