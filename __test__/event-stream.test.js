'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventStream, connect } = require('../index.js');
const { FAST, PATIENCE_MS, next, open, record, serve } = require('./support/client.js');
const { until } = require('./support/deadline.js');

/** Sends what it is given and keeps the connection. */
const sending = (text) => async (exchange) => {
  await exchange.write(text);
  await exchange.stall();
};
const numbers = (from, to) => {
  let text = '';
  for (let id = from; id <= to; id++) text += `id: ${id}\ndata: ${id}\n\n`;
  return text;
};

/** Uncaught exceptions, kept from the test runner. */
function captureUncaught(t) {
  const errors = [];
  process.setUncaughtExceptionCaptureCallback((error) => errors.push(error));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  return errors;
}

test('`connect` gives an EventStream, and nobody else makes one', () => {
  const stream = connect('http://127.0.0.1:9/');
  assert.ok(stream instanceof EventStream);
  stream.close();
  assert.equal(EventStream.CONNECTING, 0);
  assert.equal(EventStream.OPEN, 1);
  assert.equal(EventStream.CLOSED, 2);
  assert.deepEqual([stream.CONNECTING, stream.OPEN, stream.CLOSED], [0, 1, 2]);
});

test('it dials on the next tick, so that closing at once dials nothing', async (t) => {
  const server = await serve(t, sending(''));
  const first = open(t, server.url);
  assert.equal(first.stats.attempts, 0);
  assert.equal(first.retryState.state, 'idle');
  first.close();
  const second = open(t, `${server.url}/second`);
  await second.opened;
  assert.deepEqual(
    server.requests.map(({ path }) => path),
    ['/second'],
  );
});

test('events wait for the first listener of events; others start nothing', async (t) => {
  const server = await serve(t, sending(numbers(1, 3)));
  const stream = open(t, server.url);
  const seen = [];
  const told = [];
  for (const name of ['open', 'comment', 'retry', 'error', 'close']) {
    stream.on(name, () => told.push(name));
  }
  const waits = () => told.length > 0 && stream.stats.events === 3;
  await until(waits, PATIENCE_MS, 'the events to wait');
  assert.deepEqual(told, ['open']);
  assert.equal(stream.lastEventId, '');
  stream.on('event', ({ data }) => seen.push(data));
  await until(() => seen.length === 3, PATIENCE_MS, 'three events');
  assert.deepEqual(seen, ['1', '2', '3']);
  assert.equal(stream.lastEventId, '3');
});

test('a listener for one name starts the flow and gets only that name', async (t) => {
  const text = 'event: a\ndata: 1\n\ndata: 2\n\nevent: b\ndata: 3\n\nevent: a\ndata: 4\n\n';
  const server = await serve(t, (exchange) => exchange.write(text));
  const stream = open(t, server.url, { retry: false });
  const seen = [];
  stream.on('event:a', ({ data }) => seen.push(`a${data}`));
  stream.on('event:message', ({ data }) => seen.push(`message${data}`));
  await next(stream, 'close');
  assert.deepEqual(seen, ['a1', 'message2', 'a4']);
});

test('a server cannot reach lifecycle listeners by its choice of names', async (t) => {
  const names = ['error', 'close', 'open', 'retry', 'event', 'newListener', '__proto__'];
  const text = names.map((name) => `event: ${name}\ndata: x\n\n`).join('');
  const server = await serve(t, (exchange) => exchange.write(text));
  const stream = open(t, server.url, { retry: false });
  const named = [];
  for (const name of names) stream.on(`event:${name}`, ({ event }) => named.push(event));
  const { log } = await record(stream);
  assert.deepEqual(named, names);
  const got = log.map(({ name }) => name);
  assert.deepEqual(got, ['open', ...names.map(() => 'event'), 'close']);
});

