'use strict';

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { test } = require('node:test');
const { EventSource, SSEError } = require('../index.js');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { deferred, until, within } = require('./support/deadline.js');

const { CONNECTING, OPEN, CLOSED } = EventSource;

/** Reconnects that do not make a test wait. */
const QUICK = { retry: { baseDelay: 5, minDelay: 1, jitter: 'none' } };

function source(t, url, init = QUICK) {
  const made = new EventSource(url, init);
  t.after(() => made.close());
  return made;
}

/** The next event of a type. */
function dispatched(target, type) {
  const { promise, resolve } = deferred();
  target.addEventListener(type, resolve, { once: true });
  return within(promise, PATIENCE_MS, `"${type}"`);
}

/** Sends text and keeps the connection. */
const hold = (text) => async (exchange) => {
  await exchange.write(text);
  await exchange.stall();
};

test('it connects, opens, and delivers messages', async (t) => {
  const server = await serve(t, hold('id: 7\ndata: a\ndata: b\n\n'));
  const es = source(t, `${server.url}/path?q#fragment`);
  assert.equal(es.readyState, CONNECTING);
  assert.equal(es.url, `${server.url}/path?q#fragment`);
  const opened = dispatched(es, 'open');
  const message = dispatched(es, 'message');
  assert.equal((await opened).constructor, Event);
  assert.equal(es.readyState, OPEN);
  const { data, lastEventId, origin, source: from, ports } = await message;
  assert.deepEqual([data, lastEventId, origin], ['a\nb', '7', server.url]);
  assert.equal(from, null);
  assert.deepEqual(ports, []);
  const [{ headers, path, method }] = server.requests;
  assert.deepEqual([method, path], ['GET', '/path?q']);
  assert.equal(headers.accept, 'text/event-stream');
  assert.equal(headers['cache-control'], 'no-cache');
  assert.ok(!('last-event-id' in headers));
});

test('`origin` is that of the URL after redirects, and `url` stays', async (t) => {
  const target = await serve(t, hold('data: x\n\n'));
  const server = await serve(t, (exchange) => exchange.redirect(307, `${target.url}/there`));
  const es = source(t, `${server.url}/here`);
  const { origin } = await dispatched(es, 'message');
  assert.equal(origin, target.url);
  assert.equal(es.url, `${server.url}/here`);
});

test('a lost connection is an `error` while CONNECTING, then `open` again', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (server.requests.length > 1) return hold('data: two\n\n')(exchange);
    await exchange.write('id: é1\ndata: one\n\n');
  });
  const es = source(t, server.url);
  const log = [];
  for (const type of ['open', 'message', 'error']) {
    es.addEventListener(type, ({ data, error }) => log.push([type, es.readyState, data ?? error]));
  }
  await dispatched(es, 'message');
  await dispatched(es, 'message');
  assert.deepEqual(log, [
    ['open', OPEN, undefined],
    ['message', OPEN, 'one'],
    ['error', CONNECTING, null],
    ['open', OPEN, undefined],
    ['message', OPEN, 'two'],
  ]);
  assert.equal(server.requests[1].headers['last-event-id'], 'é1');
});

test('a broken connection tells why', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.write('data: x\n\n');
    await exchange.truncate('data: cut');
  });
  const es = source(t, server.url);
  const event = await dispatched(es, 'error');
  assert.equal(event.error.code, 'ERR_SSE_TRUNCATED');
  assert.equal(es.readyState, CONNECTING);
  assert.ok(!(event instanceof MessageEvent));
});

test('a connection that is refused is tried again', async (t) => {
  const server = await serve(t, hold('data: x\n\n'));
  await server.refuse();
  const es = source(t, server.url);
  const { error } = await dispatched(es, 'error');
  assert.equal(error.code, 'ERR_SSE_CONNECT');
  assert.equal(es.readyState, CONNECTING);
  const message = dispatched(es, 'message');
  await server.accept();
  assert.equal((await message).data, 'x');
});

