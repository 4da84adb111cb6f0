'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { runChild } = require('./support/child.js');
const { FAST, iterate, open, serve } = require('./support/client.js');

const STREAMS = 3000;

/** The I/O thread of the core, and the four that may block on names. */
const THREADS = 1 + 4;

test('3,000 streams by host name need at most four threads for names', async (t) => {
  const server = await serve(
    t,
    (exchange) => exchange.event({ data: 'x' }).then(() => exchange.stall()),
    {
      name: 'localhost',
    },
  );
  const program = path.join(__dirname, 'support', 'programs', 'many-streams.js');
  const { stdout, stderr } = await runChild(program, {
    args: [server.url, String(STREAMS)],
    timeout: 60_000,
  });
  assert.equal(stderr, '');
  const { opened, failure, threads, ms } = JSON.parse(stdout);
  t.diagnostic(`${opened} streams in ${ms.toFixed(0)} ms, ${threads} more threads`);
  assert.equal(failure, undefined);
  assert.equal(opened, STREAMS);
  assert.equal(server.requests.length, STREAMS);
  assert.ok(threads >= 1 && threads <= THREADS, `${threads} more threads`);
});

test('a server is found at an IPv6 address', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'six' }), {
    host: '::1',
    name: '[::1]',
  });
  const { data, error } = await iterate(open(t, server.url, { method: 'POST', retry: false }));
  assert.deepEqual([data, error], [['six'], undefined]);
  assert.equal(server.requests[0].headers.host, `[::1]:${server.port}`);
});

test('`localhost` is found whichever of its addresses listens', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'four' }), {
    name: 'localhost',
  });
  const { data, error } = await iterate(open(t, server.url, { method: 'POST', retry: false }));
  assert.deepEqual([data, error], [['four'], undefined]);
});

test('a name that nobody knows is an error that names it, and is asked for again', async (t) => {
  const stream = open(t, 'http://user:s3cret@nosuch.invalid/?key=s3cret', {
    retry: { ...FAST, attempts: 2 },
  });
  const { error } = await iterate(stream);
  assert.deepEqual([error.code, error.phase], ['ERR_SSE_DNS', 'connect']);
  assert.match(error.message, /nosuch\.invalid/);
  assert.ok(!error.message.includes('s3cret'));
  assert.equal(stream.stats.attempts, 3);
});