test('an event is a plain object', async (t) => {
  const text = 'data: 1\n\nevent: e\nid: 7\nretry: 200\ndata: a\ndata: b\n\n';
  const server = await serve(t, (exchange) => exchange.write(text));
  const { of } = await record(open(t, server.url, { retry: false }));
  const [plain, full] = of('event');
  assert.deepEqual(plain, { event: 'message', data: '1', id: undefined, lastEventId: '' });
  const expected = { event: 'e', data: 'a\nb', id: '7', lastEventId: '7', retry: 200 };
  assert.deepEqual(full, expected);
  assert.deepEqual({ ...full }, expected);
  assert.deepEqual(JSON.parse(JSON.stringify(full)), expected);
  assert.ok(!('retry' in plain));
});

test('comments reach their listeners in order with events', async (t) => {
  const server = await serve(t, (exchange) =>
    exchange.write(':a\n\ndata: 1\n\n: b \n:\ndata: 2\n\n'),
  );
  const { log } = await record(open(t, server.url, { retry: false }));
  const told = log.filter(({ name }) => name === 'comment' || name === 'event');
  assert.deepEqual(
    told.map(({ value }) => value.data ?? `:${value}`),
    [':a', '1', ':b ', ':', '2'],
  );
});

test('`once` takes one event, and the rest wait', async (t) => {
  const server = await serve(t, sending(numbers(1, 3)));
  const stream = open(t, server.url);
  assert.equal((await next(stream, 'event')).data, '1');
  await until(() => stream.stats.events === 3, PATIENCE_MS, 'the events to wait');
  assert.equal((await next(stream, 'event')).data, '2');
  assert.equal((await next(stream, 'event')).data, '3');
  assert.equal(stream.listenerCount('event'), 0);
});

test('without listeners events wait, and a new one gets each of them', async (t) => {
  const server = await serve(t, async (exchange) => {
    for (let id = 1; id <= 500; id++) await exchange.event({ id, data: id });
    await exchange.stall();
  });
  const stream = open(t, server.url);
  const seen = [];
  const listener = ({ data }) => {
    seen.push(Number(data));
    if (seen.length % 50 !== 0) return;
    stream.off('event', listener);
    setImmediate(() => stream.on('event', listener));
  };
  stream.on('event', listener);
  await until(() => seen.length === 500, PATIENCE_MS, '500 events');
  assert.deepEqual(
    seen,
    [...Array(500).keys()].map((index) => index + 1),
  );
});

test('`pause` holds events back, `resume` goes on, and nothing is lost', async (t) => {
  let exchange;
  const server = await serve(t, async (given) => {
    exchange = given;
    await exchange.write(numbers(1, 2));
    await exchange.closed;
  });
  const stream = open(t, server.url);
  const seen = [];
  stream.on('event', ({ data }) => {
    seen.push(data);
    if (data === '2') stream.pause();
  });
  await until(() => seen.length === 2, PATIENCE_MS, 'two events');
  assert.equal(stream.isPaused(), true);
  await exchange.write(numbers(3, 4));
  await until(() => stream.stats.events === 4, PATIENCE_MS, 'the events to wait');
  assert.deepEqual(seen, ['1', '2']);
  assert.equal(stream.resume(), stream);
  assert.equal(stream.isPaused(), false);
  await until(() => seen.length === 4, PATIENCE_MS, 'four events');
  assert.deepEqual(seen, ['1', '2', '3', '4']);
});

test('`pause` in a listener holds the next event of the same chunk', async (t) => {
  const server = await serve(t, sending(numbers(1, 3)));
  const stream = open(t, server.url);
  const seen = [];
  stream.on('event', ({ data }) => {
    seen.push([data, stream.isPaused()]);
    stream.pause();
    setImmediate(() => stream.resume());
  });
  await until(() => seen.length === 3, PATIENCE_MS, 'three events');
  assert.deepEqual(seen, [
    ['1', false],
    ['2', false],
    ['3', false],
  ]);
});

test('a paused stream that ends is not over before its events were taken', async (t) => {
  const server = await serve(t, (exchange) => exchange.write(numbers(1, 2)));
  const stream = open(t, server.url, { method: 'POST' });
  const seen = [];
  stream.on('close', () => seen.push('close'));
  stream.on('event', ({ data }) => seen.push(data));
  stream.once('event', () => stream.pause());
  const ended = () => seen.length > 0 && stream.retryState.state === 'closed';
  await until(ended, PATIENCE_MS, 'the end');
  assert.deepEqual(seen, ['1']);
  assert.equal(stream.readyState, stream.OPEN);
  stream.resume();
  await until(() => seen.length === 3, PATIENCE_MS, 'the close');
  assert.deepEqual(seen, ['1', '2', 'close']);
});

