'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { test } = require('node:test');
const { SSEAuthError, SSEStateError } = require('../index.js');
const { jwtAuthorizer } = require('../lib/adapters/jwt.js');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, until } = require('./support/deadline.js');
const { collect } = require('./support/gc.js');
const { counts, freshHub, published, visit } = require('./support/hub.js');
const { ask, startListener } = require('./support/listening.js');

const dataOf = (visitor) => published(visitor).map(({ data }) => data);

test('the channel of the path is the channel of the client, decoded', async (t) => {
  const app = await startListener(t, { path: ['/events', '/rooms/:channel'] });
  const everybody = visit(t, `${app.url}/events`);
  const room = visit(t, `${app.url}/rooms/b%C3%BCro%2F1/`);
  await Promise.all([everybody.heard(1), room.heard(1)]);
  await app.hub.publish('büro/1', { data: 'in the room' });
  await app.hub.broadcast({ event: 'news', data: { for: 'all' } });
  await Promise.all([everybody.heard(2), room.heard(3)]);
  assert.deepEqual(dataOf(everybody), ['{"for":"all"}']);
  assert.deepEqual(dataOf(room), ['in the room', '{"for":"all"}']);
  assert.deepEqual(await app.hub.channels(), [{ channel: 'büro/1', clients: 1 }]);
});

test('a path that is none, a channel that nobody may name: 404', async (t) => {
  const app = await startListener(t, { path: '/rooms/:channel' });
  const none = ['/', '/rooms', '/rooms/', '/rooms/a/b', '/other/a', '/rooms/*', '/rooms/user:ann'];
  for (const target of [...none, '/rooms/%ff', `/rooms/${'x'.repeat(257)}`, '/rooms/%00']) {
    assert.equal((await ask(app.port, target)).status, 404, target);
  }
  assert.equal(app.hub.stats().clients, 0);
});

