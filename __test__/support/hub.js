'use strict';

const http = require('node:http');
const { createHub } = require('../../index.js');
const { PATIENCE_MS } = require('./client.js');
const { until } = require('./deadline.js');
const { visit } = require('./relay.js');

/** Which way clients come in where a test does not say: `npm test` runs those of hubs by the hub's own sockets, too. */
const OUTPUT = process.env.PERENNIAL_TEST_OUTPUT ?? 'connect';

let hubs = 0;

/** A hub of its own: those of a process are told apart by their names. */
function freshHub(options) {
  hubs++;
  return createHub({ name: `hub ${process.pid} ${hubs}`, ...options });
}

/**
 * An application with a hub: every request becomes a client.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} [more]
 * @param {object} [more.hub] options of the hub
 * @param {(request: http.IncomingMessage) => object} [more.client] options of a client
 * @param {'connect' | 'response' | 'listen'} [more.output] the last is the hub's own sockets
 * @param {(response: http.ServerResponse) => void} [more.prepare] what a framework does before
 * @param {number} [more.port] where it listens; anywhere unless told
 */
async function startHubApp(t, { hub: options, client, output = OUTPUT, prepare, port = 0 } = {}) {
  const hub = freshHub(options);
  const failures = [];
  const clients = [];
  if (output === 'listen') return listen(t, hub, { client, port, clients, failures });
  const answer = async (request, response) => {
    prepare?.(response);
    const asked = client?.(request);
    if (output === 'connect') clients.push(await hub.connect(request, response, asked));
    else await respond(hub, request, response, asked, clients);
  };
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error) => {
      failures.push(error);
      response.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port: own } = server.address();
  return { hub, failures, clients, server, port: own, url: `http://127.0.0.1:${own}/events` };
}

/** The same on sockets of the core. */
async function listen(t, hub, { client, port, clients, failures }) {
  hub.on('connect', (one) => clients.push(one));
  const authorize = (request) => client?.(request) ?? {};
  const listener = await hub.listen({ port, host: '127.0.0.1', path: ['/', '/events'], authorize });
  t.after(() => listener.close({ deadline: 0 }));
  const url = `http://127.0.0.1:${listener.port}/events`;
  return { hub, failures, clients, listener, port: listener.port, url };
}

/** What adapters of frameworks that take a `Response` do with a Node server. */
async function respond(hub, { url, method, headers }, response, asked, clients) {
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  const request = new Request(`http://app${url}`, { method, headers, signal: abort.signal });
  const onClient = (client) => clients.push(client);
  const web = await hub.response(request, { ...asked, onClient });
  response.writeHead(web.status, Object.fromEntries(web.headers));
  response.flushHeaders();
  try {
    for await (const bytes of web.body ?? []) {
      if (!response.write(bytes)) await drained(response);
    }
    response.end();
  } catch {
    response.destroy();
  }
}

const drained = (response) =>
  new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });

/** Resolves once the hub has so many clients. */
const counts = (hub, clients) =>
  until(() => hub.stats().clients === clients, PATIENCE_MS, `${clients} clients`);

/** The events of a visit without those that a hub sends by itself. */
const published = ({ events }) =>
  events.filter(({ event }) => !['connected', 'gap', 'shutdown'].includes(event));

module.exports = { counts, freshHub, published, startHubApp, visit };