test('a listener that throws stops neither the others nor the stream', async (t) => {
  const uncaught = captureUncaught(t);
  const server = await serve(t, (exchange) => exchange.write(numbers(1, 2)));
  const stream = open(t, server.url, { retry: false });
  const bug = new Error('a bug');
  const seen = [];
  stream.on('open', () => {
    throw bug;
  });
  stream.once('event', () => {
    throw bug;
  });
  stream.on('event', ({ data }) => seen.push(data, uncaught.length));
  await next(stream, 'close');
  assert.equal(seen[0], '1');
  assert.equal(seen[2], '2');
  await until(() => uncaught.length === 2, PATIENCE_MS, 'the exceptions');
  assert.deepEqual(uncaught, [bug, bug]);
  assert.equal(server.requests.length, 1);
});

test('a change of listeners by a listener is for the next event', async (t) => {
  const server = await serve(t, sending(numbers(1, 2)));
  const stream = open(t, server.url);
  const seen = [];
  const late = ({ data }) => seen.push(`late ${data}`);
  const early = ({ data }) => seen.push(`early ${data}`);
  stream.once('event', function () {
    assert.equal(this, stream);
    this.off('event', early).on('event', late);
  });
  stream.on('event', early);
  await until(() => seen.length === 2, PATIENCE_MS, 'two events');
  assert.deepEqual(seen, ['early 1', 'late 2']);
});

test('a sole listener may bring others, which hear the next event', async (t) => {
  const server = await serve(t, sending(numbers(1, 3)));
  const stream = open(t, server.url);
  const seen = [];
  stream.once('event', ({ data }) => {
    seen.push(`once ${data}`);
    stream.on('event', ({ data }) => seen.push(`first ${data}`));
    stream.on('event', ({ data }) => seen.push(`second ${data}`));
  });
  await until(() => seen.includes('second 3'), PATIENCE_MS, 'three events');
  assert.deepEqual(seen, ['once 1', 'first 2', 'second 2', 'first 3', 'second 3']);
});

test('`close` in a listener is the end: nothing comes after it', async (t) => {
  const server = await serve(t, sending(numbers(1, 3)));
  const stream = open(t, server.url);
  const seen = [];
  stream.on('close', ({ reason }) => seen.push(reason));
  stream.on('event', ({ data }) => {
    seen.push(data);
    stream.close();
  });
  stream.on('event:message', ({ data }) => seen.push(`message ${data}`));
  const connection = await server.connection(0);
  await connection.closed;
  assert.equal(connection.closedBy, 'client');
  assert.deepEqual(seen, ['1', 'closed']);
});

