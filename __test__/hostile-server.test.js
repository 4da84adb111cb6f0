'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { FAST, PATIENCE_MS, iterate, open, record, serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { MIB, watchRss } = require('./support/memory.js');

const pem = (name) => readFileSync(path.join(__dirname, 'support', 'tls', `${name}.pem`), 'utf8');
const identity = (name) => ({ cert: pem(name), key: pem(`${name}-key`) });

/** A server that speaks bytes of its own choice as soon as a request has come. */
const speak = (t, bytes) =>
  serve(t, async (exchange) => {
    await exchange.raw(bytes);
    exchange.connection.end();
    await exchange.stall();
  });

/** Writes `block` until the client leaves. */
async function flood(exchange, block) {
  for (let sent = 0; sent < 512 * MIB; sent += block.length) await exchange.raw(block);
  throw new Error('the client read 512 MiB of it');
}

test('a page in a 200 is ERR_SSE_CONTENT_TYPE with its first KiB, and is asked for once', async (t) => {
  const page = `<!doctype html><title>Sign in – 登录</title>${'<p>lorem ipsum</p>'.repeat(500)}`;
  const server = await serve(t, (exchange) => {
    const headers = { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'sid=1' };
    return exchange.status(200, headers, page);
  });
  const { error } = await iterate(open(t, server.url, { retry: FAST }));
  assert.equal(error.code, 'ERR_SSE_CONTENT_TYPE');
  assert.equal(error.phase, 'response');
  assert.equal(error.status, 200);
  assert.equal(error.retryable, false);
  assert.equal(error.body, Buffer.from(page).subarray(0, 1024).toString());
  assert.equal(error.headers['content-type'], 'text/html; charset=utf-8');
  assert.match(error.message, /text\/html/);
  assert.equal(server.requests.length, 1);
});

test('a page that never ends, and a type that is missing or made up, are refused too', async (t) => {
  const types = { '/page': 'text/html', '/none': null, '/made-up': 'text/event-streams' };
  const server = await serve(t, async (exchange) => {
    exchange.head(200, { 'content-type': types[exchange.request.path] });
    await exchange.write('<p>wait');
    await exchange.stall();
  });
  for (const where of Object.keys(types)) {
    const { error } = await iterate(open(t, server.url + where));
    assert.equal(error?.code, 'ERR_SSE_CONTENT_TYPE', where);
    assert.equal(error.body, '<p>wait');
  }
  for (const { closed } of server.connections) await within(closed, PATIENCE_MS, 'the close');
});

test('names of response headers cannot reach a prototype', async (t) => {
  const server = await serve(t, async (exchange) => {
    exchange.head(200, [
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
      ['X-Twice', '1'],
      ['x-twice', '2'],
      ['x-latin', 'caf\u00e9'],
    ]);
    await exchange.event({ data: 'x' });
  });
  const { of } = await record(open(t, server.url, { method: 'POST' }));
  const { headers } = of('open')[0];
  assert.equal(Object.getPrototypeOf(headers), null);
  assert.deepEqual(
    ['__proto__', 'constructor', 'tostring', 'x-twice'].map((name) => headers[name]),
    ['a', 'b', 'c', '1, 2'],
  );
});

test('a self-signed certificate is ERR_SSE_TLS, tried once, until it is trusted', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'secure' }), {
    tls: identity('self-signed'),
  });
  const { error } = await iterate(open(t, server.url, { retry: FAST }));
  assert.equal(error.code, 'ERR_SSE_TLS');
  assert.equal(error.phase, 'connect');
  assert.equal(error.retryable, false);
  assert.equal(server.connections.length, 1);
  assert.equal(server.requests.length, 0);
  for (const tls of [{ ca: pem('self-signed') }, { rejectUnauthorized: false }]) {
    const trusted = await iterate(open(t, server.url, { method: 'POST', tls }));
    assert.deepEqual(trusted, { data: ['secure'], error: undefined });
  }
});

test('an expired certificate and one for another host are ERR_SSE_TLS for a known issuer too', async (t) => {
  const reasons = { expired: /expired/, 'wrong-host': /another host/, localhost: undefined };
  for (const [name, reason] of Object.entries(reasons)) {
    const server = await serve(t, (exchange) => exchange.event({ data: 'x' }), {
      tls: identity(name),
    });
    const options = { method: 'POST', tls: { ca: pem('ca') } };
    const { data, error } = await iterate(open(t, server.url, options));
    if (reason === undefined) {
      assert.deepEqual([data, error], [['x'], undefined]);
      continue;
    }
    assert.equal(error?.code, 'ERR_SSE_TLS', name);
    assert.match(error.message, reason);
    assert.equal(server.requests.length, 0);
  }
});

