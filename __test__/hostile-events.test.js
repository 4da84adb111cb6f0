'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { EventSource } = require('../index.js');
const { FAST, PATIENCE_MS, iterate, next, open, record, serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { MIB, watchRss } = require('./support/memory.js');

/** Names that mean something to an object or an emitter, and must mean nothing here. */
const NAMES = [
  ...['error', 'open', 'close', 'retry', 'event', 'comment', 'newListener', 'removeListener'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', ''],
];

/** Ends after what the handler sends: a POST without a terminal event is complete with its body. */
const ONCE = { method: 'POST' };

/** Writes `first`, then one block after another until the client leaves. */
async function pour(exchange, first, block, mebibytes) {
  await exchange.write(first);
  for (let sent = 0; sent < mebibytes * MIB; sent += block.length) await exchange.write(block);
}

/** Says it when two long texts differ, without showing them. */
const same = (actual, expected, what) => {
  assert.equal(actual.length, expected.length, `the length of ${what}`);
  assert.ok(actual === expected, `the text of ${what}`);
};

test('names of events that mean something to objects and emitters are mere names', async (t) => {
  const server = await serve(t, async (exchange) => {
    for (const event of NAMES) await exchange.event({ event, data: `of ${event}` });
  });
  const stream = open(t, server.url, ONCE);
  const named = [];
  for (const name of NAMES) stream.on(`event:${name}`, ({ data }) => named.push([name, data]));
  const { of, close } = await record(stream);
  assert.deepEqual(close, { reason: 'end' });
  assert.deepEqual(of('error'), []);
  assert.deepEqual(of('retry'), []);
  assert.deepEqual(of('comment'), []);
  assert.equal(of('open').length, 1);
  const told = NAMES.map((name) => [name || 'message', `of ${name}`]);
  assert.deepEqual(
    of('event').map(({ event, data }) => [event, data]),
    told,
  );
  assert.deepEqual(
    named,
    NAMES.filter((name) => name !== '').map((name) => [name, `of ${name}`]),
  );
  for (const event of of('event')) {
    assert.equal(Object.getPrototypeOf(event), Object.prototype);
    assert.equal(JSON.parse(JSON.stringify(event)).event, event.event);
  }
});

test('an EventSource dispatches such names as messages, and stays open', async (t) => {
  const names = NAMES.filter((name) => name !== '');
  const server = await serve(t, async (exchange) => {
    for (const event of names) await exchange.event({ event, data: `of ${event}` });
    await exchange.event({ data: 'last' });
    await exchange.stall();
  });
  const source = new EventSource(server.url);
  t.after(() => source.close());
  const got = [];
  let message;
  const last = new Promise((resolve) => {
    message = resolve;
  });
  source.onmessage = message;
  for (const name of names) {
    source.addEventListener(name, (event) => {
      if (event instanceof MessageEvent) got.push([event.type, event.data, event.error]);
    });
  }
  assert.equal((await within(last, PATIENCE_MS, 'the last message')).data, 'last');
  assert.deepEqual(
    got,
    names.map((name) => [name, `of ${name}`, undefined]),
  );
  assert.equal(source.readyState, EventSource.OPEN);
});

test('`retry: 0` makes no hot loop', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'x', retry: 0 }));
  const retry = { baseDelay: 0, minDelay: 0, factor: 1, jitter: 'none' };
  const stream = open(t, server.url, { retry });
  const events = [];
  stream.on('event', (event) => events.push(event));
  const delays = [];
  stream.on('retry', ({ delay }) => delays.push(delay));
  await server.request(4, PATIENCE_MS);
  const times = server.requests.map(({ at }) => at);
  for (let index = 1; index < 5; index++) {
    const gap = times[index] - times[index - 1];
    assert.ok(gap >= 95, `${gap} ms between two requests`);
  }
  assert.deepEqual(delays, [100, 100, 100, 100]);
  assert.deepEqual(new Set(events.map((event) => event.retry)), new Set([0]));
});

