'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { before, describe, test } = require('node:test');
const { runChild } = require('./support/child.js');
const { startServer } = require('./support/fault-server.js');
const { NODES, nodeOf } = require('./support/runtimes.js');

const program = (name) => join(__dirname, 'support', 'programs', name);
const REQUESTS = 40;

/** Each ran at least so often in each thread: once for a request, a stream or an event. */
const LEAST = {
  request: 12 * REQUESTS,
  url: 8 * REQUESTS,
  headers: 9 * REQUESTS,
  shouldRetry: 5 * REQUESTS,
  terminal: 100 * REQUESTS,
  attempt: 8 * REQUESTS,
  open: 8 * REQUESTS,
  event: 4 * 25 * REQUESTS,
  'event:third': 4 * 8 * REQUESTS,
  comment: 4 * REQUESTS,
  retry: 4 * REQUESTS,
  close: 8 * REQUESTS,
  error: REQUESTS,
  uncaughtException: 8 * REQUESTS,
  nextTick: 4 * 25 * REQUESTS,
  microtask: 4 * 25 * REQUESTS,
  setImmediate: 4 * 25 * REQUESTS,
  'opened.then': REQUESTS,
  'after closed': REQUESTS,
  'closed.catch': REQUESTS,
  'for await': 25 * REQUESTS,
  'after for await': REQUESTS,
  'another reads': 25 * REQUESTS,
  'another has read': REQUESTS,
  onopen: REQUESTS,
  onmessage: 17 * REQUESTS,
  onerror: REQUESTS,
  listener: 8 * REQUESTS,
  connected: REQUESTS,
  content: REQUESTS,
  delta: REQUESTS,
  data: REQUESTS,
  done: REQUESTS,
  onSnapshot: REQUESTS,
  'late onSnapshot': REQUESTS,
  'after text': REQUESTS,
  // Which endpoint is asked first is a matter of chance.
  change: 1,
  'content from a pool': REQUESTS,
  'after text from a pool': REQUESTS,
};

for (const version of NODES) {
  describe(`on Node ${version}`, () => {
    let node;

    before(async () => {
      node = await nodeOf(version);
    });

    test('each function of the caller runs in the context of its stream', async () => {
      const ran = await runChild(program('async-context.js'), { node, timeout: 120_000 });
      assert.deepEqual([ran.code, ran.signal, ran.stderr], [0, null, '']);
      const reports = JSON.parse(ran.stdout);
      assert.equal(reports.length, 3, 'a main thread and two workers');
      for (const { version: ranOn, calls, wrong } of reports) {
        assert.equal(ranOn, `v${version}`);
        assert.deepEqual(wrong, []);
        const few = Object.entries(LEAST).filter(([name, least]) => !(calls[name] >= least));
        assert.deepEqual(few, [], JSON.stringify(calls));
      }
    });

    test('a context is kept for no longer than its stream', async (t) => {
      const server = await startServer(async (exchange) => {
        for (let id = 1; ; id++) {
          await exchange.event({ id, data: 'drop' });
          await exchange.sleep(1);
        }
      });
      t.after(() => server.close());
      const options = { node, args: [server.url], nodeArgs: ['--expose-gc'], timeout: 60_000 };
      const { code, stdout, stderr } = await runChild(program('context-lifetime.js'), options);
      assert.deepEqual([code, stderr], [0, '']);
      assert.deepEqual(JSON.parse(stdout), { ended: true, flooded: false });
    });
  });
}
