'use strict';

const http = require('node:http');
const { deferred } = require('./deadline.js');

/**
 * @typedef {object} Call of the upstream, which costs money
 * @property {string} id of the run that it is made for
 * @property {{ data: string, at: number }[]} sent what it was told, and when
 * @property {boolean} open
 * @property {Promise<void>} closed its client has gone
 * @property {() => void} finish
 */

/** What the event of a call with a number says: text of several widths and lengths. */
const said = (id, at) =>
  `${id} ${at} ${[...'é你🎟️x'].slice(0, at % 7).join('')}${'.'.repeat((at * 37) % 200)}`;

/**
 * A provider of streams: `GET /ID` says an event each `every` milliseconds, `count` of them.
 *
 * @param {{ after(undo: () => void): void }} t
 * @param {{ every?: number, count?: number, type?: string }} [options]
 */
async function startUpstream(t, { every = 10, count = 100_000, type = 'text/event-stream' } = {}) {
  /** @type {Call[]} */
  const calls = [];
  const server = http.createServer((request, response) => {
    const id = decodeURIComponent(new URL(request.url, 'http://upstream').pathname.slice(1));
    const { promise: closed, resolve } = deferred();
    const finish = () => {
      clearInterval(timer);
      response.end();
    };
    const call = { id, sent: [], open: true, closed, finish };
    calls.push(call);
    response.writeHead(200, { 'content-type': type });
    const say = () => {
      const data = said(id, call.sent.length);
      call.sent.push({ data, at: performance.now() });
      response.write(type === 'text/event-stream' ? `data: ${data}\n\n` : `${data}\n`);
      if (call.sent.length === count) finish();
    };
    const timer = setInterval(say, every);
    say();
    response.once('close', () => {
      clearInterval(timer);
      call.open = false;
      resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    calls,
    /** The calls for one id. */
    of: (id) => calls.filter((call) => call.id === id),
  };
}

module.exports = { said, startUpstream };
