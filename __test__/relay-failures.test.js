'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventSource: NpmEventSource } = require('eventsource');
const { EventSource } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, until, within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');
const { answerOf, startApp, visit } = require('./support/relay.js');

/** A source that has come so far. */
const ONCE = { retry: { attempts: 0 }, resume: 'fail' };

for (const output of ['pipe', 'response']) {
  for (const [name, fault, code] of [
    ['before content', { status: 500 }, 'ERR_SSE_STATUS'],
    ['in content', { how: 'reset', after: 2 }, 'ERR_SSE_RESET'],
    ['by ending early', { how: 'end', after: 2 }, 'ERR_SSE_TRUNCATED'],
  ]) {
    test(`${output}: every reader hears of an upstream that fails ${name}`, async (t) => {
      const go = deferred();
      const provider = await startProvider(t, {
        faults: async () => {
          await go.promise;
          return fault;
        },
      });
      const app = await startApp(t, answerOf(provider, ONCE), { output });
      const readers = [0, 1, 2].map(() => visit(t, `${app.url}/a`));
      for (const reader of readers) await reader.opened();
      go.resolve();
      for (const reader of readers) {
        assert.equal(await reader.ended(), false, 'the body breaks off');
        assert.equal(reader.failure?.code, code);
        assert.equal(typeof reader.failure.message, 'string');
      }
      assert.equal(await app.relay.status('a'), 'error');
      const run = await app.relay.resume('a');
      // A run that failed before its first frame may have been run again by a reader that was late.
      const { status, error } = await run.closed;
      assert.deepEqual([status, error.code], ['error', code]);
      const back = visit(t, `${app.url}/a`, { lastEventId: readers[0].lastEventId });
      await back.ended();
      assert.deepEqual(app.failures, []);
    });
  }
}

test('an upstream that hangs ends by its own timeouts', async (t) => {
  const provider = await startProvider(t, { faults: [{ how: 'stall', after: 2 }] });
  const source = answerOf(provider, { ...ONCE, timeouts: { idle: 100 } });
  const app = await startApp(t, source);
  const reader = visit(t, `${app.url}/a`);
  assert.equal(await reader.ended(), false);
  assert.equal(reader.failure.code, 'ERR_SSE_TIMEOUT');
});

test('a source without a clock ends by `idle`', async (t) => {
  const left = deferred();
  async function* silent() {
    try {
      yield 'one';
      await new Promise(() => {});
    } finally {
      left.resolve();
    }
  }
  const app = await startApp(t, () => silent(), { relay: { idle: 100 } });
  const reader = visit(t, `${app.url}/a`);
  assert.equal(await reader.ended(), false);
  assert.deepEqual([reader.events[0].data, reader.failure.code], ['one', 'ERR_SSE_TIMEOUT']);
});

test('a stop ends every reader and the upstream', async (t) => {
  const provider = await startProvider(t, { faults: [{ how: 'stall', after: 3 }] });
  const app = await startApp(t, answerOf(provider));
  const readers = [0, 1].map(() => visit(t, `${app.url}/a`));
  for (const reader of readers) await reader.heard(2);
  const { connection } = await provider.request(0);
  const stopped = visit(t, `${app.url}/a`, { method: 'DELETE' });
  await stopped.ended();
  assert.equal(stopped.text, 'true');
  await within(connection.closed, PATIENCE_MS, 'the close of the upstream connection');
  for (const reader of readers) {
    assert.equal(await reader.ended(), false);
    assert.equal(reader.failure.code, 'ERR_SSE_STOPPED');
  }
  assert.equal(await app.relay.status('a'), 'stopped');
  assert.equal(await app.relay.stop('a'), false);
  assert.equal(await app.relay.stop('never'), false);
  assert.equal(provider.requests.length, 1);
});

for (const [name, Source] of [
  ['ours', EventSource],
  ['the npm package', NpmEventSource],
]) {
  for (const [end, faults] of [
    ['done', []],
    ['failed', [{ how: 'end', after: 3 }]],
  ]) {
    test(`an EventSource (${name}) stays away once the run has ${end}`, async (t) => {
      const provider = await startProvider(t, { faults });
      const app = await startApp(t, answerOf(provider, ONCE));
      let asked = 0;
      app.server.on('request', () => asked++);
      const source = new Source(`${app.url}/a`);
      t.after(() => source.close());
      const data = [];
      let failures = 0;
      source.onmessage = (event) => data.push(event.data);
      source.addEventListener('failure', () => failures++);
      source.onerror = () => {};
      await until(() => source.readyState === 2, 3 * PATIENCE_MS, 'the source to give up');
      assert.equal(failures, end === 'failed' ? 1 : 0);
      assert.equal(new Set(data).size, data.length, 'nothing twice');
      assert.ok(asked <= 3, `${asked} requests`);
      assert.equal(provider.requests.length, 1);
    });
  }
}

