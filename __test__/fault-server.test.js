'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');

/** A raw client: everything a socket received, and how it ended. */
function dial(port, request = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n') {
  const socket = net.connect(port, '127.0.0.1');
  const seen = { socket, text: '', pieces: 0, error: null };
  socket.setEncoding('latin1').on('data', (text) => {
    seen.text += text;
    seen.pieces += 1;
  });
  socket.on('error', (error) => {
    seen.error = error;
  });
  seen.closed = new Promise((resolve) => socket.once('close', () => resolve(seen)));
  socket.write(request);
  return seen;
}

test('a stream arrives whole and a kept connection carries several exchanges', async (t) => {
  const server = await startServer(async (exchange) => {
    await exchange.comment('hello');
    await exchange.event({ id: 1, event: 'x', data: 'a\nb', retry: 5 });
  });
  t.after(() => server.close());
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (let round = 0; round < 3; round++) {
    const body = await new Promise((resolve, reject) => {
      const options = { agent, method: 'POST', headers: { 'Last-Event-ID': 'é' } };
      const request = http.request(`${server.url}/p?q`, options, async (response) => {
        assert.equal(response.headers['content-type'], 'text/event-stream');
        resolve((await response.toArray()).join(''));
      });
      request.on('error', reject).end('payload');
    });
    assert.equal(body, ': hello\nretry: 5\nevent: x\nid: 1\ndata: a\ndata: b\n\n');
  }
  assert.equal(server.connections.length, 1);
  assert.equal(server.connections[0].requests.length, 3);
  const { method, path, body, rawHeaders } = server.requests[2];
  assert.deepEqual([method, path, String(body)], ['POST', '/p?q', 'payload']);
  assert.ok(rawHeaders.some(([name]) => name === 'Last-Event-ID'));
});

test('reset is an RST and truncation a FIN inside a chunk', async (t) => {
  const server = await startServer(async (exchange) => {
    await exchange.write('data: 1\n\n');
    if (exchange.request.path === '/reset') {
      await exchange.sleep(20);
      await exchange.reset();
    } else {
      await exchange.truncate('data: ha');
    }
  });
  t.after(() => server.close());
  const reset = await dial(server.port, 'GET /reset HTTP/1.1\r\n\r\n').closed;
  assert.equal(reset.error?.code, 'ECONNRESET');
  const cut = await dial(server.port).closed;
  assert.equal(cut.error, null);
  assert.match(cut.text, /\r\n48\r\ndata: ha$/);
  assert.deepEqual(
    server.connections.map(({ closedBy, closedWith }) => [closedBy, closedWith]),
    [
      ['server', 'reset'],
      ['server', 'fin'],
    ],
  );
});

test('compressed events can be decoded one by one', async (t) => {
  const server = await startServer(async (exchange) => {
    if (exchange.request.path === '/br') exchange.brotli();
    else exchange.gzip();
    for (let id = 1; id <= 3; id++) await exchange.event({ id, data: 'x'.repeat(100) });
    if (exchange.request.path !== '/br') await exchange.stall();
  });
  t.after(() => server.close());
  assert.equal((await (await fetch(`${server.url}/br`)).text()).match(/id: /g).length, 3);
  const text = await new Promise((resolve) => {
    let seen = '';
    http.get(server.url, (response) => {
      const plain = response.pipe(zlib.createGunzip());
      plain.on('error', () => {});
      plain.on('data', (bytes) => {
        seen += bytes;
        if (seen.endsWith('\n\n') && seen.includes('id: 3')) {
          response.destroy();
          resolve(seen);
        }
      });
    });
  });
  assert.match(text, /^id: 1\n/);
});

test('a drip arrives in many pieces', async (t) => {
  const server = await startServer(async (exchange) => {
    exchange.head(200, {}, { framing: 'close' });
    await exchange.drip('data: dripped\n\n');
  });
  t.after(() => server.close());
  const seen = await dial(server.port).closed;
  assert.match(seen.text, /connection: close\r\n\r\ndata: dripped\n\n$/);
  assert.ok(seen.pieces > 3, `${seen.pieces} pieces`);
});

test('the server sees who left, and when', async (t) => {
  const left = [];
  const server = await startServer(async (exchange) => {
    await exchange.event({ data: 'x' });
    await exchange.stall();
    left.push(exchange.request.path);
  });
  t.after(() => server.close());
  const client = dial(server.port);
  await server.request(0);
  await until(() => client.text.includes('data: x'), 1000, 'the event');
  client.socket.destroy();
  const connection = await within(server.connections[0].closed, 100, 'the close');
  assert.equal(connection.closedBy, 'client');
  await until(() => left.length === 1, 100, 'the handler to notice');
  await assert.rejects(server.request(1, 20), /waited 20 ms for requests\[1\]; 1 came/);
});

test('a client that stops reading blocks the writer', async (t) => {
  let exchange;
  const server = await startServer(async (current) => {
    exchange = current;
    for (;;) await exchange.write(Buffer.alloc(1 << 16, 'x'));
  });
  t.after(() => server.close());
  const { socket } = dial(server.port);
  t.after(() => socket.destroy());
  socket.pause();
  await until(() => exchange?.blocked, 3000, 'a blocked write');
  socket.resume();
  await until(() => !exchange.blocked, 3000, 'the write to go on');
});

test('a refused window, and the same port afterwards', async (t) => {
  const server = await startServer((exchange) => exchange.status(200, {}, 'back'));
  t.after(() => server.close());
  const { port } = server;
  await server.refuse();
  assert.equal((await dial(port).closed).error?.code, 'ECONNREFUSED');
  await server.accept();
  assert.equal(server.port, port);
  assert.equal(await (await fetch(server.url)).text(), 'back');
});

test('redirects, statuses and silence', async (t) => {
  let fate = 'serve';
  const server = await startServer(
    async (exchange) => {
      if (exchange.request.path === '/from') await exchange.redirect(307, '/to');
      else await exchange.status(503, { 'retry-after': '1' }, 'busy');
    },
    { onConnection: () => fate },
  );
  t.after(() => server.close());
  const response = await fetch(`${server.url}/from`, { method: 'POST', body: 'b' });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '1');
  assert.equal(await response.text(), 'busy');
  assert.equal(server.requests[1].path, '/to');
  fate = 'ignore';
  const count = server.connections.length;
  const silent = dial(server.port);
  const connection = await server.connection(count);
  silent.socket.end();
  assert.equal((await within(connection.closed, 500, 'the close')).closedBy, 'client');
  assert.equal(silent.text, '');
});

test('what a handler throws fails the test that closes the server', async () => {
  const server = await startServer(() => {
    throw new Error('handler bug');
  });
  await dial(server.port).closed;
  await assert.rejects(server.close(), /handler bug/);
});
