'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { createConnection } = require('node:net');
const { test } = require('node:test');
const { connect } = require('../index.js');
const { startFaultServer } = require('../lib/testing/testing.js');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');

const FAST = { baseDelay: 1, minDelay: 0 };

/** A server for one test. */
async function faulty(t, options) {
  const server = await startFaultServer(options);
  t.after(() => server.close());
  return server;
}

/** What a client hears until the stream ends. */
async function heard(server, options = {}) {
  const stream = connect(server.url, { retry: FAST, ...options });
  const events = [];
  for await (const { event, id, data } of stream) events.push([event, id, data]);
  return events;
}

const numbered = (count) =>
  Array.from({ length: count }, (_, index) => ['message', String(index + 1), `event ${index + 1}`]);

test('without a script there are ten numbered events, then the end', async (t) => {
  const server = await faulty(t);
  assert.deepEqual(await heard(server), numbered(10));
  assert.deepEqual(
    server.requests.map(({ status, sent, lastEventId }) => [status, sent, lastEventId]),
    [
      [200, 10, null],
      [204, 0, '10'],
    ],
  );
});

test('each event comes once, through every fault', async (t) => {
  const server = await faulty(t, {
    events: 7,
    script: [
      { events: 2, retry: 100, fault: 'reset' },
      { status: 503, retryAfter: 0 },
      { status: 429 },
      { events: 1, fault: 'garbage' },
      { connection: 'reset' },
      { events: 1, fault: 'truncate' },
      { events: 1, fault: 'stall' },
    ],
  });
  assert.deepEqual(await heard(server, { timeouts: { idle: 300 } }), numbered(7));
  assert.deepEqual(
    server.requests.map(({ lastEventId }) => lastEventId),
    [null, '2', '2', '2', '3', '3', '4', '5', '7'],
  );
});

test('events of a list keep what they say, and get an id', async (t) => {
  const server = await faulty(t, {
    events: [
      { event: 'price', data: '7\n8' },
      { id: 'b', comment: 'hello' },
    ],
    delay: 1,
  });
  assert.deepEqual(await heard(server), [
    ['price', '1', '7\n8'],
    ['message', 'b', 'event 2'],
  ]);
});

test('a server that ignores Last-Event-ID begins anew', async (t) => {
  const server = await faulty(t, {
    events: 3,
    resume: false,
    script: [{ events: 2, fault: 'truncate' }, {}, { status: 204 }],
  });
  const ids = (await heard(server)).map(([, id]) => id);
  assert.deepEqual(ids, ['1', '2', '1', '2', '3']);
});

test('an id that is not known begins with the first event', async (t) => {
  const server = await faulty(t, { events: 2 });
  assert.deepEqual(await heard(server, { lastEventId: 'none' }), numbered(2));
});

test('a function decides by the request', async (t) => {
  const server = await faulty(t, {
    events: 2,
    script: ({ lastEventId, headers }) => {
      if (headers.authorization !== 'Bearer good') return { status: 401 };
      return lastEventId === '2' ? { status: 204 } : { events: 1 };
    },
  });
  await assert.rejects(heard(server), { code: 'ERR_SSE_STATUS', status: 401 });
  const headers = { authorization: 'Bearer good' };
  assert.deepEqual(await heard(server, { headers }), numbered(2));
});

test('a client that leaves, and one that waits for a head, are seen', async (t) => {
  const server = await faulty(t, {
    script: [{ events: 0, fault: 'stall' }, { connection: 'stall' }],
  });
  for (const index of [0, 1]) {
    const stream = connect(server.url);
    const request = await within(server.request(index), PATIENCE_MS, 'the request');
    stream.close();
    assert.equal(await within(request.closed, PATIENCE_MS, 'the end'), 'client');
  }
});

test('what is under way when the server closes was ended by it', async () => {
  const server = await startFaultServer({ script: [{ events: 1, fault: 'stall' }] });
  const stream = connect(server.url, { retry: false });
  stream.on('error', () => {});
  const request = await within(server.request(0), PATIENCE_MS, 'the request');
  await server.close();
  assert.equal(await request.closed, 'server');
  stream.close();
});

test('a client that breaks off in the middle of its request has asked for nothing', async (t) => {
  const server = await faulty(t, { events: 1 });
  const { port } = new URL(server.url);
  const socket = createConnection({ host: '127.0.0.1', port: Number(port) });
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf');
  await once(socket, 'connect');
  socket.destroy();
  assert.deepEqual(await heard(server), numbered(1));
  // The next one is the first, and close() has nothing to complain of.
  assert.equal(server.requests[0].method, 'GET');
  await server.close();
});

test('many events come whole, also to a client that reads slowly', async (t) => {
  const server = await faulty(t, { events: 20_000 });
  const stream = connect(server.url, { retry: FAST, mailbox: { events: 16 } });
  let count = 0;
  for await (const { id } of stream) {
    count += 1;
    assert.equal(id, String(count));
  }
  assert.equal(count, 20_000);
});

const WRONG = [
  [{ event: 1 }, /unknown option "event"; there are events/],
  [{ events: 'ten' }, /^events must be a number, or an array of events/],
  [{ events: 1.5 }, /^events must be a whole number/],
  [{ events: [{ name: 'x' }] }, /unknown option "events\[0\]\.name"/],
  [{ events: [{ id: 'a\nb' }] }, /^events\[0\]: id must not contain/],
  [{ resume: 'yes' }, /^resume must be true or false/],
  [{ script: [{ fault: 'end' }] }, /^script\[0\]\.fault must be 'reset' or 'truncate'/],
  [{ script: [{ events: -1 }] }, /^script\[0\]\.events must be/],
  [{ script: [{ deltas: [] }] }, /unknown option "script\[0\]\.deltas"/],
  [{ script: [{ status: 503, events: 1 }] }, /has status and events/],
];

for (const [options, message] of WRONG) {
  test(`${JSON.stringify(options)} is refused`, async () => {
    await assert.rejects(startFaultServer(options), { code: 'ERR_SSE_OPTION', message });
  });
}
