'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { mkdtempSync, rmSync } = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const net = require('node:net');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { connect } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { counts, visit } = require('./support/hub.js');
const {
  ask,
  ca,
  certificate,
  pem,
  say,
  startListener,
  statusOf,
} = require('./support/listening.js');

const GET = 'GET /events HTTP/1.1\r\nHost: app\r\n';

/** What comes as the body of a stream of HTTP/2. */
function stream(t, session, target = '/events', headers = {}) {
  const request = session.request({ ':path': target, ...headers });
  t.after(() => request.close());
  const seen = { text: '', status: undefined, request, ended: false, failed: undefined };
  request.setEncoding('utf8');
  request.on('response', (head) => {
    seen.status = head[':status'];
    seen.headers = head;
  });
  request.on('data', (part) => {
    seen.text += part;
  });
  request.on('end', () => {
    seen.ended = true;
  });
  request.on('error', (error) => {
    seen.failed = error;
  });
  seen.says = (text) => until(() => seen.text.includes(text), PATIENCE_MS, JSON.stringify(text));
  return seen;
}

test('what is no request is answered 400 and closed, and nobody is asked about it', async (t) => {
  const asked = [];
  const authorize = (request) => {
    asked.push(request.url);
    return {};
  };
  const app = await startListener(t, { authorize });
  const wrong = {
    'no request': 'hello\r\n\r\n',
    'a client of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
    'no Host': 'GET /events HTTP/1.1\r\n\r\n',
    'two of them': 'GET /events HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'a space before the colon': `${GET}X : 1\r\n\r\n`,
    'a folded line': `${GET}X: 1\r\n  2\r\n\r\n`,
    'a name that is none': `${GET}X(: 1\r\n\r\n`,
    'NUL in a value': `${GET}X: \0\r\n\r\n`,
    'half a head': 'GET /ev',
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    const socketEnds =
      what === 'half a head' ? halfClosed(t, app.port, bytes) : say(t, app.port, bytes);
    assert.equal(statusOf(await socketEnds), 400, what);
  }
  assert.equal(statusOf(await say(t, app.port, 'GET / HTTP/3.0\r\n\r\n')), 505);
  assert.deepEqual(asked, []);
});

/** The same, where the client ends its side. */
function halfClosed(t, port, bytes) {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (part) => {
    text += part;
  });
  socket.end(bytes);
  return within(
    once(socket, 'end').then(() => text),
    PATIENCE_MS,
    'the end',
  );
}

test('a head that is too long, in one field or in many: 431', async (t) => {
  const app = await startListener(t, { maxHeaderSize: 4096 });
  const long = `${GET}X: ${'x'.repeat(5000)}`;
  assert.equal(statusOf(await say(t, app.port, long)), 431);
  const many = `${GET}${Array.from({ length: 150 }, (_, at) => `x${at}: 1\r\n`).join('')}\r\n`;
  assert.equal(statusOf(await say(t, app.port, many)), 431);
});

test('a head that does not end in time: its connection is closed', async (t) => {
  const app = await startListener(t, { headersTimeout: 300 });
  const silent = say(t, app.port, '');
  const slow = say(t, app.port, 'GET /events HTTP/1.1\r\nHost: a\r\n');
  assert.deepEqual(await Promise.all([silent, slow]), ['', '']);
});

