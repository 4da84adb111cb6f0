'use strict';

const assert = require('node:assert/strict');
const { createServer } = require('node:http');
const { describe, test } = require('node:test');
const { createHub, SSEAuthError, SSEOptionError } = require('perennial-sse');
const express = require('perennial-sse/express');
const { hubPlugin } = require('perennial-sse/fastify');
const hono = require('perennial-sse/hono');
const next = require('perennial-sse/next');
const { visit } = require('./support/browser.js');

/** A hub of its own for each test. */
function hubOf(t, options) {
  const hub = createHub({ name: t.name, ...options });
  t.after(() => hub.close({ spread: 0, deadline: 1000 }));
  return hub;
}

/** The error that something throws, now or later. */
async function errorOf(act) {
  try {
    await act();
  } catch (error) {
    return error;
  }
}

describe('wrong arguments are named', () => {
  const good = () => ({});
  const makers = {
    express: express.hubRoutes,
    hono: hono.hubRoutes,
    next: next.hubRoutes,
    fastify: (hub, authorize, options) => hubPlugin({}, { hub, authorize, ...options }),
  };
  for (const [name, make] of Object.entries(makers)) {
    test(name, async (t) => {
      const hub = hubOf(t);
      for (const [args, sentence] of [
        [[undefined, good], /^hub must be what createHub\(\) returns/],
        [[{ connect: good }, good], /^hub must be/],
        [[hub], /^authorize must be a function that tells who may connect/],
        [[hub, { user: 'ann' }], /^authorize must be/],
        [[hub, good, { heartbeat: 1 }], /^unknown option "heartbeat"; there are .*admit, onError/],
        [[hub, good, { admit: true }], /^admit must be a function/],
        [[hub, good, { onError: 'log' }], /^onError must be a function/],
      ]) {
        const error = await errorOf(() => make(...args));
        assert.ok(error instanceof SSEOptionError, `${error}`);
        assert.match(error.message, sentence);
      }
    });
  }

  test('those of the plugin alone', async (t) => {
    const error = await errorOf(() =>
      hubPlugin({}, { hub: hubOf(t), authorize: good, path: 'events' }),
    );
    assert.match(error.message, /^path must be a string that begins with \//);
  });

  test('a callback of streamSSE', () => {
    assert.throws(() => hono.streamSSE({}, undefined), /streamSSE\(\) takes a function second/);
  });
});

describe('authorize', () => {
  const refusal = (status) =>
    new SSEAuthError('refused', { code: 'ERR_SSE_UNAUTHORIZED', ...(status ? { status } : {}) });

  /** What the stream of a route says where `authorize` gives this. */
  async function answer(t, given) {
    const told = [];
    const { GET } = next.hubRoutes(hubOf(t), given, { onError: (error) => told.push(error) });
    const response = await GET(new Request('http://localhost/events'));
    return { response, told };
  }

  for (const [what, given, status] of [
    ['nothing', () => undefined, 401],
    ['null', async () => null, 401],
    ['204, which ends an EventSource', () => ({ status: 204 }), 204],
    ['a failing status', async () => ({ status: 451 }), 451],
    ['an error that is a verdict', () => Promise.reject(refusal(403)), 403],
    ['one without a status', () => Promise.reject(refusal()), 401],
  ]) {
    test(`gives ${what}`, async (t) => {
      const { response, told } = await answer(t, given);
      assert.equal(response.status, status);
      assert.deepEqual(told, []);
      await response.text();
    });
  }

  for (const [what, given] of [
    ['throws', () => Promise.reject(new Error('away'))],
    ['has no keys', () => Promise.reject(new SSEAuthError('away', { code: 'ERR_SSE_KEYS' }))],
    ['gives no object', () => 'ann'],
    ['gives a status of success', () => ({ status: 200 })],
    ['gives a status that is none', () => ({ status: Number.NaN })],
  ]) {
    test(`${what}: the browser comes back, and onError hears of it`, async (t) => {
      const { response, told } = await answer(t, given);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /^retry: [234]\d{3}\n\n$/);
      assert.equal(told.length, 1);
    });
  }

  test('gives a ticket: it says who the client is, and what is none is refused', async (t) => {
    const hub = hubOf(t);
    const { GET, subscribe } = next.hubRoutes(hub, ({ url }) => ({
      ticket: new URL(url).searchParams.get('ticket'),
    }));
    const answered = async (query) => GET(new Request(`http://localhost/events${query}`));
    for (const query of ['', '?ticket=none']) assert.equal((await answered(query)).status, 401);
    const ticket = await hub.ticket({ user: 'ann', channels: ['news'] });
    const response = await answered(`?ticket=${ticket}`);
    assert.equal(response.status, 200);
    const [client] = hub.clients({ user: 'ann' });
    assert.deepEqual(client.channels, ['news']);
    const body = JSON.stringify({ clientId: client.id, channel: 'news' });
    const post = new Request(`http://localhost/events?ticket=${ticket}`, { method: 'POST', body });
    assert.equal((await subscribe(post)).status, 403, 'it opens the stream alone');
    await response.body.cancel();
  });

  test('throws: without onError the error is logged, and nothing of the request', async (t) => {
    const log = t.mock.method(console, 'error', () => {});
    const failure = new Error('away');
    const { GET } = next.hubRoutes(hubOf(t), () => Promise.reject(failure));
    await (await GET(new Request('http://localhost/events'))).text();
    assert.deepEqual(
      log.mock.calls.map(({ arguments: given }) => given),
      [[failure]],
    );
  });

  test('is not asked for a preflight, which the hub answers', async (t) => {
    const origin = 'https://app.example';
    const hub = hubOf(t, { cors: { origin, credentials: true } });
    const { OPTIONS } = next.hubRoutes(hub, () => {
      throw new Error('asked');
    });
    const response = await OPTIONS(
      new Request('http://localhost/events', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'GET' },
      }),
    );
    assert.equal(response.status, 204);
    assert.equal(response.headers.get('access-control-allow-origin'), origin);
    assert.equal(response.headers.get('access-control-allow-credentials'), 'true');
  });
});

