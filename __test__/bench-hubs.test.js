'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { createServer } = require('node:http');
const { createInterface } = require('node:readline');
const test = require('node:test');

/** With numbers too small to measure anything. */
const EFFORT = { warmup: 1, measured: 50 };
const BRIEF = { clients: 12, stalled: 3, silence: 50, gap: 5, bytes: 200 };
const CHECKSUM = 'b46d5a23';
const LIMIT = { timeout: 120_000 };

test('every hub sends the same to all clients of its row', LIMIT, async (t) => {
  const { measure } = await import('../bench/measurement.mjs');
  const { buildPrograms } = await import('../bench/server.mjs');
  const { HUB_ROWS } = await import('../bench/hubs/rows.mjs');
  const { servers } = await import('../bench/hubs/nchan.mjs');
  buildPrograms();
  const missing = servers() === undefined ? ['hub-nchan'] : [];
  if (missing.length > 0) t.diagnostic('left out: nchan, which comes from packages of Debian');
  for (const row of HUB_ROWS) {
    const hub = { ...row.hub, ...BRIEF };
    for (const client of row.clients.filter((one) => !missing.includes(one))) {
      const where = `${client} at ${row.name}`;
      const { checksum, ...measures } = await measure({ ...row, hub }, client, NO_SERVER, EFFORT);
      assert.equal(checksum, CHECKSUM, where);
      for (const { measure: name } of row.floors) {
        assert.ok(Number.isFinite(measures[name]), `${name} of ${where}`);
      }
    }
  }
});

/** A hub asks the server of the benchmark for nothing. */
const NO_SERVER = {};

const EVENT_STREAM = { 'content-type': 'text/event-stream' };
const BYTES = 40;

/** The data of an event as bench/load expects it. */
const dataOf = (number, sent = 0) =>
  `${`${number}`.padStart(8, '0')} ${`${sent}`.padStart(20, '0')} `.padEnd(BYTES, 'x');

/** What an answer writes, in chunks that end anywhere. */
function writeInPieces(response, text) {
  for (let at = 0; at < text.length; at += 7) response.write(text.slice(at, at + 7));
}

/**
 * The clients of the benchmark, where this is how each of their requests is answered.
 *
 * @param {import('node:test').TestContext} t
 * @param {(response: import('node:http').ServerResponse) => void} answer
 * @param {string} [before] a command of the shell
 */
