'use strict';

const http = require('node:http');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');

/**
 * Serves a function that takes a `Request` and gives a `Response`, as frameworks do that have no other.
 *
 * @param {(request: Request) => Response | Promise<Response>} handle what it throws is a 500
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
async function serveFetch(handle) {
  const server = http.createServer((incoming, outgoing) => answerFetch(handle, incoming, outgoing));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/**
 * Answers one request so.
 *
 * @param {(request: Request) => Response | Promise<Response>} handle
 * @param {http.IncomingMessage} incoming
 * @param {http.ServerResponse} outgoing
 */
async function answerFetch(handle, incoming, outgoing) {
  const leaving = new AbortController();
  outgoing.once('close', () => leaving.abort());
  outgoing.on('error', () => {});
  try {
    const response = await handle(requestOf(incoming, leaving.signal));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.flushHeaders();
    if (response.body === null) outgoing.end();
    else await pipeline(Readable.fromWeb(response.body), outgoing);
  } catch {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500).end();
  }
}

/**
 * @param {http.IncomingMessage} incoming
 * @param {AbortSignal} signal
 */
function requestOf(incoming, signal) {
  const { method, headers, url } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' } : {};
  return new Request(`http://${headers.host}${url}`, { method, headers, signal, ...body });
}

module.exports = { answerFetch, serveFetch };