test('a `retry:` of years is an hour, and `reconnect()` ends the wait', async (t) => {
  for (const asked of ['99999999999', '9'.repeat(40)]) {
    const server = await serve(t, (exchange) => exchange.event({ data: 'x', retry: asked }));
    const stream = open(t, server.url, { retry: { jitter: 'none' } });
    const event = next(stream, 'event');
    assert.equal((await next(stream, 'retry')).delay, 3_600_000);
    assert.ok((await event).retry >= 99999999999, 'the event tells what the server asked for');
    assert.equal(stream.retryState.delay, 3_600_000);
    stream.reconnect();
    await server.request(1, PATIENCE_MS);
    stream.close();
  }
});

test('an id is sent back byte for byte, however long and in whatever language', async (t) => {
  const ids = [
    'é',
    '日本語 🌱',
    'x'.repeat(10_240),
    '日'.repeat(3500),
    'tab\tinside',
    '\ufeff',
    '-',
  ];
  const server = await serve(t, async (exchange) => {
    const done = server.requests.length - 1;
    if (done === ids.length) return exchange.status(204);
    await exchange.event({ id: ids[done], data: 'x' });
  });
  const stream = open(t, server.url, { retry: FAST });
  const { of, close } = await record(stream);
  assert.deepEqual(close, { reason: 'no-content' });
  assert.deepEqual(
    of('event').map(({ id }) => id),
    ids,
  );
  for (const [index, id] of ids.entries()) {
    const raw = server.requests[index + 1].rawHeaders.filter(([name]) =>
      /^last-event-id$/i.test(name),
    );
    assert.equal(raw.length, 1);
    same(raw[0][1], Buffer.from(id).toString('latin1').trim(), `the id at ${index}`);
  }
});

test('an id with a NUL is none, one with another control is never sent, an empty one resets', async (t) => {
  const blocks = [
    'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
    'id: x\x01y\ndata: c\n\n',
    'id: 5\ndata: d\n\nid\ndata: e\n\n',
  ];
  const server = await serve(t, async (exchange) => {
    const block = blocks[server.requests.length - 1];
    await (block === undefined ? exchange.status(204) : exchange.write(block));
  });
  const stream = open(t, server.url, { retry: FAST });
  const { of } = await record(stream);
  assert.deepEqual(
    of('event').map(({ data, id, lastEventId }) => [data, id, lastEventId]),
    [
      ['a', '1', '1'],
      ['b', undefined, '1'],
      ['c', 'x\x01y', 'x\x01y'],
      ['d', '5', '5'],
      ['e', '', ''],
    ],
  );
  assert.deepEqual(
    server.requests.map(({ headers }) => headers['last-event-id']),
    [undefined, '1', undefined, undefined],
  );
});

test('bytes that are not UTF-8 become U+FFFD, as TextDecoder has it', async (t) => {
  const samples = [
    [0xff, 0xfe],
    [0x61, 0xc3],
    [0xc0, 0xaf, 0x61],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x9f, 0x8c],
    [0xf4, 0x90, 0x80, 0x80],
    [0x80, 0x61, 0xe6, 0x97, 0x61],
    [0xe6, 0x97, 0xa5, 0xff],
  ].map((bytes) => Buffer.from(bytes));
  const lines = samples.map((bytes) => {
    const field = (name) => [Buffer.from(`${name}: `), bytes, Buffer.from('\n')];
    return Buffer.concat([...field('event'), ...field('id'), ...field('data'), Buffer.from('\n')]);
  });
  const server = await serve(t, async (exchange) => {
    if (exchange.request.path === '/whole') await exchange.write(Buffer.concat(lines));
    else await exchange.drip(Buffer.concat(lines));
  });
  const texts = samples.map((bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  for (const path of ['/whole', '/drip']) {
    const { of } = await record(open(t, server.url + path, ONCE));
    const got = of('event').map(({ event, id, data }) => [event, id, data]);
    assert.deepEqual(
      got,
      texts.map((text) => [text, text, text]),
      path,
    );
  }
});

test('one BOM begins a body, in pieces too; any other belongs to its line', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (server.requests.length === 3) return exchange.status(204);
    await exchange.drip('\ufeffdata: a\n\n\ufeffdata: b\n\ndata: \ufeffc\n\n');
  });
  const { of } = await record(open(t, server.url, { retry: FAST }));
  assert.deepEqual(
    of('event').map(({ data }) => data),
    ['a', '\ufeffc', 'a', '\ufeffc'],
  );
});