for (const status of [201, 205, 400, 401, 404, 429, 500, 503, 599]) {
  test(`status ${status} fails for ever`, async (t) => {
    const server = await serve(t, (exchange) =>
      exchange.status(status, { 'content-type': 'text/event-stream' }, 'data: x\n\n'),
    );
    const es = source(t, server.url);
    es.onmessage = () => assert.fail('no message may come');
    const { error } = await dispatched(es, 'error');
    assert.equal(es.readyState, CLOSED);
    assert.ok(error instanceof SSEError);
    assert.equal(error.status, status);
    await assert.rejects(server.request(1, 60), /waited/);
  });
}

test('204 fails for ever, without an error', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(204));
  const es = source(t, server.url);
  const { error } = await dispatched(es, 'error');
  assert.equal(error, null);
  assert.equal(es.readyState, CLOSED);
  await assert.rejects(server.request(1, 60), /waited/);
});

for (const [type, right] of [
  ['text/event-stream', true],
  ['TEXT/Event-Stream', true],
  ['text/event-stream;charset=windows-1252', true],
  ['text/event-stream ; x=y', true],
  ['text/html', false],
  ['text/x-bogus', false],
  ['text/event-streamx', false],
  ['text /event-stream', false],
  [null, false],
]) {
  test(`content type ${type} is ${right ? 'a stream, and UTF-8' : 'no stream'}`, async (t) => {
    const server = await serve(t, async (exchange) => {
      exchange.head(200, { 'content-type': type });
      await exchange.write('data: ok…\n\n');
      if (right) await exchange.stall();
    });
    const es = source(t, server.url);
    if (right) {
      assert.equal((await dispatched(es, 'message')).data, 'ok…');
      return;
    }
    const { error } = await dispatched(es, 'error');
    assert.equal(error.code, 'ERR_SSE_CONTENT_TYPE');
    assert.equal(es.readyState, CLOSED);
  });
}

test('`retry:` sets the wait, and what is no number is ignored', async (t) => {
  for (const [field, least] of [
    ['retry: 150', 150],
    ['retry:150', 150],
    ['retry: 150x', 5],
    ['retry', 5],
    ['retry: 1000\nretry: 150', 150],
  ]) {
    const server = await serve(t, async (exchange) => {
      if (server.requests.length > 1) return exchange.status(204);
      await exchange.write(`${field}\ndata: x\n\n`);
      server.endedAt = performance.now();
    });
    source(t, server.url, { retry: { ...QUICK.retry, factor: 1 } });
    const { at } = await server.request(1);
    assert.ok(at - server.endedAt >= least - 2, `${field}: ${at - server.endedAt}`);
  }
});

test('by default the wait is three to four seconds, as browsers have it', async (t) => {
  const server = await serve(t, (exchange) => exchange.write('data: x\n\n'));
  const waits = deferred();
  const told = ({ delay }) => waits.resolve(delay);
  subscribe('perennial-sse:retry', told);
  t.after(() => unsubscribe('perennial-sse:retry', told));
  source(t, server.url, {});
  const delay = await within(waits.promise, PATIENCE_MS, 'the wait');
  assert.ok(delay >= 3000 && delay <= 4000, `${delay}`);
});

test('`event: error` of a server is a message, told apart from failures', async (t) => {
  const server = await serve(t, hold('event: error\ndata: oops\n\nevent: open\ndata: hi\n\n'));
  const es = source(t, server.url);
  const failing = dispatched(es, 'error');
  const opened = [];
  es.onopen = ({ data }) => opened.push(data);
  const event = await failing;
  assert.ok(event instanceof MessageEvent);
  assert.deepEqual([event.data, event.error, es.readyState], ['oops', undefined, OPEN]);
  await until(() => opened.length === 2, PATIENCE_MS, 'both');
  assert.deepEqual(opened, [undefined, 'hi']);
});

