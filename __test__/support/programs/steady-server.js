'use strict';

// A server, in a thread of its own, whose streams all say the time at the same moments: what else is
// measured beside it must not make it late.

const http = require('node:http');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

/** Milliseconds between two events. */
const EVERY = 5;

/**
 * Starts the server.
 *
 * @returns {Promise<{ url: string, stop: () => unknown }>}
 */
async function startSteady() {
  const worker = new Worker(__filename, { workerData: { steady: true } });
  const url = await new Promise((resolve, reject) =>
    worker.once('message', resolve).once('error', reject),
  );
  return { url, stop: () => worker.terminate() };
}

function serveSteady() {
  const open = new Set();
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    open.add(response);
    response.on('close', () => open.delete(response));
  });
  // On the clock of the system, which all processes share: when it begins to say so, and how long it
  // took to say the last, for which the server and not its readers are to blame.
  let took = 0;
  setInterval(() => {
    const now = process.hrtime.bigint();
    const event = `data: ${now} ${took}\n\n`;
    for (const response of open) response.write(event);
    took = Number(process.hrtime.bigint() - now);
  }, EVERY);
  server.listen(0, '127.0.0.1', () => {
    parentPort.postMessage(`http://127.0.0.1:${server.address().port}/`);
  });
}

if (!isMainThread && workerData?.steady) serveSteady();

module.exports = { startSteady };