test('thousands of half heads harm nobody', async (t) => {
  const app = await startListener(t, { headersTimeout: 60_000 });
  const half = Array.from({ length: 2000 }, () => {
    const socket = net.connect(app.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /events HTTP/1.1\r\nX: ');
    return socket;
  });
  t.after(() => {
    for (const socket of half) socket.destroy();
  });
  await Promise.all(half.map((socket) => socket.readyState === 'open' || once(socket, 'connect')));
  const visitor = visit(t, `${app.url}/events`);
  await visitor.heard(1);
  await app.hub.broadcast({ data: 'through' });
  await visitor.heard(2);
  assert.equal(app.hub.stats().clients, 1);
  await app.listener.close({ deadline: 100 });
  await until(() => half.every((socket) => socket.destroyed), PATIENCE_MS, 'their end');
});

test('a request with a body is answered, its body not read, its connection closed', async (t) => {
  const app = await startListener(t, { authorize: () => ({ status: 403 }) });
  const inside = 'GET /events HTTP/1.1\r\nHost: inside\r\n\r\n';
  const post = `POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: ${inside.length}\r\n\r\n${inside}`;
  const text = await say(t, app.port, post);
  assert.equal(statusOf(text), 403);
  assert.equal(text.split('HTTP/1.1').length, 2);
});

test('a request behind another has its turn', async (t) => {
  const app = await startListener(t, {
    authorize: ({ query }) => ({ status: Number(query.get('s')) }),
  });
  const target = (status) => `GET /events?s=${status} HTTP/1.1\r\nHost: a\r\n`;
  const text = await say(
    t,
    app.port,
    `${target(401)}\r\n\r\n${target(403)}Connection: close\r\n\r\n`,
  );
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  assert.deepEqual(statuses, ['401', '403']);
});

test('one address has as many connections as it may', async (t) => {
  const app = await startListener(t, { maxConnectionsPerAddress: 2 });
  const first = visit(t, `${app.url}/events`);
  const second = visit(t, `${app.url}/events`);
  await Promise.all([first.heard(1), second.heard(1)]);
  await assert.rejects(ask(app.port, '/events'), { code: 'ECONNRESET' });
  first.leave();
  await counts(app.hub, 1);
  await until(
    () =>
      visit(t, `${app.url}/events`)
        .heard(1)
        .then(
          () => true,
          () => false,
        ),
    PATIENCE_MS,
    'another one',
  );
});

test('a client that breaks off is gone at once; one that takes nothing is cut off', async (t) => {
  const app = await startListener(t, {}, { writeTimeout: 300 });
  const gone = visit(t, `${app.url}/events`);
  await gone.heard(1);
  gone.leave();
  await counts(app.hub, 0);
  const socket = net.connect(app.port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.pause();
  socket.write(`${GET}\r\n`);
  await until(() => app.hub.clients().length === 1, PATIENCE_MS, 'the client');
  const [client] = app.hub.clients();
  while (app.hub.stats().stalled === 0) await app.hub.broadcast({ data: 'x'.repeat(200_000) });
  assert.deepEqual(await within(client.closed, PATIENCE_MS, 'its end'), { reason: 'timeout' });
  let text = '';
  socket.setEncoding('latin1').on('data', (part) => {
    text += part;
  });
  // Whichever of the two it hears first, it does not look complete.
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.resume();
  await within(closed, PATIENCE_MS, 'the end of its connection');
  assert.doesNotMatch(text, /\r\n0\r\n\r\n$/);
});

test('TLS: HTTP/1.1 and HTTP/2 on one port, and a certificate that is replaced', async (t) => {
  const app = await startListener(t, { tls: certificate });
  const { port } = app;
  const agent = new https.Agent({ ca, keepAlive: false });
  const source = connect(`https://localhost:${port}/events`, { tls: { ca } });
  t.after(() => source.close());
  const heard = [];
  source.on('event', ({ event, data }) => heard.push([event, data]));
  const session = http2.connect(`https://localhost:${port}`, { ca });
  t.after(() => session.destroy());
  const second = stream(t, session);
  await until(() => heard.length === 1, PATIENCE_MS, 'the first event');
  await second.says('connected');
  assert.equal(second.headers['content-type'], 'text/event-stream');
  await app.hub.broadcast({ event: 'note', data: 'to both' });
  await second.says('to both');
  await until(() => heard.length === 2, PATIENCE_MS, 'the event');
  assert.deepEqual(heard[1], ['note', 'to both']);
  // What is open stays; who comes now sees the other one.
  app.listener.setSecureContext({ cert: pem('self-signed.pem'), key: pem('self-signed-key.pem') });
  const refused = new Promise((resolve) => {
    https
      .get({ port, host: 'localhost', path: '/events', agent }, () => resolve(undefined))
      .on('error', resolve);
  });
  assert.match((await refused).code, /SELF_SIGNED|UNABLE_TO/);
  await app.hub.broadcast({ data: 'still' });
  await second.says('still');
});

test('HTTP/2 without TLS: streams of one session are clients of their own', async (t) => {
  const app = await startListener(t, {}, { lag: 'disconnect' });
  const session = http2.connect(app.url);
  t.after(() => session.destroy());
  const [one, two] = [stream(t, session), stream(t, session)];
  await Promise.all([one.says('connected'), two.says('connected')]);
  const none = stream(t, session, '/none');
  await until(() => none.status === 404, PATIENCE_MS, '404');
  await app.hub.broadcast({ data: 'both' });
  await Promise.all([one.says('data: both'), two.says('data: both')]);
  one.request.close(http2.constants.NGHTTP2_CANCEL);
  await counts(app.hub, 1);
  await app.hub.broadcast({ data: 'the other' });
  await two.says('the other');
  await app.hub.disconnect({ client: app.hub.clients()[0].id });
  await until(() => two.ended, PATIENCE_MS, 'the end');
  assert.match(two.text, /retry: \d+\n\n$/);
});

test('HTTP/2: one that takes nothing holds no other up', async (t) => {
  const app = await startListener(t, {}, { writeTimeout: null, lag: 'skip' });
  const session = http2.connect(app.url);
  t.after(() => session.destroy());
  const still = session.request({ ':path': '/events' });
  t.after(() => still.close());
  still.on('error', () => {});
  still.pause();
  const reads = stream(t, session);
  await reads.says('connected');
  await counts(app.hub, 2);
  for (let at = 0; at < 100; at++) {
    await app.hub.broadcast({ data: `${at} `.padEnd(10_000, 'x') });
    await reads.says(`data: ${at} `);
  }
  await until(() => app.hub.stats().stalled === 1, PATIENCE_MS, 'the one that stalls');
});

test('a Unix socket, and a socket that listens already', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'listener-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const socketPath = path.join(folder, 'hub.sock');
  const unix = await startListener(t, { port: undefined, host: undefined, socketPath });
  assert.deepEqual([unix.listener.port, unix.listener.address], [undefined, undefined]);
  const request = http.get({ socketPath, path: '/events' });
  t.after(() => request.destroy());
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 200);
  await assert.rejects(unix.hub.listen({ socketPath }), { code: 'ERR_SSE_LISTEN' });

  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const { fd } = server._handle;
  const given = await startListener(t, { port: undefined, host: undefined, fd });
  // From now on it is the hub alone that accepts.
  server.close();
  assert.equal(given.listener.port, port);
  await visit(t, `http://127.0.0.1:${port}/events`).heard(1);
});
