'use strict';

const { createServer } = require('node:http');
const { isIP } = require('node:net');
const { EventStreamDecoderStream, createHub, memoryLog, redisLog } = require('../../index.js');
const { splitLines } = require('./lines.js');
const { PAGE, PAGE_HEADERS } = require('./serve-page.js');

/**
 * @typedef {import('./serve-arguments.js').ServeWish} ServeWish
 * @typedef {InstanceType<typeof import('./status.js').Status>} Status
 * @typedef {import('node:http').ServerResponse} ServerResponse
 */

const METHODS = ['GET', 'HEAD'];

/** What newcomers see: the log of a morning is still of use in the evening. */
const KEPT = { maxEvents: 1000, maxAge: 86_400_000 };

/**
 * Serves what standard input says, until a signal ends the program; rejects if it cannot.
 *
 * @param {ServeWish} wish
 * @param {Status} status
 */
async function runServe({ port, host, channel, redis }, status) {
  const log = redis === undefined ? memoryLog(KEPT) : redisLog({ url: redis, ...KEPT });
  // A reader of a log prefers the newest lines: one that is too slow skips, and is told so.
  const hub = createHub({ lag: 'skip', log });
  // A Redis that cannot be had is told at once.
  await hub.channels();
  hub.on('degraded', ({ degraded }) =>
    status.note(degraded ? 'Redis is away: lines go to clients of here' : 'Redis is back'),
  );
  /** @type {string | undefined} */
  let start;
  /** @type {import('node:http').RequestListener} */
  const connect = (req, res) => {
    // A client that has no position yet gets what is kept.
    const lastEventId = req.headers['last-event-id']?.toString() ?? start;
    // What is wrong with a request ends that request alone.
    hub.connect(req, res, { channels: [channel], lastEventId }).catch(() => res.destroy());
  };
  const isOwn = ownNames(host);
  const server = createServer((req, res) => {
    if (!isOwn(req.headers.host)) return refuse(res, 403, 'this server has another name');
    const [path] = (req.url ?? '').split('?');
    if (path !== '/' && path !== '/events') return refuse(res, 404, 'there are / and /events');
    if (!METHODS.includes(req.method ?? '')) return refuse(res, 405, 'only GET is served');
    if (path === '/') res.writeHead(200, PAGE_HEADERS).end(PAGE);
    else connect(req, res);
  });
  const { address, port: chosen } = await listen(server, port, host);
  try {
    start = await positionOf(hub, channel);
  } catch (error) {
    server.close();
    throw error;
  }
  const name = address.includes(':') ? `[${address}]` : address;
  status.note(`listening on http://${name}:${chosen}/, the stream is /events`);
  for await (const line of splitLines(process.stdin)) await hub.publish(channel, { data: line });
  status.note('standard input has ended; what it said can be read until Ctrl-C');
}

/**
 * The position behind what a channel has now, as the hub tells a client.
 *
 * @param {import('../../index.js').Hub} hub
 * @param {string} channel
 */
async function positionOf(hub, channel) {
  const { body } = await hub.response(new Request('http://localhost/'), { channels: [channel] });
  const events = /** @type {any} */ (body).pipeThrough(new EventStreamDecoderStream());
  for await (const { event, id } of events) if (event === 'connected') return id;
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 * @returns {Promise<import('node:net').AddressInfo>}
 */
function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      reject(new Error(`cannot listen on ${host}, port ${port} (${error.code})`)),
    );
    server.listen(port, host, () => resolve(/** @type {any} */ (server.address())));
  });
}

/**
 * Which names a request may call this machine by. A server for this machine alone is not to be read by the page of a
 * site whose name has been made to mean 127.0.0.1.
 *
 * @param {string} host where it listens
 */
function ownNames(host) {
  const local = host === 'localhost' || host === '::1' || host.startsWith('127.');
  return (/** @type {string | undefined} */ named) => {
    if (!local || named === undefined) return true;
    const name = named.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
    return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0;
  };
}

/**
 * @param {ServerResponse} res
 * @param {number} status
 * @param {string} why
 */
function refuse(res, status, why) {
  res.writeHead(status, { 'content-type': 'text/plain' }).end(`${why}\n`);
}

module.exports = { runServe };