test('readers that want notices hear that the source waits', async (t) => {
  const go = deferred();
  const provider = await startProvider(t, {
    faults: async ({ number }) => {
      if (number === 1) await go.promise;
      return number === 1 ? { status: 503 } : undefined;
    },
  });
  const app = await startApp(t, answerOf(provider), { reading: { notices: true } });
  const told = visit(t, `${app.url}/a`);
  await told.opened();
  const run = await app.relay.resume('a');
  const silent = [];
  const reading = (async () => {
    for await (const { event } of run) silent.push(event);
  })();
  go.resolve();
  assert.equal(await told.ended(), true);
  await reading;
  const [retry, ...events] = told.events;
  assert.deepEqual([retry.event, retry.id], ['retry', undefined]);
  const { attempt, delay, error } = JSON.parse(retry.data);
  assert.deepEqual([attempt, typeof delay, error.code], [1, 'number', 'ERR_SSE_STATUS']);
  assert.ok(events.every(({ event }) => event === undefined));
  assert.ok(!silent.includes('retry'));
  // It is not kept.
  const late = visit(t, `${app.url}/a`);
  await late.ended();
  assert.deepEqual(late.events, events);
});

test('a run that failed before its first frame is run again', async (t) => {
  const provider = await startProvider(t, { faults: [{ status: 400 }] });
  const app = await startApp(t, answerOf(provider, ONCE));
  const first = visit(t, `${app.url}/a`);
  await first.ended();
  assert.equal(first.failure.code, 'ERR_SSE_STATUS');
  const second = visit(t, `${app.url}/a`, { lastEventId: first.lastEventId });
  assert.equal(await second.ended(), true);
  assert.equal(second.events[0].event, 'reset');
  assert.equal(provider.requests.length, 2);
});

test('what the function throws is thrown, and told to readers without its words', async (t) => {
  const app = await startApp(t, async () => {
    throw new Error('the password is swordfish');
  });
  const thrown = await app.relay
    .run('b', () => {
      throw new TypeError('swordfish');
    })
    .catch((error) => error);
  assert.ok(thrown instanceof TypeError);
  const run = await app.relay.resume('b');
  const { status, error } = await run.closed;
  assert.deepEqual([status, error.code], ['error', 'ERR_SSE_SOURCE']);
  assert.doesNotMatch(error.message, /swordfish/);
});

test('a run that outgrows maxBytes ends, and so does its source', async (t) => {
  const left = deferred();
  async function* endless() {
    try {
      for (;;) {
        yield 'x'.repeat(1000);
        await new Promise(setImmediate);
      }
    } finally {
      left.resolve();
    }
  }
  const app = await startApp(t, () => endless(), { relay: { maxBytes: 20_000 } });
  const reader = visit(t, `${app.url}/a`);
  assert.equal(await reader.ended(), false);
  assert.equal(reader.failure.code, 'ERR_SSE_SIZE');
  await within(left.promise, PATIENCE_MS, 'the source to be left');
  assert.ok(reader.events.length > 15);
});

test('onDisconnect: a run goes on, is stopped, or waits for a reader', async (t) => {
  const stall = () => startProvider(t, { faults: () => ({ how: 'stall', after: 3 }) });
  const leave = async (app) => {
    const reader = visit(t, `${app.url}/a`);
    await reader.heard(2);
    reader.leave();
  };
  const [going, aborting, waiting] = [await stall(), await stall(), await stall()];
  const on = await startApp(t, answerOf(going));
  const abort = await startApp(t, answerOf(aborting), { relay: { onDisconnect: 'abort' } });
  const grace = await startApp(t, answerOf(waiting), { relay: { onDisconnect: { grace: 500 } } });
  await Promise.all([leave(on), leave(abort), leave(grace)]);
  const { connection } = await aborting.request(0);
  await within(connection.closed, PATIENCE_MS, 'the abort');
  assert.equal(await abort.relay.status('a'), 'stopped');
  // One that comes back in time keeps it.
  const back = visit(t, `${grace.url}/a`);
  await back.heard(2);
  const kept = (await waiting.request(0)).connection;
  back.leave();
  await within(kept.closed, PATIENCE_MS, 'the end of the grace');
  assert.equal(await grace.relay.status('a'), 'stopped');
  assert.equal(await on.relay.status('a'), 'open');
  assert.equal(await on.relay.stop('a'), true);
});
