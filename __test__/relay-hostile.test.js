'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { Relay, Run, SSEOptionError, chat, createRelay, memoryLog } = require('../index.js');
const { startProvider } = require('./support/provider.js');
const { answerOf, freshRelay, startApp, visit } = require('./support/relay.js');

test('cursors that are none begin anew, with a word of it', async (t) => {
  const provider = await startProvider(t);
  const app = await startApp(t, answerOf(provider));
  const whole = visit(t, `${app.url}/a`);
  await whole.ended();
  const [generation] = whole.lastEventId.split('.');
  const forged = [
    'x',
    '1.2.3',
    `${generation}`,
    `${generation}.0.1`,
    `${generation}.1.0`,
    `${generation}.-1.1`,
    `${generation}.1.1.1`,
    `${generation}.18446744073709551616.1`,
    `AAAAAAAA.1.1`,
    'AAAAAAAA.end',
    `${generation}.${'9'.repeat(9000)}.1`,
    "'; DROP TABLE runs; --",
  ];
  for (const lastEventId of forged) {
    const visitor = visit(t, `${app.url}/a`, { lastEventId });
    assert.equal(await visitor.ended(), true);
    const [reset, ...events] = visitor.events;
    assert.deepEqual(
      [reset.event, JSON.parse(reset.data)],
      ['reset', { generation }],
      lastEventId.slice(0, 40),
    );
    assert.deepEqual(events, whole.events);
  }
  assert.equal(app.relay.stats().resets, forged.length);
  assert.equal(provider.requests.length, 1);
});

test('a cursor in the future waits for the end, and is sent nothing that it has', async (t) => {
  const provider = await startProvider(t);
  const app = await startApp(t, answerOf(provider));
  const whole = visit(t, `${app.url}/a`);
  await whole.ended();
  const [generation] = whole.lastEventId.split('.');
  const visitor = visit(t, `${app.url}/a`, { lastEventId: `${generation}.99999.1` });
  await visitor.ended();
  assert.equal(visitor.response.statusCode, 204);
});

test('an id without its owner opens nothing, whatever is in the two', async (t) => {
  const provider = await startProvider(t);
  const relay = freshRelay();
  const source = () => chat(provider.options());
  const mine = await relay.run('id', source, { owner: 'me' });
  await mine.closed;
  for (const [id, owner] of [
    ['id', undefined],
    ['id', 'you'],
    ['me:id', undefined],
    ['meid', undefined],
    ['\u0000id', 'me'],
    ['d', 'mei'],
  ]) {
    assert.equal(await relay.resume(id, { owner }), undefined);
    assert.equal(await relay.status(id, { owner }), undefined);
    assert.equal(await relay.stop(id, { owner }), false);
  }
  const theirs = await relay.run('id', source, { owner: 'you' });
  assert.equal(theirs.role, 'producer');
  await theirs.closed;
  assert.equal(provider.requests.length, 2);
});

test('ids of any text are told apart', async () => {
  const relay = freshRelay();
  const ids = [
    'a',
    'a.b',
    'a:b',
    'a/b',
    'a\u0000',
    'a\r\nb',
    '世界',
    '🌊',
    ' ',
    '%00',
    'x'.repeat(1024),
  ];
  async function* source(id) {
    yield `of ${id}`;
  }
  for (const id of ids) await relay.run(id, () => source(id));
  for (const id of ids) {
    const run = await relay.run(id, () => assert.fail('it is there'));
    const events = [];
    for await (const { data } of run) events.push(data);
    assert.equal(events.join(), `of ${id}`.replaceAll('\r\n', '\n'));
  }
});