test('state and statistics tell where the stream is', async (t) => {
  let exchange;
  const server = await serve(t, async (given) => {
    if (server.requests.length === 1) return given.status(503);
    exchange = given;
    exchange.head(200, { 'X-Kind': 'one', 'x-list': 'a', 'X-List': 'b' });
    await exchange.write(numbers(1, 2));
    await exchange.closed;
  });
  const stream = open(t, `${server.url.replace('//', '//me:secret@')}/a?b=c#d`, { retry: FAST });
  assert.equal(stream.readyState, stream.CONNECTING);
  assert.equal(stream.url, `${server.url}/a?b=c`);
  assert.equal(stream.status, undefined);
  assert.equal(stream.headers, undefined);
  const info = await next(stream, 'open');
  assert.equal(stream.readyState, stream.OPEN);
  assert.equal(stream.status, 200);
  assert.equal(stream.headers['x-kind'], 'one');
  assert.equal(stream.headers['x-list'], 'a, b');
  assert.equal(Object.getPrototypeOf(stream.headers), null);
  assert.deepEqual(info, { status: 200, headers: stream.headers, url: `${server.url}/a?b=c` });
  assert.equal(stream.retryState.state, 'open');
  await next(stream, 'event');
  await next(stream, 'event');
  const { connectedFor, downtime, ...counts } = stream.stats;
  assert.deepEqual(counts, {
    attempts: 2,
    retries: 1,
    errors: stream.stats.errors,
    errorCount: 1,
    lastError: stream.stats.lastError,
    events: 2,
    duplicates: 0,
    bytes: numbers(1, 2).length,
  });
  assert.match(counts.lastError, /^ERR_SSE_STATUS: .*503/);
  const [{ at, ...failure }] = counts.errors;
  assert.ok(Math.abs(Date.now() - at) < 60_000);
  assert.deepEqual(failure, {
    attempt: 1,
    code: 'ERR_SSE_STATUS',
    message: counts.lastError.slice(16),
  });
  assert.equal(downtime, 0);
  assert.ok(connectedFor >= 0 && connectedFor < 10_000);
  stream.close();
  assert.equal(stream.readyState, stream.CLOSED);
  assert.equal(stream.retryState.state, 'closed');
  assert.equal(stream.stats.connectedFor, 0);
  assert.equal(stream.lastEventId, '2');
  const { authorization } = server.requests[1].headers;
  assert.equal(authorization, `Basic ${Buffer.from('me:secret').toString('base64')}`);
  await exchange.closed;
});

test('`url` is that of the last response, after redirects', async (t) => {
  const server = await serve(t, (exchange) => {
    if (exchange.request.path === '/old') return exchange.redirect(302, '/new');
    return sending('')(exchange);
  });
  const stream = open(t, `${server.url}/old`);
  const { url } = await stream.opened;
  assert.equal(url, `${server.url}/new`);
  assert.equal(stream.url, url);
});

test('`lastEventId` is that of the last event delivered, not of the last received', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.write(numbers(1, 3));
    await exchange.stall();
  });
  const stream = open(t, server.url);
  await next(stream, 'event');
  await until(() => stream.stats.events === 3, PATIENCE_MS, 'three events');
  assert.equal(stream.lastEventId, '1');
  stream.reconnect();
  const { headers } = await server.request(1);
  assert.equal(headers['last-event-id'], '3');
});

test('an empty id takes the last one back, for whoever comes', async (t) => {
  const text = 'id: 1\ndata: a\n\ndata: b\n\nid:\ndata: c\n\ndata: d\n\n';
  const server = await serve(t, sending(text));
  const listened = open(t, server.url);
  const seen = [];
  listened.on('event', ({ data, lastEventId }) => {
    seen.push([data, lastEventId, listened.lastEventId]);
  });
  const iterated = open(t, server.url);
  const taken = [];
  for await (const { data, lastEventId } of iterated) {
    taken.push([data, lastEventId, iterated.lastEventId]);
    if (data === 'd') break;
  }
  const expected = [
    ['a', '1', '1'],
    ['b', '1', '1'],
    ['c', '', ''],
    ['d', '', ''],
  ];
  assert.deepEqual(taken, expected);
  await until(() => seen.length === 4, PATIENCE_MS, 'four events');
  assert.deepEqual(seen, expected);
});

test('an id without an event counts once what came before it is delivered', async (t) => {
  const text = 'id: 1\ndata: a\n\nid: 2\n\ndata: b\n\ndata: c\n\nid: 3\n\ndata: d\n\nid: 4\n\n';
  const server = await serve(t, sending(text));
  const stream = open(t, server.url);
  const seen = [];
  stream.on('event', ({ data, lastEventId }) => {
    seen.push(data + lastEventId);
    if (data === 'b') stream.pause();
  });
  const waits = () => stream.isPaused() && stream.stats.events === 4;
  await until(waits, PATIENCE_MS, 'the events to wait');
  assert.deepEqual(seen, ['a1', 'b2']);
  assert.equal(stream.lastEventId, '2');
  stream.resume();
  await until(() => stream.lastEventId === '4', PATIENCE_MS, 'the last id');
  assert.deepEqual(seen, ['a1', 'b2', 'c2', 'd3']);
});
