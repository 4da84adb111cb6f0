'use strict';

// A server that opens one stream for each request, in the asynchronous context of that request: once
// in this thread, once in two workers. Prints how often which function of the caller ran, and which
// calls saw another request's context.

const { AsyncLocalStorage } = require('node:async_hooks');
const { once } = require('node:events');
const http = require('node:http');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { connect, EventSource, createPool, chat } = require('../../..');
const { startServer } = require('../fault-server.js');
const { content, finish } = require('../context/answers.js');
const { Uses } = require('../context/uses.js');

const REQUESTS = 40;
const EVENTS = 24;
const WORKERS = 2;

/** What the upstream sends for `/events/N`: half, a reset, and the rest when it is asked again. */
async function upstream(exchange) {
  const { path, headers } = exchange.request;
  const [, kind] = path.split('/');
  if (kind === 'failing') return exchange.status(401, {}, 'no');
  if (kind === 'chat') return answer(exchange);
  const from = Number(headers['last-event-id'] ?? 0);
  if (from === 0) await exchange.comment('hello');
  for (let id = from + 1; id <= EVENTS; id++) {
    await exchange.event({ id: String(id), data: `${id}`, event: id % 3 ? undefined : 'third' });
    // Some come alone, so that they share a drain with other streams, and some in a row.
    if (id % 4 === 0) await exchange.sleep(1);
    if (id === EVENTS / 2 && from === 0) return exchange.reset();
  }
  await exchange.event({ data: 'end' });
  await exchange.end();
}

async function answer(exchange) {
  for (const word of ['a ', 'b ', 'c']) {
    await exchange.write(content(word));
    await exchange.sleep(5);
  }
  await exchange.write(finish());
  await exchange.end();
}

async function main() {
  const storage = new AsyncLocalStorage();
  const server = await startServer(upstream);
  const uses = new Uses(storage, { server, connect, EventSource, chat, createPool });
  const app = http.createServer((request, response) => {
    const [, use, id] = request.url.split('/');
    storage.run({ id }, () => uses.run(use, id).then(() => response.end('ok')));
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  const get = (path) =>
    new Promise((resolve, reject) => {
      const { port } = app.address();
      http
        .get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
          response.resume().once('end', resolve);
        })
        .once('error', reject);
    });
  for (const use of uses.names) {
    await Promise.all(Array.from({ length: REQUESTS }, (_, n) => get(`/${use}/${use}-${n}`)));
  }
  app.close();
  app.closeAllConnections();
  for (const { path, headers } of server.requests) uses.asked(path, headers);
  await server.close();
  return uses.report();
}

async function withWorkers() {
  const workers = Array.from({ length: WORKERS }, () => new Worker(__filename, { workerData: {} }));
  const reports = await Promise.all([main(), ...workers.map((worker) => once(worker, 'message'))]);
  return reports.flat();
}

if (isMainThread) withWorkers().then((reports) => console.log(JSON.stringify(reports)));
else if (workerData) main().then((report) => parentPort.postMessage(report));
