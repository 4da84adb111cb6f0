'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { chat, connect } = require('../index.js');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');
const { answerOf, eventsOf, freshRelay, startApp, visit } = require('./support/relay.js');

test('a stream of events is kept without its ids, and stays in the core', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.write('id: 7\nretry: 9\nevent: a\ndata: one\ndata: two\n\n: x\n\ndata\n\n');
    await exchange.write('event: end\ndata\n\n');
  });
  const app = await startApp(t, () => connect(server.url, { terminal: { event: 'end' } }));
  const visitor = visit(t, `${app.url}/a`);
  assert.equal(await visitor.ended(), true);
  const frames = visitor.text.replaceAll(/^id: [\w-]{8}\.(?:\d+\.\d+|(end))$/gm, 'id: $1');
  assert.equal(
    frames,
    ':\n\nid: \nevent: a\ndata: one\ndata: two\n\nid: \ndata:\n\n' +
      'id: \nevent: end\ndata:\n\nid: end\n\n',
  );
  assert.equal(app.relay.stats().frames, 3);
});

test('listeners of the source hear it as well', async (t) => {
  const provider = await startProvider(t);
  const relay = freshRelay();
  const heard = [];
  const done = deferred();
  const run = await relay.run('a', () =>
    chat(provider.options())
      .on('content', (text) => heard.push(text))
      .on('done', done.resolve),
  );
  const { content } = await within(done.promise, PATIENCE_MS, '"done"');
  assert.deepEqual([heard.join(''), content], [provider.text, provider.text]);
  assert.deepEqual(await run.closed, { status: 'done' });
  assert.equal(run.snapshot().content, provider.text);

  const server = await serve(t, (exchange) => exchange.write('data: one\n\ndata: two\n\n'));
  const events = [];
  const other = await relay.run('b', () =>
    connect(server.url, { retry: false }).on('event', ({ data }) => events.push(data)),
  );
  await other.closed;
  assert.deepEqual(events, ['one', 'two']);
});

test('tool calls, thoughts and usage are in the snapshot of any reader', async (t) => {
  const call = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };
  for (const family of ['chat-completions', 'anthropic', 'gemini', 'responses', 'ollama']) {
    const provider = await startProvider(t, { answer: { reasoning: ['hm'], calls: [call] } });
    const whole = await chat(provider.options(family)).message();
    const relay = freshRelay();
    const run = await relay.run('a', () => chat(provider.options(family)));
    assert.deepEqual(await run.closed, { status: 'done' });
    const { attempts, id, usage, ...told } = (await relay.resume('a')).snapshot();
    const { attempts: _, id: __, usage: spent, ...expected } = whole;
    assert.deepEqual(told, expected, family);
    assert.equal(usage?.input, spent?.input, family);
  }
});

test('an answer that begins anew tells its readers so', async (t) => {
  const provider = await startProvider(t, { faults: [{ how: 'end', after: 3 }] });
  const app = await startApp(t, answerOf(provider, { resume: 'restart' }));
  const visitor = visit(t, `${app.url}/a`);
  assert.equal(await visitor.ended(), true);
  const chunks = visitor.events.slice(0, -1).map(({ data }) => JSON.parse(data));
  const reset = chunks.findLastIndex((chunk) => chunk.reset === true);
  assert.ok(reset > 0);
  const content = chunks.slice(reset).map(({ choices }) => choices[0]?.delta.content ?? '');
  assert.equal(content.join(''), provider.text);
  assert.equal((await app.relay.resume('a')).snapshot().content, provider.text);
});

test('a Response that is an event stream, and one that is not', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (exchange.request.path === '/events') {
      await exchange.write('id: 1\nevent: a\ndata: x\n\ndata: 世');
      await exchange.write('界\n\n');
      return;
    }
    exchange.head(200, { 'content-type': 'text/plain' });
    await exchange.write('data: not an event\n\n');
    await exchange.write('\u0000世界');
  });
  const app = await startApp(t, (id) => fetch(new URL(id, server.url)));
  const events = await app.relay.run('e', () => fetch(new URL('events', server.url)));
  assert.deepEqual(await eventsOf(events), [
    ['a', 'x'],
    ['message', '世界'],
  ]);
  assert.equal(events.snapshot(), undefined);
  const plain = visit(t, `${app.url}/plain`);
  assert.equal(await plain.ended(), true);
  assert.equal(plain.text, 'data: not an event\n\n\u0000世界');
  const refused = await serve(t, (exchange) => exchange.status(503, {}, 'no'));
  const run = await app.relay.run('f', () => fetch(refused.url));
  const { status, error } = await run.closed;
  assert.deepEqual([status, error.code], ['error', 'ERR_SSE_STATUS']);
});

