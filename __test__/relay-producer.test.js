'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { once } = require('node:events');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { chat, connect } = require('../index.js');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');
const { eventsOf, freshRelay } = require('./support/relay.js');

test('the function runs in the context of the call that produces', async (t) => {
  const context = new AsyncLocalStorage();
  const relay = freshRelay();
  const provider = await startProvider(t);
  const seen = await Promise.all(
    Array.from({ length: 40 }, (_, user) =>
      context.run(user, async () => {
        let inside;
        await relay.run(`run ${user}`, () => {
          inside = context.getStore();
          return chat(provider.options());
        });
        return [user, inside];
      }),
    ),
  );
  for (const [user, inside] of seen) assert.equal(inside, user);
});

for (const source of ['connect(url)', 'say()']) {
  test(`a run whose worker ends is lost, and may be run again: ${source}`, async (t) => {
    const server = await serve(t, async (exchange) => {
      await exchange.write('data: one\n\n');
      await exchange.stall();
    });
    const relay = freshRelay();
    const entry = JSON.stringify(require.resolve('../index.js'));
    const worker = new Worker(
      `const { connect, createRelay } = require(${entry});
      const { parentPort, workerData: { name, url } } = require('node:worker_threads');
      async function* say() { yield 'one'; await new Promise(() => {}); }
      createRelay({ name }).run('a', () => ${source}).then(() => parentPort.postMessage('runs'));`,
      { eval: true, workerData: { name: relay.name, url: server.url } },
    );
    await within(once(worker, 'message'), PATIENCE_MS, 'the worker');
    const run = await relay.resume('a');
    const iterator = run[Symbol.asyncIterator]();
    assert.equal((await within(iterator.next(), PATIENCE_MS, 'an event')).value.data, 'one');
    await worker.terminate();
    const { status, error } = await within(run.closed, PATIENCE_MS, 'the end');
    assert.deepEqual([status, error.code], ['lost', 'ERR_SSE_PRODUCER_LOST']);
    await assert.rejects(iterator.next(), { code: 'ERR_SSE_PRODUCER_LOST' });
    const replayed = await relay.run('a', () => assert.fail('it must not be called'));
    assert.equal(replayed.role, 'reader');
    async function* again() {
      yield 'two';
    }
    const anew = await relay.run('a', () => again(), { onLost: 'restart' });
    assert.equal(anew.role, 'producer');
    assert.deepEqual(await eventsOf(anew), [['message', 'two']]);
  });
}

test('a source may take longer to be made than a lease lasts', async (t) => {
  const server = await serve(t, (exchange) => exchange.write('data: one\n\n'));
  const relay = freshRelay({ lease: 1000 });
  const running = relay.run('a', async () => {
    // Two leases: what is looked at here is that they are renewed.
    await new Promise((resolve) => setTimeout(resolve, 2200));
    return connect(server.url, { retry: false });
  });
  assert.deepEqual(await eventsOf(await running), [['message', 'one']]);
  assert.equal(await relay.status('a'), 'done');
});

test('a stop that comes while the source is made aborts it', async () => {
  const relay = freshRelay();
  const made = deferred();
  const aborted = deferred();
  const running = relay.run('a', async ({ signal }) => {
    signal.addEventListener('abort', aborted.resolve);
    made.resolve();
    await aborted.promise;
    return (async function* source() {
      yield 'late';
    })();
  });
  await within(made.promise, PATIENCE_MS, 'the function');
  assert.equal(await relay.stop('a'), true);
  const run = await within(running, PATIENCE_MS, 'the run');
  assert.equal((await run.closed).status, 'stopped');
});
