'use strict';

// Servers that say a lot which means nothing, in a thread of their own: what they cost must not delay
// the stream that is measured beside them. A thread serves one flood and counts what it has sent.

const { constants, getPriority, setPriority } = require('node:os');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const zlib = require('node:zlib');
const { startServer } = require('../fault-server.js');
const { MIB } = require('../memory.js');

/** What becomes of 16 MiB of `text` in a coding: some thousandth of that. */
const packed = (compress, text) => compress(Buffer.alloc(16 * MIB, text));
const brotli = (bytes, bits = 22) => {
  const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_LGWIN: window } = zlib.constants;
  return zlib.brotliCompressSync(bytes, { params: { [quality]: 5, [window]: bits } });
};
/** Says `block` for ever, compressed if `coding` says so. */
const body = (block, coding) => ({
  begin: (exchange) => {
    exchange.head(200, coding === undefined ? {} : { 'content-encoding': coding });
  },
  goOn: (exchange) => exchange.write(block),
  block,
});
/** The same outside what HTTP frames. */
const bytes = (first, block) => ({
  begin: (exchange) => exchange.raw(first),
  goOn: (exchange) => exchange.raw(block),
  block,
});

/** Each is made when it is served: to compress it takes a while. */
const FLOODS = {
  'comments in gzip': () => body(packed(zlib.gzipSync, ': x\n'), 'gzip'),
  'comments in brotli': () => body(packed(brotli, ': x\n'), 'br'),
  'comments in the largest window of brotli': () =>
    body(brotli(Buffer.alloc(32 * MIB, ': x\n'), 24), 'br'),
  'blank lines in gzip': () => body(packed(zlib.gzipSync, '\n'), 'gzip'),
  'blank lines in brotli': () => body(packed(brotli, '\r\n'), 'br'),
  'unknown fields in gzip': () => body(packed(zlib.gzipSync, 'unknown: field\n'), 'gzip'),
  'an endless field name in brotli': () => body(packed(brotli, 'x'), 'br'),
  'an endless comment in gzip': () => body(packed(zlib.gzipSync, ':'), 'gzip'),
  'gzip in gzip': () => body(zlib.gzipSync(packed(zlib.gzipSync, ': x\n')), 'gzip, gzip'),
  'members of nothing': () => body(Buffer.alloc(20_000, zlib.gzipSync('')), 'gzip'),
  'blocks of nothing': () =>
    bytes(
      Buffer.concat([
        Buffer.from(
          'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n',
        ),
        zlib.gzipSync('').subarray(0, 10),
      ]),
      // An empty stored block, as each flush leaves one behind.
      Buffer.alloc(50_000, Buffer.from([0, 0, 0, 0xff, 0xff])),
    ),
  'blank lines': () => body(Buffer.alloc(65_536, '\n')),
  'unknown fields': () => body(Buffer.alloc(65_536, 'x\n')),
  'an endless field name': () => body(Buffer.alloc(65_536, 'x')),
  'chunks of a byte': () =>
    bytes(
      'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
      Buffer.alloc(60_000, '1\r\n:\r\n'),
    ),
  'early hints': () => bytes('', Buffer.alloc(63_000, 'HTTP/1.1 103 x\r\n\r\n')),
  'early hints with bare line feeds': () => bytes('', Buffer.alloc(64_000, 'HTTP/1.1 103 x\n\n')),
};

/** @typedef {{ url: string, sent: () => number, closed: Promise<unknown>, stop: () => unknown }} Flood */

/**
 * Starts the server of a flood.
 *
 * @param {string} name of one of `FLOODS`
 * @returns {Promise<Flood>}
 */
async function startFlood(name) {
  const sent = new Float64Array(new SharedArrayBuffer(8));
  const worker = new Worker(__filename, { workerData: { name, sent } });
  const told = () =>
    new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const url = await told();
  return { url, sent: () => sent[0], closed: told(), stop: () => worker.terminate() };
}

/** The least priority that there is: a machine may run all of this at a low one. */
const LEAST = constants.priority.PRIORITY_LOW;

async function serveFlood({ name, sent }) {
  // It would come from another machine. Where a thread has no priority of its own, it is the process's.
  if (process.platform === 'linux') setPriority(Math.min(getPriority() + 10, LEAST));
  const { begin, goOn, block } = FLOODS[name]();
  const server = await startServer(async (exchange) => {
    server.connections.at(-1).closed.then(() => parentPort.postMessage('closed'));
    await begin(exchange);
    for (;;) {
      await goOn(exchange);
      sent[0] += block.length;
    }
  });
  parentPort.postMessage(server.url);
}

if (!isMainThread && workerData?.name) serveFlood(workerData);

module.exports = { FLOODS: Object.keys(FLOODS), startFlood };