test('HEAD, OPTIONS, other methods, and who takes no event stream', async (t) => {
  const app = await startListener(t);
  const head = await ask(app.port, '/events', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-type']], [200, 'text/event-stream']);
  assert.equal((await ask(app.port, '/events', { method: 'OPTIONS' })).status, 204);
  const put = await ask(app.port, '/events', { method: 'PUT' });
  assert.deepEqual([put.status, put.headers.allow], [405, 'GET, HEAD, POST']);
  const html = await ask(app.port, '/events', { headers: { accept: 'text/html, image/*;q=0.5' } });
  assert.equal(html.status, 406);
  for (const accept of ['text/event-stream', 'text/html, */*;q=0.1', 'TEXT/*']) {
    const visitor = visit(t, `${app.url}/events`, { headers: { accept } });
    await visitor.heard(1);
    visitor.leave();
  }
  await counts(app.hub, 0);
});

test('authorize says who it is, with what, and until when', async (t) => {
  const asked = [];
  const app = await startListener(t, {
    path: '/:tenant/events',
    authorize: async (request) => {
      asked.push(request);
      return { user: 'ann', channels: [request.params.tenant], data: { a: 1 }, expires: 60_000 };
    },
  });
  const connected = deferred();
  app.hub.on('connect', connected.resolve);
  const visitor = visit(t, `${app.url}/acme/events?a=1&a=2`, { headers: { 'x-two': 'b' } });
  await visitor.heard(1);
  const client = await connected.promise;
  assert.deepEqual([client.user, client.data, client.channels], ['ann', { a: 1 }, ['acme']]);
  assert.equal(client.id, JSON.parse(visitor.events[0].data).clientId);
  assert.deepEqual(app.hub.clients({ user: 'ann' }), [client]);
  const [request] = asked;
  assert.deepEqual([request.method, request.url], ['GET', '/acme/events?a=1&a=2']);
  assert.deepEqual([request.headers['x-two'], request.remoteAddress], ['b', '127.0.0.1']);
  assert.deepEqual(
    [{ ...request.params }, request.query.getAll('a')],
    [{ tenant: 'acme' }, ['1', '2']],
  );
  assert.equal(client.send({ event: 'only', data: 'you' }), true);
  await visitor.heard(2);
  client.close();
  assert.equal(await visitor.ended(), true);
  assert.deepEqual(await client.closed, { reason: 'disconnect' });
});

test('only a status that authorize returns is sent', async (t) => {
  const app = await startListener(t, {
    authorize: ({ query }) => ({ status: Number(query.get('s')) }),
  });
  for (const status of [400, 401, 403, 429, 503]) {
    const response = await ask(app.port, `/events?s=${status}`);
    assert.deepEqual([response.status, response.text], [status, '']);
  }
});

test('authorize that throws, is late or returns nonsense: the client comes back, the hub is told', async (t) => {
  const never = new Promise(() => {});
  const ways = {
    throws: () => {
      throw new Error('of mine');
    },
    late: () => never,
    nothing: () => undefined,
    text: () => 'ann',
    wrong: () => ({ user: 7 }),
    status: () => ({ status: 200 }),
    'what JSON cannot say': () => ({ lastEventId: '\ud800' }),
  };
  const app = await startListener(
    t,
    { authorize: ({ query }) => ways[query.get('way')](), authorizeTimeout: 200 },
    { retryDelay: [2000, 2001] },
  );
  for (const way of Object.keys(ways)) {
    const { status, headers, text } = await ask(app.port, `/events?way=${encodeURIComponent(way)}`);
    assert.deepEqual([status, headers['content-type']], [200, 'text/event-stream'], way);
    assert.match(text, /^retry: 200[01]\n\n$/, way);
    await until(() => app.errors.length === 1, PATIENCE_MS, way);
    assert.equal(app.errors.shift().code, 'ERR_SSE_CALLBACK');
  }
  assert.equal(app.hub.stats().clients, 0);
});

test('what authorize says too late is not kept', async (t) => {
  const late = deferred();
  let kept;
  const authorize = async () => {
    await late.promise;
    const data = {};
    kept = new WeakRef(data);
    return { data };
  };
  const app = await startListener(t, { authorize, authorizeTimeout: 50 });
  await ask(app.port, '/events');
  await until(() => app.errors.length === 1, PATIENCE_MS, 'that it is late');
  late.resolve();
  await until(() => kept !== undefined, PATIENCE_MS, 'what it says');
  await collect();
  assert.equal(kept.deref(), undefined);
});

test('what is thrown for who is unknown is its status', async (t) => {
  const jwt = jwtAuthorizer({ secret: 'x'.repeat(32) });
  const app = await startListener(t, { authorize: jwt });
  const response = await ask(app.port, '/events');
  assert.equal(response.status, 401);
  assert.deepEqual(app.errors, []);
  assert.ok(SSEAuthError);
});

test('a ticket opens its session without authorize, and nothing else does', async (t) => {
  const app = await startListener(t);
  const ticket = await app.hub.ticket({ user: 'ann', channels: ['a'], data: 'kept' });
  const first = visit(t, `${app.url}/events?ticket=${ticket}`);
  await first.heard(1);
  await until(() => app.hub.clients().length === 1, PATIENCE_MS, 'the client');
  const [client] = app.hub.clients();
  assert.deepEqual([client.user, client.data, client.channels], ['ann', 'kept', ['a']]);
  const second = visit(t, `${app.url}/events?ticket=${ticket}`);
  await second.heard(1);
  assert.equal(await first.ended(), true);
  assert.equal((await ask(app.port, '/events?ticket=wrong')).status, 401);
});

test('authorize runs in the context of listen, one question at a time for each request', async (t) => {
  const storage = new AsyncLocalStorage();
  const seen = [];
  const authorize = async () => {
    seen.push(storage.getStore());
    return {};
  };
  const app = await storage.run('mine', () => startListener(t, { authorize }));
  await storage.run('another', () => visit(t, `${app.url}/events`).heard(1));
  assert.deepEqual(seen, ['mine']);
});

test('pages of other origins: a list, and a function that is asked', async (t) => {
  const origin = 'https://app.example';
  const listed = await startListener(t, {}, { cors: { origin: [origin], credentials: true } });
  const asked = await startListener(t, {}, { cors: { origin: (one) => one === origin } });
  for (const { port } of [listed, asked]) {
    const preflight = await ask(port, '/events', { method: 'OPTIONS', headers: { origin } });
    assert.equal(preflight.headers['access-control-allow-origin'], origin);
    assert.match(preflight.headers['access-control-allow-headers'], /last-event-id/);
    const other = await ask(port, '/events', {
      method: 'HEAD',
      headers: { origin: 'https://x.y' },
    });
    assert.equal(other.headers['access-control-allow-origin'], undefined);
    assert.equal(other.headers.vary, 'Origin');
  }
  const own = await ask(listed.port, '/events', { method: 'HEAD', headers: { origin } });
  assert.equal(own.headers['access-control-allow-credentials'], 'true');
});

test('metrics and health have a port of their own', async (t) => {
  const app = await startListener(t, { metrics: { port: 0 } });
  const { port } = app.listener.metrics;
  const health = await ask(port, '/healthz');
  assert.deepEqual([health.status, health.text], [200, 'ok\n']);
  const metrics = await ask(port, '/metrics');
  assert.match(metrics.headers['content-type'], /^text\/plain; version=0\.0\.4/);
  assert.equal(metrics.text, app.hub.metrics());
  assert.equal((await ask(port, '/events')).status, 404);
  assert.equal((await ask(app.port, '/metrics')).status, 404);
});

test('a port that is taken: an error with the cause, and nothing listens', async (t) => {
  const app = await startListener(t);
  const hub = freshHub();
  await assert.rejects(hub.listen({ port: app.port, host: '127.0.0.1' }), (error) => {
    assert.ok(error instanceof SSEStateError);
    assert.deepEqual([error.code, error.cause.code], ['ERR_SSE_LISTEN', 'EADDRINUSE']);
    return true;
  });
  // What the first listener had, another may have once it is closed.
  await app.listener.close();
  const listener = await hub.listen({ port: app.port, host: '127.0.0.1' });
  await visit(t, `http://127.0.0.1:${listener.port}/events`).heard(1);
  await hub.close({ spread: 0, deadline: 1000 });
});

test('closed, it accepts nobody, and its clients are let go; the hub goes on', async (t) => {
  const app = await startListener(t);
  const other = await app.hub.listen({ port: 0, host: '127.0.0.1' });
  const left = visit(t, `${app.url}/events`);
  const stays = visit(t, `http://127.0.0.1:${other.port}/events`);
  await Promise.all([left.heard(1), stays.heard(1)]);
  await app.listener.close();
  assert.equal(await left.ended(), true);
  assert.match(left.text, /retry: \d+\n\n$/);
  await assert.rejects(ask(app.port, '/events'), { code: 'ECONNREFUSED' });
  await app.hub.broadcast({ data: 'still here' });
  await stays.heard(2);
  await app.hub.close({ spread: 0, deadline: 2000 });
  assert.equal(stays.events.at(-1).event, 'shutdown');
  await assert.rejects(ask(other.port, '/events'), { code: 'ECONNREFUSED' });
  await assert.rejects(app.hub.listen({ port: 0 }), { code: 'ERR_SSE_CLOSED' });
});
