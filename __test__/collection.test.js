'use strict';

const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const { test } = require('node:test');
const { EventSource, connect } = require('../index.js');
const { deferred, until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');
const { collect } = require('./support/gc.js');

/** So that nothing goes on when a test fails and its server is gone. */
const ONCE = { retry: false };

/** A server that sends `one`, and `two` once `release` is called. */
async function startGated(t) {
  const gate = deferred();
  const server = await startServer(async (exchange) => {
    await exchange.event({ data: 'one' });
    await gate.promise;
    await exchange.event({ data: 'two' });
    await exchange.stall();
  });
  t.after(() => server.close());
  return { server, release: gate.resolve };
}

/** A server whose streams say nothing and stay open. */
async function startSilent(t) {
  const server = await startServer(async (exchange) => {
    await exchange.comment('open');
    await exchange.stall();
  });
  t.after(() => server.close());
  return server;
}

/** Collects until the predicate holds: a finalizer runs some turns after its object went. */
async function collectUntil(predicate, ms, what) {
  const started = performance.now();
  while (!predicate()) {
    await collect(2);
    if (performance.now() - started > ms) throw new Error(`collected ${ms} ms for ${what}`);
  }
}

/** What a consumer that is kept in no variable got, across ten collections while it waits. */
async function survivors(t, consume) {
  const { server, release } = await startGated(t);
  const got = [];
  consume(server.url, got);
  await until(() => got.length === 1, 5000, 'the first event');
  await collect(10);
  assert.equal(server.connections[0].open, true);
  release();
  await until(() => got.length === 2, 5000, 'the event after the collections');
  assert.deepEqual(got, ['one', 'two']);
  await within(server.connections[0].closed, 5000, 'the close');
  assert.equal(server.connections[0].closedBy, 'client');
}

test('a parked for await whose stream is in no variable survives ten collections', (t) => {
  return survivors(t, async (url, got) => {
    for await (const event of connect(url, ONCE)) {
      got.push(event.data);
      if (event.data === 'two') break;
    }
  });
});

test('connect(url).on("event", f) kept in no variable survives ten collections', (t) => {
  return survivors(t, (url, got) => {
    connect(url, ONCE).on('event', function (event) {
      got.push(event.data);
      if (event.data === 'two') this.close();
    });
  });
});

test('a listener for one event name keeps its stream', (t) => {
  return survivors(t, (url, got) => {
    connect(url, ONCE).on('event:message', function (event) {
      got.push(event.data);
      if (event.data === 'two') this.close();
    });
  });
});

test('an EventSource with a listener, kept in no variable, survives ten collections', (t) => {
  return survivors(t, (url, got) => {
    new EventSource(url, ONCE).addEventListener('message', function (event) {
      got.push(event.data);
      if (event.data === 'two') this.close();
    });
  });
});

test('an EventSource with a handler attribute, kept in no variable, survives', (t) => {
  return survivors(t, (url, got) => {
    new EventSource(url, ONCE).onmessage = function (event) {
      got.push(event.data);
      if (event.data === 'two') this.close();
    };
  });
});

test('a readable stream with a pending read keeps the stream beneath', (t) => {
  return survivors(t, async (url, got) => {
    const reader = connect(url, ONCE).toReadableStream().getReader();
    while (got.length < 2) {
      const { value } = await reader.read();
      got.push(/data: (.*)\n/.exec(Buffer.from(value))[1]);
    }
    await reader.cancel();
  });
});

test('requested promises of streams kept in no variable settle after ten collections', async (t) => {
  const gate = deferred();
  const server = await startServer(async (exchange) => {
    await gate.promise;
    await exchange.head();
    await exchange.truncate();
  });
  t.after(() => server.close());
  const settled = [];
  connect(`${server.url}/opened`, ONCE).opened.then(({ status }) => settled.push(status));
  connect(`${server.url}/closed`, ONCE).closed.catch(({ code }) => settled.push(code));
  await server.request(1);
  await collect(10);
  gate.resolve();
  await until(() => settled.length === 2, 5000, 'the promises');
  assert.deepEqual(settled.sort(), [200, 'ERR_SSE_TRUNCATED']);
});

test('a waiting stream with a listener survives collections and reconnects', async (t) => {
  const server = await startServer(async (exchange) => {
    if (server.requests.length === 1) return exchange.end();
    await exchange.event({ data: 'after the wait' });
    await exchange.stall();
  });
  t.after(() => server.close());
  const got = [];
  let waits = 0;
  (() => {
    const retry = { baseDelay: 300, jitter: 'none', attempts: 3 };
    const stream = connect(server.url, { retry }).on('retry', () => {
      waits += 1;
    });
    stream.once('event', function (event) {
      got.push(event.data);
      this.close();
    });
  })();
  await until(() => waits === 1, 5000, 'the wait');
  await collect(10);
  await until(() => got.length === 1, 5000, 'the event');
  assert.deepEqual(got, ['after the wait']);
});

const ABANDONED = {
  'that nobody ever watched': (url) => void connect(url, ONCE),
  'whose only listener was removed': (url) => {
    const listener = () => {};
    connect(url, ONCE).on('event', listener).off('event', listener);
  },
  'whose iterator nobody asks': (url) => void connect(url, ONCE)[Symbol.asyncIterator](),
  'whose readable stream nobody reads': (url) => void connect(url, ONCE).toReadableStream(),
};

for (const [which, abandon] of Object.entries(ABANDONED)) {
  test(`a stream ${which} is collected, and its connection closes`, async (t) => {
    const server = await startSilent(t);
    abandon(server.url);
    await server.request(0);
    await collectUntil(() => server.open.length === 0, 5000, 'the close');
    assert.equal(server.connections[0].closedBy, 'client');
    assert.equal(server.connections.length, 1);
  });
}

test('a stream that is collected while it waits makes no further attempt', async (t) => {
  const server = await startServer((exchange) => exchange.end());
  t.after(() => server.close());
  let gone = false;
  const registry = new FinalizationRegistry(() => {
    gone = true;
  });
  const retry = { baseDelay: 500, jitter: 'none', attempts: 20 };
  registry.register(connect(server.url, { retry }), 'stream');
  await server.request(0);
  await collectUntil(() => gone, 5000, 'the stream');
  // Its parts go one collection after another.
  await collect(10);
  const count = server.requests.length;
  await assert.rejects(server.request(count, 1200), /waited 1200 ms/);
});

/** A signal that outlives many streams, and ends them if the test fails. */
function longLived(t) {
  const controller = new AbortController();
  t.after(() => controller.abort());
  const { signal } = controller;
  return { signal, listeners: () => getEventListeners(signal, 'abort').length };
}

test('thousands of closed streams leave no listener on their one signal', async (t) => {
  const { signal, listeners } = longLived(t);
  const server = await startSilent(t);
  const streams = Array.from({ length: 2000 }, (_, index) => {
    return index % 2 ? connect(server.url, { signal }) : new EventSource(server.url, { signal });
  });
  assert.equal(listeners(), 2000);
  for (const stream of streams) stream.close();
  assert.equal(listeners(), 0);
});

test('streams that ended by themselves leave no listener on the signal', async (t) => {
  const { signal, listeners } = longLived(t);
  const server = await startServer((exchange) => exchange.event({ data: 'end' }));
  t.after(() => server.close());
  for (let round = 0; round < 20; round++) {
    const streams = Array.from({ length: 10 }, () => {
      return connect(server.url, { signal, terminal: 'end' });
    });
    await Promise.all(streams.map((stream) => stream.on('event', () => {}).closed));
  }
  assert.equal(server.requests.length, 200);
  assert.equal(listeners(), 0);
});

test('abandoned streams on a long-lived signal are collected', async (t) => {
  const { signal } = longLived(t);
  const server = await startSilent(t);
  const count = 1000;
  // Kept until each has dialled: a collection may come at any time.
  const streams = Array.from({ length: count }, () => connect(server.url, { signal }));
  await server.request(count - 1, 20_000);
  assert.equal(streams.splice(0).length, count);
  await collectUntil(() => server.open.length === 0, 5000, 'the closes');
  assert.equal(server.connections.length, count);
});

test('a collected stream leaves no listener on its signal', async (t) => {
  const { signal, listeners } = longLived(t);
  const server = await startSilent(t);
  connect(server.url, { signal });
  await server.request(0);
  await collectUntil(() => server.open.length === 0, 5000, 'the close');
  await collectUntil(() => listeners() === 0, 5000, 'the removal of the listener');
});

test('many streams on one signal are no leak to be warned of, as with fetch', async (t) => {
  const { signal } = longLived(t);
  const server = await startSilent(t);
  const warnings = [];
  const warned = (warning) => warnings.push(warning.name);
  process.on('warning', warned);
  t.after(() => process.off('warning', warned));
  const streams = Array.from({ length: 50 }, () => connect(server.url, { signal }));
  await server.request(49);
  for (const stream of streams) stream.close();
  assert.deepEqual(warnings, []);
});
