'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { EventSource, connect } = require('../index.js');
const { deferred, until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

/** How soon the server must see that its client has left. */
const SEEN_WITHIN_MS = 100;
/** A machine under load may hold up the server, too: the best of so many tries counts. */
const TRIES = 3;
/** How long nothing may follow; many times the waits between attempts. */
const QUIET_MS = 300;
const QUICK = { baseDelay: 20, minDelay: 0, jitter: 'none' };

/** Three events in one chunk, then silence. */
async function three(exchange) {
  await exchange.write('data: 1\n\ndata: 2\n\ndata: 3\n\n');
  await exchange.stall();
}

async function start(t, handler, options) {
  const server = await startServer(handler, options);
  t.after(() => server.close());
  return server;
}

/** Everything a stream says, in order. */
function record(stream) {
  const seen = [];
  for (const name of ['open', 'event', 'comment', 'retry', 'error', 'close']) {
    stream.on(name, (value) => seen.push(name === 'close' ? `close ${value.reason}` : name));
  }
  return seen;
}

/** Asserts that no attempt is made and nothing is said after this moment. */
async function quiet(server, seen = []) {
  const before = [server.connections.length, server.requests.length, [...seen]];
  await sleep(QUIET_MS);
  assert.deepEqual([server.connections.length, server.requests.length, seen], before);
}

/**
 * Asserts that the server sees a close in time. Each try opens a stream in `enter`, which resolves
 * with what ends it once the state under test is reached; the last connection is the stream's.
 */
async function seenInTime(server, enter) {
  const delays = [];
  while (delays.length < TRIES) {
    const leave = await enter();
    const connection = server.connections.at(-1);
    assert.equal(connection.open, true, 'the connection is open before the close');
    const left = performance.now();
    leave();
    await within(connection.closed, 5000, 'the server to see the close');
    assert.equal(connection.closedBy, 'client');
    delays.push(connection.closedAt - left);
    if (delays.at(-1) <= SEEN_WITHIN_MS) return;
  }
  assert.fail(`the server saw the close after ${delays.map(Math.round).join(', ')} ms`);
}

test('closed before it dials, a stream never connects', async (t) => {
  const server = await start(t, three);
  const stream = connect(server.url);
  const seen = record(stream);
  stream.close();
  assert.deepEqual(seen, ['close closed']);
  assert.equal(stream.readyState, stream.CLOSED);
  await assert.rejects(stream.opened, { code: 'ERR_SSE_CLOSED' });
  assert.deepEqual(await stream.closed, { reason: 'closed' });
  await quiet(server, seen);
  assert.equal(server.connections.length, 0);
});

test('closed while a name is resolved, a stream says nothing more', async (t) => {
  const server = await start(t, three);
  const stream = connect('http://name.invalid/', { retry: QUICK });
  const seen = record(stream);
  await new Promise((resolve) => setImmediate(resolve));
  stream.close();
  const closed = seen.indexOf('close closed');
  assert.equal(closed, seen.length - 1);
  await quiet(server, seen);
});

test('closed during a TLS handshake that is never answered', async (t) => {
  const server = await start(t, three, { onConnection: () => 'ignore' });
  const url = server.url.replace('http:', 'https:');
  let seen;
  await seenInTime(server, async () => {
    const stream = connect(url, { retry: QUICK });
    seen = record(stream);
    await server.connection(server.connections.length);
    return () => stream.close();
  });
  assert.deepEqual(seen, ['close closed']);
  await quiet(server, seen);
});

for (const method of ['GET', 'POST']) {
  test(`closed while a ${method} waits for headers`, async (t) => {
    const server = await start(t, (exchange) => exchange.closed);
    let seen;
    await seenInTime(server, async () => {
      const stream = connect(server.url, { method, retry: QUICK });
      seen = record(stream);
      await server.request(server.requests.length);
      return () => stream.close();
    });
    assert.deepEqual(seen, ['close closed']);
    await quiet(server, seen);
  });
}

test('closed while it is open', async (t) => {
  const server = await start(t, three);
  let seen;
  await seenInTime(server, async () => {
    const stream = connect(server.url, { retry: QUICK });
    seen = record(stream);
    await until(() => seen.length === 4, 5000, 'three events');
    return () => stream.close();
  });
  assert.deepEqual(seen, ['open', 'event', 'event', 'event', 'close closed']);
  await quiet(server, seen);
});

test('closed while the server is blocked by a consumer that takes nothing', async (t) => {
  const line = `data: ${'x'.repeat(1 << 16)}\n\n`;
  let current;
  const server = await start(t, async (exchange) => {
    current = exchange;
    for (;;) await exchange.write(line);
  });
  await seenInTime(server, async () => {
    current = undefined;
    const stream = connect(server.url, { retry: QUICK });
    await until(() => current?.blocked, 10_000, 'a blocked write');
    return () => stream.close();
  });
  await quiet(server);
});

test('closed by the first of three events in a chunk, an emitter delivers one', async (t) => {
  const server = await start(t, three);
  let seen;
  await seenInTime(server, async () => {
    const stream = connect(server.url, { retry: QUICK }).pause();
    seen = record(stream);
    await stream.opened;
    return () => {
      stream.once('event', () => stream.close());
      stream.resume();
    };
  });
  assert.deepEqual(seen, ['open', 'event', 'close closed']);
  await quiet(server, seen);
});

test('closed by the first of three messages in a chunk, an EventSource dispatches one', async (t) => {
  const server = await start(t, three);
  const source = new EventSource(server.url);
  const seen = [];
  source.onmessage = ({ data }) => {
    seen.push(data);
    source.close();
    seen.push(source.readyState);
  };
  source.onerror = () => seen.push('error');
  await within((await server.connection(0)).closed, 5000, 'the close');
  await quiet(server, seen);
  assert.deepEqual(seen, ['1', EventSource.CLOSED]);
});

test('an EventSource that is closed while it is open is seen to leave', async (t) => {
  const server = await start(t, three);
  const seen = [];
  await seenInTime(server, async () => {
    seen.length = 0;
    const source = new EventSource(server.url);
    source.onmessage = ({ data }) => seen.push(data);
    source.onerror = () => seen.push('error');
    await until(() => seen.length === 3, 5000, 'three messages');
    return () => source.close();
  });
  await quiet(server, seen);
  assert.deepEqual(seen, ['1', '2', '3']);
});

test('leaving a for await closes, and drops what had arrived', async (t) => {
  const server = await start(t, three);
  for (const leave of ['break', 'return', 'throw']) {
    let left;
    const stream = connect(server.url, { retry: QUICK });
    const seen = record(stream);
    const iterate = async () => {
      for await (const event of stream) {
        assert.equal(event.data, '1');
        left = performance.now();
        if (leave === 'break') break;
        if (leave === 'return') return;
        throw new Error('thrown in the loop');
      }
    };
    const iterated = iterate();
    if (leave === 'throw') await assert.rejects(iterated, /thrown in the loop/);
    else await iterated;
    const connection = server.connections.at(-1);
    await within(connection.closed, 5000, 'the close');
    assert.equal(connection.closedBy, 'client');
    assert.ok(connection.closedAt >= left);
    assert.equal(seen.at(-1), 'close closed');
    await quiet(server, seen);
  }
  assert.equal(server.connections.length, 3);
});

test('break is seen in time', async (t) => {
  const server = await start(t, three);
  await seenInTime(server, async () => {
    const iterator = connect(server.url, { retry: QUICK })[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value.data, '1');
    return () => void iterator.return();
  });
  await quiet(server);
});

test('return() ends a next() that waits', async (t) => {
  const server = await start(t, (exchange) => exchange.closed);
  const iterator = connect(server.url, { retry: QUICK })[Symbol.asyncIterator]();
  const parked = [iterator.next(), iterator.next()];
  await server.request(0);
  assert.deepEqual(await iterator.return('x'), { value: 'x', done: true });
  const done = { value: undefined, done: true };
  assert.deepEqual(await within(Promise.all(parked), 1000, 'the parked calls'), [done, done]);
  assert.deepEqual(await iterator.next(), done);
  await quiet(server);
});

test('Symbol.asyncDispose closes', async (t) => {
  const server = await start(t, three);
  const stream = connect(server.url, { retry: QUICK });
  await stream.opened;
  await stream[Symbol.asyncDispose]();
  assert.deepEqual(await stream.closed, { reason: 'closed' });
  await within(server.connections[0].closed, 5000, 'the close');
  assert.equal(server.connections[0].closedBy, 'client');
});

test('closed in its open handler', async (t) => {
  const server = await start(t, three);
  const stream = connect(server.url, { retry: QUICK });
  const seen = record(stream);
  stream.on('open', () => stream.close());
  await within((await server.connection(0)).closed, 5000, 'the close');
  await quiet(server, seen);
  assert.deepEqual(seen, ['open', 'close closed']);
});

test('closed in its error handler, a stream still ends as it did', async (t) => {
  const server = await start(t, (exchange) => exchange.status(404));
  const stream = connect(server.url, { retry: QUICK });
  const seen = record(stream);
  stream.on('error', () => stream.close());
  await assert.rejects(stream.closed, { code: 'ERR_SSE_STATUS', status: 404 });
  await quiet(server, seen);
  assert.deepEqual(seen, ['error', 'close error']);
  assert.equal(server.requests.length, 1);
});

test('closed in a retry handler, a stream makes no further attempt', async (t) => {
  const server = await start(t, (exchange) => exchange.status(503));
  const stream = connect(server.url, { retry: QUICK });
  const seen = record(stream);
  stream.on('retry', () => stream.close());
  assert.deepEqual(await stream.closed, { reason: 'closed' });
  await quiet(server, seen);
  assert.deepEqual(seen, ['retry', 'close closed']);
  assert.equal(server.requests.length, 1);
});

test('closed while it waits, a stream makes no further attempt', async (t) => {
  const server = await start(t, (exchange) => exchange.status(503));
  const stream = connect(server.url, { retry: { ...QUICK, baseDelay: 150 } });
  const seen = record(stream);
  await until(() => seen.length === 1, 5000, 'the wait');
  assert.match(stream.retryState.state, /^waiting/);
  stream.close();
  assert.equal(stream.retryState.state, 'closed');
  await quiet(server, seen);
  assert.deepEqual(seen, ['retry', 'close closed']);
  assert.equal(server.requests.length, 1);
});

test('an EventSource that is closed while it waits makes no further attempt', async (t) => {
  const server = await start(t, (exchange) => exchange.event({ retry: 150, data: 'x' }));
  const source = new EventSource(server.url, { retry: { jitter: 'none' } });
  let errors = 0;
  source.onerror = () => {
    errors += 1;
    source.close();
  };
  await until(() => errors === 1, 5000, 'the wait');
  await quiet(server);
  assert.equal(errors, 1);
  assert.equal(server.requests.length, 1);
});

test('closed while callbacks compute the request, a stream never connects', async (t) => {
  const server = await start(t, three);
  const asked = deferred();
  const headers = deferred();
  const stream = connect(server.url, {
    headers: () => {
      asked.resolve();
      return headers.promise;
    },
  });
  const seen = record(stream);
  await within(asked.promise, 5000, 'the question');
  stream.close();
  headers.resolve({ 'x-late': '1' });
  await quiet(server, seen);
  assert.deepEqual(seen, ['close closed']);
  assert.equal(server.connections.length, 0);
});

test('closed while shouldRetry decides, a stream makes no further attempt', async (t) => {
  const server = await start(t, (exchange) => exchange.status(500));
  const asked = deferred();
  const verdict = deferred();
  const stream = connect(server.url, {
    retry: QUICK,
    shouldRetry: () => {
      asked.resolve();
      return verdict.promise;
    },
  });
  const seen = record(stream);
  await within(asked.promise, 5000, 'the question');
  stream.close();
  verdict.resolve(true);
  await quiet(server, seen);
  assert.deepEqual(seen, ['close closed']);
  assert.equal(server.requests.length, 1);
});

test('closed by its terminal function, a stream is closed and not complete', async (t) => {
  const server = await start(t, three);
  const stream = connect(server.url, {
    terminal: () => {
      stream.close();
      return true;
    },
  });
  const seen = record(stream);
  assert.deepEqual(await stream.closed, { reason: 'closed' });
  await quiet(server, seen);
  assert.deepEqual(seen, ['open', 'event', 'close closed']);
});

test('closing twice, and after the end, changes nothing', async (t) => {
  const server = await start(t, three);
  const open = connect(server.url);
  const seen = record(open);
  await until(() => seen.length === 4, 5000, 'three events');
  open.close();
  open.close();
  assert.deepEqual(await open.closed, { reason: 'closed' });
  assert.deepEqual(seen.slice(4), ['close closed']);

  const ended = connect(server.url, { terminal: '3' });
  const said = record(ended);
  assert.deepEqual(await ended.closed, { reason: 'terminal' });
  ended.close();
  ended.reconnect();
  assert.deepEqual(await ended.closed, { reason: 'terminal' });
  await quiet(server, said);
  assert.deepEqual(said, ['open', 'event', 'event', 'event', 'close terminal']);
});