test('in Express an option that is wrong goes to the error handler, and nothing is sent', async (t) => {
  const { stream } = express.hubRoutes(hubOf(t), () => ({ channels: ['*'] }));
  const server = createServer((req, res) =>
    // It would throw if a head had been sent.
    stream(req, res, ({ code }) => res.writeHead(500).end(code)),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`);
  assert.equal(response.status, 500);
  assert.equal(await response.text(), 'ERR_SSE_OPTION');
});

test('a body may be parsed already, be text, bytes, or neither, and is bounded', async (t) => {
  const hub = hubOf(t);
  const events = express.hubRoutes(hub, () => ({}), { admit: () => true });
  const parsers = {
    none: () => {},
    json: (req, text) => {
      req.body = JSON.parse(text);
    },
    text: (req, text) => {
      req.body = text;
    },
    bytes: (req, text) => {
      req.body = Buffer.from(text);
    },
  };
  const server = createServer(async (req, res) => {
    if (req.method === 'GET') return events.stream(req, res, () => {});
    const parser = parsers[req.headers['x-parser']];
    if (parser !== parsers.none) {
      let text = '';
      for await (const bytes of req) text += bytes;
      parser(req, text);
    }
    await events.subscribe(req, res, (error) => res.writeHead(500).end(String(error)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}/`;
  const visitor = await visit(url);
  t.after(() => visitor.leave());
  const { clientId } = JSON.parse((await visitor.next()).data);
  const post = (parser, body) =>
    fetch(url, { method: 'POST', headers: { 'x-parser': parser }, body });

  for (const parser of Object.keys(parsers)) {
    const channel = `by ${parser}`;
    assert.equal((await post(parser, JSON.stringify({ clientId, channel }))).status, 204);
    await hub.publish(channel, { data: parser });
    assert.equal((await visitor.next()).data, parser);
  }
  const padded = JSON.stringify({ clientId, channel: 'x', padding: 'x'.repeat(1e6) });
  const { status } = await post('none', padded);
  assert.equal(status, 400);
  for (const body of ['', 'null', '7', '[]', '{"clientId":"x"}']) {
    assert.equal((await post('none', body)).status, 400, body);
  }
});
