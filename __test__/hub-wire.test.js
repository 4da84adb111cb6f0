'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { createParser } = require('eventsource-parser');
const { connect } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until } = require('./support/deadline.js');
const { counts, freshHub, published, startHubApp, visit } = require('./support/hub.js');

const channels = ['news'];

/** Everything that comes over a connection on which these lines were sent. */
function talk(t, port, ...lines) {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  const talk = { socket, text: '', ended: false };
  socket.setEncoding('utf8');
  socket.on('data', (part) => {
    talk.text += part;
  });
  socket.on('end', () => {
    talk.ended = true;
  });
  talk.send = (...more) => socket.write(`${more.join('\r\n')}\r\n\r\n`);
  talk.says = (text) =>
    until(() => talk.text.includes(text), PATIENCE_MS, JSON.stringify(text)).then(() => talk);
  talk.send(...lines);
  return talk;
}

/** What chunks hold, read strictly; `rest` is what stands behind them. */
function unchunked(text) {
  let at = 0;
  let body = '';
  const bytes = Buffer.from(text);
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    const size = bytes.subarray(at, end).toString();
    assert.match(size, /^[\da-f]+$/, 'the size of a chunk');
    const length = Number.parseInt(size, 16);
    const start = end + 2;
    body += bytes.subarray(start, start + length);
    assert.equal(bytes.subarray(start + length, start + length + 2).toString(), '\r\n');
    at = start + length + 2;
    if (length === 0) return { body, rest: bytes.subarray(at).toString() };
  }
}

const dataOf = (body) => {
  const data = [];
  const parser = createParser({ onEvent: (event) => data.push(event.data) });
  parser.feed(body);
  return data.slice(1);
};

test('HTTP/1.1: chunks are framed to the byte, and the connection serves the next request', async (t) => {
  const app = await startHubApp(t, { client: () => ({ channels }) });
  const line = talk(t, app.port, 'GET /events HTTP/1.1', 'Host: app');
  await line.says('connected');
  const said = ['é 大河 🌊', 'x'.repeat(15), 'x'.repeat(70_000), ''];
  for (const data of said) await app.hub.publish('news', { data });
  await app.hub.publish('news', { data: 'last' });
  await line.says('last');
  await app.hub.disconnect({ channel: 'news' });
  await line.says('\r\n0\r\n\r\n');
  const head = line.text.indexOf('\r\n\r\n') + 4;
  const { body, rest } = unchunked(line.text.slice(head));
  assert.deepEqual(dataOf(body), [...said, 'last']);
  assert.equal(rest, '');
  line.text = '';
  line.send('GET /events HTTP/1.1', 'Host: app');
  await line.says('connected');
  await app.hub.publish('news', { data: 'to the second' });
  await line.says('to the second');
  assert.equal(app.hub.stats().clients, 1);
});

test('HTTP/1.1: a request that is sent behind an open one waits for its end', async (t) => {
  const app = await startHubApp(t, { output: 'connect', client: () => ({ channels }) });
  const request = ['GET /events HTTP/1.1', 'Host: app'];
  const line = talk(t, app.port, ...request, '', ...request);
  await counts(app.hub, 2);
  await app.hub.publish('news', { data: 'to both' });
  await line.says('to both');
  const [first] = app.clients;
  first.close();
  await line.says('\r\n0\r\n\r\n');
  await until(() => line.text.split('to both').length === 3, PATIENCE_MS, 'what the second got');
  await app.hub.publish('news', { data: 'more' });
  await line.says('more');
  const bodies = line.text.split('HTTP/1.1 200 OK').slice(1);
  const [one, two] = bodies.map((text) => text.slice(text.indexOf('\r\n\r\n') + 4));
  assert.deepEqual(dataOf(unchunked(one).body), ['to both']);
  assert.equal(two.split('\r\n0\r\n\r\n').length, 1, 'the second is open');
});

test('HTTP/1.1: nothing follows the end, if it is not the hub that ends the response', async (t) => {
  const responses = [];
  const prepare = (response) => responses.push(response);
  const app = await startHubApp(t, { output: 'connect', prepare, client: () => ({ channels }) });
  const line = talk(t, app.port, 'GET /events HTTP/1.1', 'Host: app');
  await line.says('connected');
  // More than connections hold: the end takes its time, and events come meanwhile.
  line.socket.pause();
  const large = 'y'.repeat(20_000_000);
  responses[0].end(`data: ${large}\n\n`);
  const { deliveries } = app.hub.stats();
  await app.hub.publish('news', { data: 'too late' });
  assert.equal(app.hub.stats().deliveries, deliveries + 1);
  const other = visit(t, app.url);
  await other.heard(1);
  line.socket.resume();
  await line.says('\r\n0\r\n\r\n');
  assert.deepEqual(await app.clients[0].closed, { reason: 'left' });
  line.send('GET /events HTTP/1.1', 'Host: app');
  await until(() => line.text.split('connected').length === 3, PATIENCE_MS, 'the next response');
  const [, one] = line.text.split('HTTP/1.1 200 OK');
  const { body, rest } = unchunked(one.slice(one.indexOf('\r\n\r\n') + 4));
  assert.deepEqual(dataOf(body), [large]);
  assert.equal(rest, '');
});

