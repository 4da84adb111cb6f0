'use strict';

const http = require('node:http');
const { createGunzip } = require('node:zlib');
const { EventStreamDecoder } = require('../../index.js');
const { deferred, within } = require('./deadline.js');

/** How long an answer may take: `next dev` compiles a route when it is first asked for. */
const PATIENCE_MS = 30_000;

/**
 * Reads a stream as a browser does: with compression, and resuming after an event.
 *
 * @param {string} url
 * @param {{ headers?: Record<string, string>, json?: unknown }} [options] `json` is posted
 */
async function visit(url, { headers = {}, json } = {}) {
  const answered = deferred();
  const accepted = { accept: 'text/event-stream', 'accept-encoding': 'gzip' };
  const posted = json === undefined ? {} : { 'content-type': 'application/json' };
  const request = http.request(url, {
    agent: false,
    method: json === undefined ? 'GET' : 'POST',
    headers: { ...accepted, ...posted, ...headers },
  });
  request.end(json === undefined ? undefined : JSON.stringify(json));
  request.once('response', answered.resolve).on('error', answered.reject);
  const response = await within(answered.promise, PATIENCE_MS, `an answer of ${url}`);
  const plain =
    response.headers['content-encoding'] === 'gzip' ? response.pipe(createGunzip()) : response;
  const events = [];
  let arrived = deferred();
  const decoder = new EventStreamDecoder({
    onEvent: (event) => {
      events.push(event);
      arrived.resolve();
    },
  });
  plain.on('data', (bytes) => decoder.feed(bytes));
  // Leaving is one.
  plain.on('error', () => {});
  return {
    status: response.statusCode,
    headers: response.headers,
    /** The next event. */
    async next() {
      if (events.length === 0) await within(arrived.promise, PATIENCE_MS, 'an event');
      const event = events.shift();
      if (events.length === 0) arrived = deferred();
      return event;
    },
    leave: () => request.destroy(),
  };
}

/** A whole response, compressed on its way if the server does that. */
function get(url) {
  return fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
}

module.exports = { PATIENCE_MS, get, visit };