test('an iterable says strings and events; what it throws stays here', async () => {
  const relay = freshRelay();
  async function* source() {
    yield 'one\ntwo';
    yield { event: 'named', data: '3', id: 'dropped' };
  }
  assert.deepEqual(await eventsOf(await relay.run('a', () => source())), [
    ['message', 'one\ntwo'],
    ['named', '3'],
  ]);
  const secret = new Error('swordfish');
  async function* failing() {
    yield 'one';
    throw secret;
  }
  const run = await relay.run('b', () => failing());
  const { error } = await run.closed;
  assert.deepEqual([error.code, error.cause], ['ERR_SSE_SOURCE', secret]);
  let returned = 0;
  let signal;
  const whole = await relay.run('d', (context) => {
    signal = context.signal;
    const items = ['one', 'two'];
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ value: items.shift(), done: items.length === 0 }),
        return: async () => {
          returned++;
          return { value: undefined, done: true };
        },
      }),
    };
  });
  assert.deepEqual(await whole.closed, { status: 'done' });
  assert.deepEqual([signal.aborted, returned], [false, 0], 'it has come to its own end');
  const reader = await relay.resume('b');
  assert.equal((await reader.closed).error.cause, undefined);
  async function* bytes() {
    yield Buffer.from('x');
  }
  const wrong = await relay.run('c', () => bytes());
  assert.equal((await wrong.closed).error.code, 'ERR_SSE_OPTION');
});

test('a stop aborts the signal and returns the iterator', async () => {
  const relay = freshRelay();
  const [aborted, returned] = [deferred(), deferred()];
  const run = await relay.run('a', ({ signal }) => {
    signal.addEventListener('abort', aborted.resolve);
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          returned.resolve();
          return { done: true, value: undefined };
        },
      }),
    };
  });
  assert.equal(await relay.stop('a'), true);
  await within(Promise.all([aborted.promise, returned.promise]), PATIENCE_MS, 'the stop');
  const { status, error } = await run.closed;
  assert.deepEqual([status, error.code], ['stopped', 'ERR_SSE_STOPPED']);
});

test('a source that user code closes is a stopped run', async (t) => {
  const provider = await startProvider(t, { faults: [{ how: 'stall', after: 2 }] });
  const relay = freshRelay();
  let answer;
  const run = await relay.run('a', () => {
    answer = chat(provider.options());
    return answer;
  });
  const iterator = run[Symbol.asyncIterator]();
  await within(iterator.next(), PATIENCE_MS, 'an event');
  answer.close();
  assert.equal((await run.closed).status, 'stopped');
  await assert.rejects(
    async () => {
      while (!(await iterator.next()).done);
    },
    { code: 'ERR_SSE_STOPPED' },
  );
});

test('a stream that was open before is refused, and its run may be run again', async (t) => {
  const server = await serve(t, (exchange) => exchange.write('data: x\n\n'));
  const relay = freshRelay();
  const stream = connect(server.url, { retry: false });
  t.after(() => stream.close());
  await stream.opened;
  await assert.rejects(
    relay.run('a', () => stream),
    { code: 'ERR_SSE_OPTION' },
  );
  const run = await relay.run('a', () => connect(server.url, { retry: false }));
  assert.deepEqual(await eventsOf(run), [['message', 'x']]);
  const shared = connect(server.url, { retry: false });
  const first = await relay.run('b', () => shared);
  await assert.rejects(
    relay.run('c', () => shared),
    { code: 'ERR_SSE_OPTION' },
  );
  assert.deepEqual(await eventsOf(first), [['message', 'x']]);
});