test('an event of 3 MiB is delivered whole, in any script', async (t) => {
  const texts = ['abcdefgh'.repeat((3 * MIB) / 8), '日本語文'.repeat(MIB / 4), 'é\n'.repeat(MIB)];
  const server = await serve(t, async (exchange) => {
    for (const data of texts) await exchange.event({ data });
  });
  const { data, error } = await iterate(open(t, server.url, ONCE));
  assert.equal(error, undefined);
  assert.equal(data.length, 3);
  for (const [index, text] of texts.entries()) same(data[index], text, `event ${index}`);
});

test('an event of 65 MiB is ERR_SSE_SIZE, is not asked for again, and costs bounded memory', async (t) => {
  const block = Buffer.alloc(MIB / 4, 'x');
  const server = await serve(t, async (exchange) => {
    await exchange.event({ id: 1, data: 'before' });
    await pour(exchange, 'data: ', block, 512);
  });
  const watch = watchRss();
  const stream = open(t, server.url, { retry: FAST });
  const { data, error } = await iterate(stream);
  const growth = watch.stop() / MIB;
  assert.deepEqual(data, ['before']);
  assert.equal(error.code, 'ERR_SSE_SIZE');
  assert.equal(error.retryable, false);
  assert.equal(server.requests.length, 1);
  await within(server.connections[0].closed, PATIENCE_MS, 'the close');
  assert.equal(server.connections[0].closedBy, 'client');
  assert.ok(stream.stats.bytes < 66 * MIB, `${stream.stats.bytes} bytes were read`);
  // Twice the limit, while a buffer of that size moves, and the server's own part.
  assert.ok(growth < 256, `RSS grew by ${growth} MiB`);
});

test('every way to make an event too large is ERR_SSE_SIZE', async (t) => {
  const block = Buffer.alloc(64 * 1024, 'x');
  const ways = {
    '/data': (exchange) => pour(exchange, 'data: ', block, 64),
    '/lines': (exchange) => pour(exchange, '', Buffer.from('data: line\n'.repeat(5000)), 64),
    '/event': (exchange) => pour(exchange, 'event: ', block, 64),
    '/id': (exchange) => pour(exchange, 'id: ', block, 64),
    '/gzip': async (exchange) => {
      exchange.head(200, { 'content-encoding': 'gzip' });
      await exchange.write(
        zlib.gzipSync(Buffer.concat([Buffer.from('data: '), Buffer.alloc(64 * MIB)])),
      );
    },
  };
  const server = await serve(t, (exchange) => ways[exchange.request.path](exchange));
  for (const path of Object.keys(ways)) {
    const stream = open(t, server.url + path, { maxEventSize: MIB });
    const { data, error } = await iterate(stream);
    assert.equal(error?.code, 'ERR_SSE_SIZE', path);
    assert.deepEqual(data, []);
    assert.ok(stream.stats.bytes < 3 * MIB, `${path}: ${stream.stats.bytes} bytes were read`);
  }
  assert.equal(server.requests.length, Object.keys(ways).length);
});

test('a comment and a field name that never seem to end cost no memory', async (t) => {
  const block = Buffer.alloc(64 * 1024, 'x');
  const server = await serve(t, async (exchange) => {
    await pour(exchange, ':', block, 128);
    await pour(exchange, '\n', block, 128);
    await pour(exchange, '\nunknown: ', block, 128);
    await exchange.write('\ndata: after\n\n');
  });
  const watch = watchRss();
  const { of, data, close } = await record(open(t, server.url, { ...ONCE, maxEventSize: MIB }));
  const growth = watch.stop() / MIB;
  assert.deepEqual([data, close], [['after'], { reason: 'end' }]);
  same(of('comment').join(), 'x'.repeat(4096), 'the comment');
  assert.ok(growth < 64, `RSS grew by ${growth} MiB`);
});

test('bytes that come one to a chunk, and lines without end, take linear time', async (t) => {
  const bytes = 300_000;
  const lines = 200_000;
  const server = await serve(t, async (exchange) => {
    await exchange.write('data: ');
    await exchange.raw('1\r\nx\r\n'.repeat(bytes));
    await exchange.write('\n\n');
    await exchange.write(`${'data\n'.repeat(lines)}\n`);
  });
  const { data, error } = await iterate(open(t, server.url, ONCE));
  assert.equal(error, undefined);
  assert.deepEqual(
    data.map((text) => text.length),
    [bytes, lines - 1],
  );
});