async function startLoad(t, answer, before = ':') {
  const { buildPrograms, loadProgram } = await import('../bench/server.mjs');
  buildPrograms();
  const server = createServer((_request, response) => answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const load = spawn('sh', [
    '-c',
    `${before}; exec "$@"`,
    'sh',
    loadProgram,
    `${port}`,
    `${BYTES}`,
  ]);
  // It may end before it has read an order.
  load.stdin.on('error', () => {});
  t.after(() => {
    load.kill('SIGKILL');
    server.close();
    server.closeAllConnections();
  });
  const lines = createInterface(load.stdout)[Symbol.asyncIterator]();
  const closed = once(load, 'close');
  let reason = '';
  load.stderr.setEncoding('utf8').on('data', (text) => {
    reason += text;
  });
  return {
    order: (line) => load.stdin.write(`${line}\n`),
    told: async () => JSON.parse((await lines.next()).value),
    end: async () => {
      const [code] = await closed;
      return { code, reason };
    },
  };
}

test('the clients of the benchmark take a stream apart, whatever its pieces', LIMIT, async (t) => {
  const responses = [];
  const load = await startLoad(t, (response) => {
    response.writeHead(200, EVENT_STREAM).flushHeaders();
    responses.push(response);
  });
  const writeAll = (text) => responses.map((response) => writeInPieces(response, text));
  load.order('open 3');
  assert.deepEqual(await load.told(), { opened: 3 });
  load.order('check');
  assert.deepEqual(await load.told(), { checking: true });
  writeAll(':\n\nretry: 7\n\nid: a\nevent: connected\ndata: {}\n\n');
  writeAll(`data: ${dataOf(4)}\nid: b\n\nevent:message\r\ndata:"${dataOf(5)}"\r\n\r\n`);
  const [four, five] = [await load.told(), await load.told()];
  assert.deepEqual([four.event, five.event], [4, 5]);
  load.order('sum');
  assert.match((await load.told()).checksum, /^[0-9a-f]{8}$/);

  load.order('stall 1');
  assert.deepEqual(await load.told(), { stalled: 1 });
  load.order('begin');
  assert.deepEqual(await load.told(), { begun: true });
  const sent = process.hrtime.bigint();
  writeAll(`data: ${dataOf(6, sent)}\n\n`);
  const six = await load.told();
  const taken = Number(process.hrtime.bigint() - sent);
  assert.equal(six.event, 6);
  assert.ok(six.last > 0 && six.last < taken, `${six.last} of ${taken} ns`);
  load.order('end');
  const { deliveries, p50, p99 } = await load.told();
  assert.equal(deliveries, 2);
  assert.ok(p50 > 0 && p50 <= p99 && p99 * 1e3 <= six.last, `${p50} ${p99} ${six.last}`);
});

test('the clients of the benchmark refuse what no hub may do', LIMIT, async (t) => {
  const stream = (text) => (response) => {
    response.writeHead(200, EVENT_STREAM);
    response.write(text);
    return response;
  };
  for (const [answer, expected] of [
    [
      (response) => response.writeHead(503, EVENT_STREAM).end(),
      /an answer without "http\/1.1 200"/,
    ],
    [(response) => response.end('text'), /an answer without "content-type: text\/event-stream"/],
    [
      (response) => response.writeHead(200, { ...EVENT_STREAM, 'content-length': 3 }).end(':\n\n'),
      /an answer without "transfer-encoding: chunked"/,
    ],
    [(response) => stream(':\n\n')(response).end(), /the hub ended a stream/],
    [(response) => response.socket.destroy(), /the hub closed a connection/],
    [stream(`data: ${dataOf(1)}\n\ndata: ${dataOf(3)}\n\n`), /event 3 came after 1/],
    [stream(`data: ${dataOf(2)}\n\ndata: ${dataOf(2)}\n\n`), /event 2 came after 2/],
    [stream('data: 123\n\n'), /an event has 3 bytes and not 40/],
    [stream(`data: ${'x'.repeat(BYTES)}\n\n`), /unexpected data: x{40}/],
  ]) {
    const load = await startLoad(t, answer);
    load.order('open 1');
    const { code, reason } = await load.end();
    assert.match(reason, expected);
    assert.equal(code, 1);
  }
});

test(
  'the clients of the benchmark refuse events that are not the same for all',
  LIMIT,
  async (t) => {
    let clients = 0;
    const load = await startLoad(t, (response) => {
      const data = dataOf(1).replace(/x$/, `${++clients}`);
      response.writeHead(200, EVENT_STREAM).write(`data: ${data}\n\n`);
    });
    load.order('check');
    assert.deepEqual(await load.told(), { checking: true });
    load.order('open 2');
    const told = [await load.told(), await load.told()];
    assert.deepEqual(told.map((line) => Object.keys(line)[0]).sort(), ['event', 'opened']);
    load.order('sum');
    const { code, reason } = await load.end();
    assert.match(reason, /clients received different events/);
    assert.equal(code, 1);
  },
);

test('too few open files are told of, with what helps', LIMIT, async (t) => {
  const load = await startLoad(t, (response) => response.destroy(), 'ulimit -n 64');
  load.order('open 1000');
  const { code, reason } = await load.end();
  assert.equal(code, 1);
  assert.match(reason, /at most 64 files may be open .* 1016 are needed: .*`ulimit -n 1016`/);
});