test('what is no HTTP response is a typed error', async (t) => {
  const answers = {
    'another protocol': 'SSH-2.0-OpenSSH_9.6\r\n',
    'binary garbage': Buffer.from([0, 1, 2, 0xff, 0xfe, 13, 10, 13, 10]),
    'nothing at all': '',
    'half a head': 'HTTP/1.1 200 OK\r\ncontent-type: text/event-st',
    'a status of words': 'HTTP/1.1 fine OK\r\n\r\n',
    'a header without a colon': 'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n',
    'a length that is no number': 'HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n',
    'two lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    'a thousand headers': `HTTP/1.1 200 OK\r\n${'x-header: 1\r\n'.repeat(1000)}\r\n`,
  };
  for (const [name, bytes] of Object.entries(answers)) {
    const server = await speak(t, bytes);
    const { error } = await iterate(open(t, server.url, { retry: false }));
    assert.equal(error?.code, 'ERR_SSE_CONNECT', name);
    assert.equal(error.phase, 'headers', name);
    assert.equal(server.requests.length, 1, name);
  }
});

test('a body that breaks the rules of HTTP is a typed error after what came before', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';
  const chunked = `${head}transfer-encoding: chunked\r\n\r\nd\r\ndata: first\n\n\r\n`;
  const bodies = {
    'a chunk of no size': [`${chunked}what?\r\n`, 'ERR_SSE_RESET'],
    'a chunk of endless size': [`${chunked}${'f'.repeat(40)}\r\nx`, 'ERR_SSE_RESET'],
    'a chunk longer than it says': [`${chunked}1\r\nxyz\r\n`, 'ERR_SSE_RESET'],
    'no last chunk': [chunked, 'ERR_SSE_TRUNCATED'],
    'a short body': [`${head}content-length: 99\r\n\r\ndata: first\n\n`, 'ERR_SSE_TRUNCATED'],
  };
  for (const [name, [bytes, code]] of Object.entries(bodies)) {
    const server = await speak(t, bytes);
    const { data, error } = await iterate(open(t, server.url, { retry: false }));
    assert.deepEqual([data, error?.code], [['first'], code], name);
    assert.equal(error.phase, 'body', name);
  }
});

test('garbage for gzip, half of it and a coding nobody knows are ERR_SSE_CONTENT_ENCODING or a truncation', async (t) => {
  const packed = zlib.gzipSync('data: packed\n\n'.repeat(100));
  const bodies = {
    garbage: ['gzip', 'this is not compressed at all', 'ERR_SSE_CONTENT_ENCODING', 'body'],
    // The kind of a block is two bits, and three is none.
    'a broken middle': [
      'gzip',
      Buffer.concat([packed.subarray(0, 10), Buffer.alloc(64, 0xff)]),
      'ERR_SSE_CONTENT_ENCODING',
      'body',
    ],
    'a wrong sum': [
      'gzip',
      Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8)]),
      'ERR_SSE_CONTENT_ENCODING',
      'body',
    ],
    'a half': ['gzip', packed.subarray(0, -12), 'ERR_SSE_TRUNCATED', 'body'],
    unknown: ['zstd', 'data: x\n\n', 'ERR_SSE_CONTENT_ENCODING', 'response'],
    'made up': ['x-\u00ff"\\', 'data: x\n\n', 'ERR_SSE_CONTENT_ENCODING', 'response'],
  };
  for (const [name, [coding, body, code, phase]] of Object.entries(bodies)) {
    const server = await serve(t, (exchange) => {
      const headers = { 'content-type': 'text/event-stream', 'content-encoding': coding };
      return exchange.status(200, headers, body);
    });
    const { error } = await iterate(open(t, server.url, { retry: false }));
    assert.deepEqual([error?.code, error?.phase], [code, phase], name);
    assert.match(error.message, /^[\x20-\x7e]+$/, name);
  }
});

test('a head that never ends is a typed error in time and costs bounded memory', async (t) => {
  const block = 'x'.repeat(64 * 1024);
  const floods = {
    'a name': ['HTTP/1.1 200 OK\r\n', block],
    'a value': ['HTTP/1.1 200 OK\r\nx-long: ', block],
    headers: ['HTTP/1.1 200 OK\r\n', 'x-many: of them\r\n'.repeat(4096)],
    'early hints': ['', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(1024)],
  };
  for (const [name, [first, rest]] of Object.entries(floods)) {
    const server = await serve(t, async (exchange) => {
      await exchange.raw(first);
      await flood(exchange, rest);
    });
    const watch = watchRss();
    const options = { retry: false, timeouts: { headers: 500 } };
    const { error } = await iterate(open(t, server.url, options));
    const growth = watch.stop() / MIB;
    const code = name === 'early hints' ? 'ERR_SSE_TIMEOUT' : 'ERR_SSE_CONNECT';
    assert.deepEqual([error?.code, error?.phase], [code, 'headers'], name);
    assert.ok(growth < 64, `${name}: RSS grew by ${growth} MiB`);
    await within(server.connections[0].closed, PATIENCE_MS, 'the close');
  }
});

