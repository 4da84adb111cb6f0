'use strict';

const assert = require('node:assert/strict');
const { on, once } = require('node:events');
const { PassThrough } = require('node:stream');
const { test } = require('node:test');
const { PATIENCE_MS, iterate, next, open, serve } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');

/** Sends as many numbered events in one piece, and keeps the connection. */
const counting = (count) => async (exchange) => {
  let text = '';
  for (let id = 1; id <= count; id++) text += `id: ${id}\ndata: ${id}\n\n`;
  await exchange.write(text);
  await exchange.stall();
};
const iteratorOf = (stream) => stream[Symbol.asyncIterator]();
const OVER = { value: undefined, done: true };

test('a listener and one iterator each see every event', async (t) => {
  const text = Array.from({ length: 300 }, (_, id) => `data: ${id}\n\n`).join('');
  const server = await serve(t, (exchange) => exchange.write(text));
  const stream = open(t, server.url, { retry: false });
  const heard = [];
  stream.on('event', ({ data }) => heard.push(data));
  const { data } = await iterate(stream);
  assert.equal(data.length, 300);
  assert.deepEqual(data, heard);
});

test('there is one iterator: a second one, or an output, is locked out', async (t) => {
  const server = await serve(t, counting(1));
  const stream = open(t, server.url);
  const iterator = iteratorOf(stream);
  const locked = { code: 'ERR_SSE_LOCKED', name: 'SSEStateError' };
  assert.throws(() => iteratorOf(stream), locked);
  assert.throws(() => stream.toReadableStream(), locked);
  await assert.rejects(stream.toResponse(), locked);
  await assert.rejects(stream.pipe(new PassThrough()), locked);
  assert.equal(iterator[Symbol.asyncIterator](), iterator);
  assert.equal((await iterator.next()).value.data, '1');
  await iterator.return();
  assert.throws(() => iteratorOf(stream), locked);
});

test('overlapping calls of `next` are answered in order', async (t) => {
  const server = await serve(t, counting(5));
  const iterator = iteratorOf(open(t, server.url));
  const results = await Promise.all(Array.from({ length: 5 }, () => iterator.next()));
  assert.deepEqual(
    results.map(({ value, done }) => [value.data, done]),
    ['1', '2', '3', '4', '5'].map((data) => [data, false]),
  );
});

test('every pending `next` is answered when the stream ends', async (t) => {
  const server = await serve(t, counting(1));
  const stream = open(t, server.url);
  const iterator = iteratorOf(stream);
  const pending = [iterator.next(), iterator.next(), iterator.next()];
  assert.equal((await pending[0]).value.data, '1');
  stream.close();
  assert.deepEqual(await Promise.all(pending.slice(1)), [OVER, OVER]);
});

test('a failure reaches one `next`; those behind it are done', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(401));
  const iterator = iteratorOf(open(t, server.url));
  const settled = await Promise.allSettled([iterator.next(), iterator.next()]);
  assert.equal(settled[0].reason.code, 'ERR_SSE_STATUS');
  assert.deepEqual(settled[1].value, OVER);
});

for (const [what, leave] of [
  ['return', (iterator) => iterator.return('left')],
  ['throw', (iterator) => iterator.throw(new Error('mine')).catch(({ message }) => message)],
]) {
  test(`\`${what}\` closes the connection and ends the iteration`, async (t) => {
    const server = await serve(t, counting(3));
    const stream = open(t, server.url);
    const iterator = iteratorOf(stream);
    await iterator.next();
    const result = await leave(iterator);
    assert.deepEqual(result, what === 'return' ? { value: 'left', done: true } : 'mine');
    assert.equal((await server.connections[0].closed).closedBy, 'client');
    assert.deepEqual(await iterator.next(), OVER);
    assert.deepEqual(await stream.closed, { reason: 'closed' });
  });
}

test('leaving the loop closes the connection', async (t) => {
  const server = await serve(t, counting(3));
  const stream = open(t, server.url);
  for await (const { data } of stream) {
    assert.equal(data, '1');
    break;
  }
  assert.equal(stream.readyState, stream.CLOSED);
  assert.equal((await server.connections[0].closed).closedBy, 'client');
});

test('an exception in the loop closes the connection and is not replaced', async (t) => {
  const server = await serve(t, counting(3));
  const loop = async () => {
    for await (const _ of open(t, server.url)) throw new Error('mine');
  };
  await assert.rejects(loop, /mine/);
  assert.equal((await server.connections[0].closed).closedBy, 'client');
});