test('HTTP/1.0: the body is the events, and ends with the connection', async (t) => {
  const app = await startHubApp(t, { client: () => ({ channels }) });
  const line = talk(t, app.port, 'GET /events HTTP/1.0');
  await line.says('connected');
  await app.hub.publish('news', { data: 'plain' });
  await line.says('plain');
  await app.hub.disconnect({ channel: 'news' });
  await until(() => line.ended, PATIENCE_MS, 'the end of the connection');
  const [head, ...blocks] = line.text.split(/\r?\n\r?\n/);
  assert.match(head, /\r\nContent-Type: text\/event-stream/i);
  assert.doesNotMatch(head, /Transfer-Encoding/i);
  assert.equal(blocks[0], ':');
  assert.match(blocks[2], /^id: [\w-]+\ndata: plain$/);
});

test('HTTP/2: streams of one session are clients of their own', async (t) => {
  const hub = freshHub();
  const clients = [];
  const server = http2.createServer((request, response) => {
    hub.connect(request, response, { channels }).then((client) => clients.push(client));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`);
  t.after(() => {
    session.destroy();
    server.close();
  });
  const open = () => {
    const stream = session.request({ ':path': '/events' });
    const seen = { stream, text: '', headers: undefined, ended: false };
    stream.setEncoding('utf8');
    stream.on('response', (headers) => {
      seen.headers = headers;
    });
    stream.on('data', (part) => {
      seen.text += part;
    });
    stream.on('end', () => {
      seen.ended = true;
    });
    stream.on('error', () => {});
    return seen;
  };
  const streams = [open(), open(), open()];
  await counts(hub, 3);
  await hub.publish('news', { data: 'to all' });
  for (const seen of streams) {
    await until(() => seen.text.includes('to all'), PATIENCE_MS, 'an event');
    assert.equal(seen.headers[':status'], 200);
    assert.equal(seen.headers['content-type'], 'text/event-stream');
    assert.equal(seen.headers.connection, undefined);
  }
  streams[0].stream.close(http2.constants.NGHTTP2_CANCEL);
  await counts(hub, 2);
  await hub.disconnect({ client: clients.find((client) => client.channels.length > 0).id });
  await until(() => streams.some(({ ended }) => ended), PATIENCE_MS, 'an end');
  await counts(hub, 1);
  await hub.publish('news', { data: 'to the last' });
  await until(
    () => streams.filter(({ text }) => text.includes('to the last')).length === 1,
    PATIENCE_MS,
    'the last',
  );
  await hub.close({ spread: 0, deadline: 5000 });
  assert.equal(session.destroyed, false, "the session is not the hub's");
});

test('a response whose methods are replaced gets each write by them, and is flushed', async (t) => {
  const calls = { write: 0, flush: 0 };
  const prepare = (response) => {
    const { write } = response;
    response.write = (bytes, ...more) => {
      calls.write++;
      assert.ok(bytes instanceof Uint8Array);
      return write.call(response, bytes, ...more);
    };
    response.flush = () => {
      calls.flush++;
    };
  };
  const app = await startHubApp(t, { output: 'connect', prepare, client: () => ({ channels }) });
  const visitor = visit(t, app.url);
  await visitor.heard(1);
  for (let at = 0; at < 5; at++) {
    await app.hub.publish('news', { data: String(at) });
    await visitor.heard(2 + at);
  }
  assert.deepEqual(
    published(visitor).map(({ data }) => data),
    ['0', '1', '2', '3', '4'],
  );
  assert.ok(calls.write >= 7, `${calls.write} writes`);
  assert.equal(calls.flush, calls.write);
});

test('headers that were set before are kept', async (t) => {
  const prepare = (response) => {
    response.setHeader('X-Request-Id', 'r-1');
    response.setHeader('Set-Cookie', ['a=1', 'b=2']);
    response.setHeader('Cache-Control', 'private');
  };
  const app = await startHubApp(t, { output: 'connect', prepare });
  const { headers } = await visit(t, app.url).opened();
  assert.equal(headers['x-request-id'], 'r-1');
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
  assert.equal(headers['cache-control'], 'no-cache, no-transform');
});

test('a subclass of a response is written by its own methods', async (t) => {
  let writes = 0;
  class Counting extends http.ServerResponse {
    write(...args) {
      writes++;
      return super.write(...args);
    }
  }
  const hub = freshHub();
  const server = http.createServer({ ServerResponse: Counting }, (request, response) => {
    hub.connect(request, response, { channels });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const visitor = visit(t, `http://127.0.0.1:${server.address().port}/`);
  await visitor.heard(1);
  const before = writes;
  await hub.publish('news', { data: 'x' });
  await visitor.heard(2);
  assert.equal(writes, before + 1);
});

test('TLS: chunks go through the encrypted connection', async (t) => {
  const hub = freshHub();
  const read = (name) => readFileSync(path.join(__dirname, 'support', 'tls', `${name}.pem`));
  const tls = { key: read('localhost-key'), cert: read('localhost') };
  const server = https.createServer(tls, (request, response) => {
    hub.connect(request, response, { channels });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const stream = connect(`https://localhost:${server.address().port}/`, {
    tls: { ca: read('ca') },
  });
  t.after(() => stream.close());
  const data = [];
  for await (const event of stream) {
    if (event.event === 'connected') {
      for (let at = 0; at < 20; at++)
        await hub.publish('news', { data: `${at} `.padEnd(9000, '.') });
    } else data.push(event.data.split(' ')[0]);
    if (data.length === 20) break;
  }
  assert.deepEqual(
    data,
    Array.from({ length: 20 }, (_, index) => String(index)),
  );
});