test('a head that drips is a timeout of its phase, and is tried again by GET', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (server.requests.length === 2) return exchange.status(204);
    for (const letter of 'HTTP/1.1 200 OK\r\nx-slow: ') await exchange.raw(letter);
    for (;;) {
      await exchange.raw('x');
      await exchange.sleep(20);
    }
  });
  const stream = open(t, server.url, { retry: FAST, timeouts: { headers: 200 } });
  const { of, close } = await record(stream);
  assert.deepEqual(close, { reason: 'no-content' });
  assert.deepEqual(
    of('retry').map(({ error: { code, phase } }) => [code, phase]),
    [['ERR_SSE_TIMEOUT', 'headers']],
  );
});

test('a comment that drips for ever passes for life only while no event is due', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.event({ data: 'x' });
    await exchange.write(': still ');
    for (;;) {
      await exchange.write('here');
      await exchange.sleep(20);
    }
  });
  const timeouts = { idle: 5000, event: { ms: 300 } };
  const { data, error } = await iterate(open(t, server.url, { retry: false, timeouts }));
  assert.deepEqual(data, ['x']);
  assert.deepEqual([error.code, error.phase], ['ERR_SSE_TIMEOUT', 'event']);
});

test('a server that fails at once, whatever way, is not asked again at once', async (t) => {
  const garbled = { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' };
  const ways = {
    'a clean end': (exchange) => exchange.head(),
    'an empty event': (exchange) => exchange.event({ data: '' }),
    'status 500': (exchange) => exchange.status(500),
    'status 503 with no wait': (exchange) => exchange.status(503, { 'retry-after': '0' }),
    'a date that passed': (exchange) => {
      return exchange.status(429, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' });
    },
    'a reset': (exchange) => exchange.reset(),
    'garbled gzip': (exchange) => exchange.status(200, garbled, 'garbage'),
    'a redirect to a failure': (exchange) => {
      return exchange.request.path === '/'
        ? exchange.redirect(302, '/there')
        : exchange.status(502);
    },
  };
  const hammer = async ([name, way]) => {
    const server = await serve(t, way);
    const stream = open(t, server.url, { retry: { baseDelay: 0, factor: 1 } });
    const delays = [];
    const waits = new Promise((resolve) => {
      stream.on('retry', ({ delay }) => {
        if (delays.push(delay) === 4) resolve();
      });
    });
    stream.on('event', () => {});
    await within(waits, PATIENCE_MS, `four waits after ${name}`);
    stream.close();
    assert.ok(Math.min(...delays) >= 100, `${name}: waits of ${delays} ms`);
    const starts = server.requests.filter((request) => request.path === '/').map(({ at }) => at);
    assert.equal(starts.length, 4, name);
    assert.ok(starts[3] - starts[0] >= 285, `${name}: ${starts[3] - starts[0]} ms for three waits`);
  };
  await Promise.all(Object.entries(ways).map(hammer));
});

test('503 then a stream is a stream; 204 is the end; `Retry-After` over the cap fails a POST', async (t) => {
  const server = await serve(t, async (exchange) => {
    const { path: where } = exchange.request;
    if (where === '/cap') return exchange.status(429, { 'retry-after': '3600' }, 'slow down');
    if (server.requests.length === 1) return exchange.status(503, { 'retry-after-ms': '30' });
    if (server.requests.length === 3) return exchange.status(204);
    await exchange.event({ id: 1, data: 'x' });
  });
  const { of, data, names } = await record(open(t, server.url, { retry: FAST }));
  assert.deepEqual(names, ['retry', 'open', 'event', 'retry', 'close']);
  assert.equal(of('retry')[0].error.retryAfter, 30);
  assert.ok(of('retry')[0].delay >= 30);
  assert.deepEqual([data, of('close')], [['x'], [{ reason: 'no-content' }]]);
  assert.equal(server.requests.length, 3);
  const { error } = await iterate(open(t, `${server.url}/cap`, { method: 'POST', retry: FAST }));
  assert.deepEqual(
    [error.code, error.status, error.retryAfter, error.body],
    ['ERR_SSE_STATUS', 429, 3_600_000, 'slow down'],
  );
  assert.equal(server.requests.length, 4);
});