test('wrong options are named, at once', async (t) => {
  const wrong = [
    [{ name: '' }, 'name'],
    [{ name: 1 }, 'name'],
    [{ retention: 0 }, 'retention'],
    [{ retention: '1' }, 'retention'],
    [{ lease: 499 }, 'lease'],
    [{ idle: 0 }, 'idle'],
    [{ heartbeat: -1 }, 'heartbeat'],
    [{ maxBytes: 0 }, 'maxBytes'],
    [{ maxBytes: 1.5 }, 'maxBytes'],
    [{ durability: 'eventual' }, 'durability'],
    [{ onDisconnect: 'stop' }, 'onDisconnect'],
    [{ onDisconnect: { grace: -1 } }, 'onDisconnect.grace'],
    [{ onDisconnect: { delay: 1 } }, 'onDisconnect.delay'],
    [{ log: {} }, 'log'],
    [{ log: 'redis' }, 'log'],
    [{ ttl: 1 }, 'ttl'],
  ];
  for (const [options, name] of wrong) {
    assert.throws(
      () => createRelay(options),
      (error) => {
        assert.ok(error instanceof SSEOptionError);
        assert.ok(error.message.includes(name), error.message);
        return true;
      },
    );
  }
  for (const name of ['maxEvents', 'maxBytes', 'maxAge', 'totalBytes', 'size']) {
    assert.throws(
      () => memoryLog({ [name]: -1 }),
      (error) => error.message.includes(name),
    );
  }
  const relay = freshRelay();
  const never = () => assert.fail('it must not be called');
  for (const [args, name] of [
    [['', never], 'id'],
    [[7, never], 'id'],
    [['\ud800', never], 'id'],
    [['x'.repeat(1025), never], 'id'],
    [['a', {}], 'source'],
    [['a', undefined], 'source'],
    [['a', never, { owner: '' }], 'owner'],
    [['a', never, { onLost: 'resume' }], 'onLost'],
    [['a', never, { user: 'x' }], 'user'],
  ]) {
    await assert.rejects(relay.run(...args), (error) => {
      assert.equal(error.code, 'ERR_SSE_OPTION');
      assert.ok(error.message.includes(name), error.message);
      return true;
    });
  }
  const provider = await startProvider(t);
  const started = chat(provider.options());
  t.after(() => started.close());
  await assert.rejects(relay.run('a', started), { code: 'ERR_SSE_OPTION' });
  for (const source of [undefined, null, 'text', 7, {}, [1], new Map()]) {
    await assert.rejects(
      relay.run('b', () => source),
      { code: 'ERR_SSE_OPTION' },
    );
  }
  const run = await relay.run('c', () => chat(provider.options()));
  await assert.rejects(run.toResponse('x'), { code: 'ERR_SSE_OPTION' });
  await assert.rejects(run.toResponse(undefined, { replay: 'end' }), { code: 'ERR_SSE_OPTION' });
  await assert.rejects(run.pipe({}, {}), { code: 'ERR_SSE_OPTION' });
  await assert.rejects(run.pipe({ headers: {} }, {}), { code: 'ERR_SSE_OPTION' });
  await run.closed;
});

test('the same name is the same relay, and other options are refused', async (t) => {
  const provider = await startProvider(t);
  const name = `shared ${process.pid}`;
  const one = createRelay({ name, log: memoryLog({ maxEvents: 5 }) });
  await (await one.run('a', () => chat(provider.options()))).closed;
  // As a framework does when it loads a module again.
  const two = createRelay({ name, log: memoryLog({ maxEvents: 5 }) });
  assert.equal(await two.status('a'), 'done');
  assert.throws(() => createRelay({ name, retention: 5 }), /other options/);
  assert.throws(() => createRelay({ name, log: memoryLog() }), /other options/);
  assert.ok(two instanceof Relay);
  const run = await two.resume('a');
  assert.ok(run instanceof Run);
  assert.equal(inspect(run), "Run { id: 'a', role: 'reader' }");
  assert.equal(provider.requests.length, 1);
});

test('a log that is full of open runs refuses another', async (t) => {
  const provider = await startProvider(t, {
    answer: { text: Array.from({ length: 100 }, () => 'x'.repeat(200)) },
    faults: () => ({ how: 'stall', after: 90 }),
  });
  const relay = freshRelay({ log: memoryLog({ totalBytes: 5000 }) });
  const source = () => chat(provider.options());
  const run = await relay.run('a', source);
  const iterator = run[Symbol.asyncIterator]();
  for (let event = 0; event < 60; event++) await iterator.next();
  await assert.rejects(relay.run('b', source), { code: 'ERR_SSE_LOG' });
  await relay.stop('a');
  await run.closed;
  const after = await relay.run('b', source);
  assert.equal(after.role, 'producer');
  assert.equal(await relay.status('a'), undefined, 'the oldest that has ended goes');
  await relay.stop('b');
  await iterator.return();
});