test('`close()` in a handler is the end: of three messages in a chunk one comes', async (t) => {
  const server = await serve(t, hold('data: 1\n\ndata: 2\n\ndata: 3\n\n'));
  const es = source(t, server.url);
  const seen = [];
  es.onmessage = ({ data }) => {
    seen.push(data);
    es.close();
    assert.equal(es.readyState, CLOSED);
  };
  es.onerror = () => seen.push('error');
  const connection = await server.connection(0);
  await within(connection.closed, PATIENCE_MS, 'the close');
  assert.equal(connection.closedBy, 'client');
  assert.deepEqual(seen, ['1']);
});

test('`close()` at once, in `open` and in `error` is quiet and final', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (exchange.request.path === '/open') return hold('data: x\n\n')(exchange);
    await exchange.reset();
  });
  const types = [];
  const watch = (es) => {
    for (const type of ['open', 'message', 'error']) {
      es.addEventListener(type, () => types.push(type));
    }
  };
  const early = source(t, `${server.url}/early`);
  watch(early);
  early.close();
  early.close();
  const open = source(t, `${server.url}/open`);
  watch(open);
  open.onopen = () => open.close();
  // Asked by the thread that closes it: however late that is, no request is already on its way.
  const headers = () => ({ 'x-asked': 'yes' });
  const failing = source(t, `${server.url}/failing`, { ...QUICK, headers });
  watch(failing);
  await new Promise((resolve) => {
    failing.onerror = () => {
      failing.close();
      resolve();
    };
  });
  for (const index of [0, 1]) {
    await within((await server.connection(index)).closed, PATIENCE_MS, 'the close');
  }
  assert.deepEqual(types.sort(), ['error', 'open']);
  await assert.rejects(server.request(2, 60), /waited/);
});

test('a URL that is none is a SyntaxError at once', () => {
  for (const url of ['/relative', 'http://[::1', 'nothing', '']) {
    assert.throws(
      () => new EventSource(url),
      (error) => error instanceof DOMException && error.name === 'SyntaxError',
    );
  }
});

test('a URL that cannot be fetched is an `error` event', async (t) => {
  for (const url of ['mailto:a@b.example', 'ftp://example.com/', 'data:text/event-stream,data:x']) {
    const es = source(t, url);
    assert.equal(es.readyState, CONNECTING);
    const { error } = await dispatched(es, 'error');
    assert.equal(es.readyState, CLOSED);
    assert.equal(error.code, 'ERR_SSE_REQUEST');
  }
});

test('the extensions: headers, method, body and signal', async (t) => {
  const server = await serve(t, (exchange) => exchange.write('data: x\n\n'));
  const controller = new AbortController();
  const es = source(t, server.url, {
    headers: { 'x-api-key': 'k' },
    method: 'PUT',
    body: 'ask',
    signal: controller.signal,
  });
  const message = dispatched(es, 'message');
  const error = dispatched(es, 'error');
  assert.equal((await message).data, 'x');
  assert.equal((await error).error, null);
  assert.equal(es.readyState, CLOSED);
  const [{ method, headers, body }] = server.requests;
  assert.deepEqual([method, headers['x-api-key'], String(body)], ['PUT', 'k', 'ask']);
  assert.throws(() => new EventSource(server.url, { retry: { attempts: -1 } }), {
    code: 'ERR_SSE_OPTION',
  });
});

test('an aborted signal is as good as `close()`', async (t) => {
  const server = await serve(t, hold('data: x\n\n'));
  const controller = new AbortController();
  const es = source(t, server.url, { signal: controller.signal });
  await dispatched(es, 'open');
  let errors = 0;
  es.onerror = () => errors++;
  controller.abort();
  assert.equal(es.readyState, CLOSED);
  assert.equal((await server.connections[0].closed).closedBy, 'client');
  assert.equal(errors, 0);
  const never = source(t, server.url, { signal: AbortSignal.abort() });
  assert.equal(never.readyState, CLOSED);
  await assert.rejects(server.connection(1, 60), /waited/);
});