test('`close` by a listener leaves the iterator nothing', async (t) => {
  const server = await serve(t, counting(3));
  const stream = open(t, server.url);
  stream.on('event', () => stream.close());
  const iterator = iteratorOf(stream);
  assert.deepEqual(await iterator.next(), OVER);
  assert.deepEqual(await iterator.next(), OVER);
});

for (const [what, text] of [
  ['a comment', ': up\n\n'],
  ['a lone id', 'id: 1\n\n'],
  ['a retry field', 'retry: 500\n\n'],
]) {
  test(`${what} does not take the place of the event that \`next\` waits for`, async (t) => {
    const server = await serve(t, async (exchange) => {
      const stream = await started;
      await exchange.write(text);
      await until(() => stream.stats.bytes === text.length, PATIENCE_MS, 'the first bytes');
      await exchange.event({ data: 'x' });
      await exchange.stall();
    });
    const stream = open(t, server.url);
    const started = Promise.resolve(stream);
    const { value } = await within(iteratorOf(stream).next(), PATIENCE_MS, 'the event');
    assert.equal(value.data, 'x');
  });
}

test('a comment between events reaches its listener while something iterates', async (t) => {
  const text = 'data: 1\n\n: two\n\ndata: 3\n\n';
  const server = await serve(t, (exchange) => exchange.write(text));
  const stream = open(t, server.url, { retry: false });
  const comments = [];
  stream.on('comment', (comment) => comments.push(comment));
  assert.deepEqual(await iterate(stream), { data: ['1', '3'], error: undefined });
  assert.deepEqual(comments, ['two']);
});

test('`lastEventId` is that of the event which the loop works on', async (t) => {
  const server = await serve(t, counting(50));
  const stream = open(t, server.url);
  const iterator = iteratorOf(stream);
  const ids = [];
  for (let turn = 1; turn <= 50; turn++) {
    await iterator.next();
    ids.push(stream.lastEventId);
  }
  assert.deepEqual(
    ids,
    Array.from({ length: 50 }, (_, index) => String(index + 1)),
  );
});

test('an id without an event counts once the loop has what came before it', async (t) => {
  const text = 'id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\n';
  const server = await serve(t, async (exchange) => {
    await exchange.write(text);
    await exchange.stall();
  });
  const stream = open(t, server.url);
  await until(() => stream.stats.events === 3, PATIENCE_MS, 'the events to wait');
  const iterator = iteratorOf(stream);
  const ids = [];
  for (let turn = 1; turn <= 3; turn++) {
    const { value } = await iterator.next();
    ids.push([value.data, value.lastEventId, stream.lastEventId]);
  }
  assert.deepEqual(ids, [
    ['a', '1', '1'],
    ['b', '1', '2'],
    ['c', '2', '2'],
  ]);
});

test('`pause` holds the iterator back, too', async (t) => {
  const server = await serve(t, counting(2));
  const stream = open(t, server.url);
  await until(() => stream.stats.events === 2, PATIENCE_MS, 'the events to wait');
  stream.pause();
  let answered = false;
  const waiting = iteratorOf(stream)
    .next()
    .then(({ value }) => {
      answered = true;
      return value.data;
    });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(answered, false);
  stream.resume();
  assert.equal(await within(waiting, PATIENCE_MS, 'the event'), '1');
});

test('`once` and `on` of node:events work', async (t) => {
  const server = await serve(t, counting(4));
  const stream = open(t, server.url);
  const [info] = await within(once(stream, 'open'), PATIENCE_MS, '"open"');
  assert.equal(info.status, 200);
  const [first] = await within(once(stream, 'event'), PATIENCE_MS, '"event"');
  assert.equal(first.data, '1');
  const seen = [];
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const [event] of on(stream, 'event', { signal })) {
    seen.push(event.data);
    if (seen.length === 3) break;
  }
  assert.deepEqual(seen, ['2', '3', '4']);
});

test('`once` of node:events rejects with the failure', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(401));
  await assert.rejects(once(open(t, server.url), 'event'), { code: 'ERR_SSE_STATUS' });
});

test('a terminal event is delivered, then the loop is over', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.write('data: 1\n\ndata: [DONE]\n\n');
    await exchange.stall();
  });
  const stream = open(t, server.url, { terminal: '[DONE]' });
  assert.deepEqual(await iterate(stream), { data: ['1', '[DONE]'], error: undefined });
  assert.deepEqual(await stream.closed, { reason: 'terminal' });
});

test('`Symbol.asyncDispose` closes the stream', async (t) => {
  const server = await serve(t, counting(1));
  const stream = open(t, server.url);
  await next(stream, 'open');
  await stream[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]();
  assert.equal(stream.readyState, stream.CLOSED);
  assert.equal((await server.connections[0].closed).closedBy, 'client');
});
