'use strict';

const { nextTick } = require('node:process');
const { SSEError, SSEStateError } = require('./errors.js');
const check = require('./option-checks.js');

/** How long a response waits for its first event before it becomes a 200, in milliseconds. */
const DECIDE_WITHIN = 1000;

/** Sent when a response begins before its first event, so that the client sees that it did. */
const BEGINNING = Buffer.from(':\n\n');

/** What keeps proxies and compression from holding events back. */
const HEADERS = Object.freeze({
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
});

/**
 * @typedef {object} Source an encoded stream
 * @property {() => Promise<Uint8Array | undefined>} next `undefined` at the end
 * @property {() => void} close
 * @property {(delay: number, callback: () => void) => void} alarm
 * @property {() => string | undefined} reason why it ended
 *
 * @typedef {object} Decision what a response begins with
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {Promise<Uint8Array | undefined>} first the first bytes; for a failure its description
 * @property {boolean} streams whether more follows
 * @property {unknown} [error] the failure, if that is what it is
 */

/**
 * @param {unknown} options
 * @returns {number | null}
 */
function decideWithin(options) {
  const { decideWithin: within = DECIDE_WITHIN } = check.group(options, '', ['decideWithin']);
  return within === null ? null : check.milliseconds(within, 'decideWithin');
}

/** @param {unknown} destination */
function checkDestination(destination) {
  const writable = /** @type {any} */ (destination);
  const methods = ['on', 'once', 'write', 'end', 'destroy'];
  if (methods.every((method) => typeof writable?.[method] === 'function')) return;
  throw check.wrong('destination', 'a writable stream, such as a response', destination);
}

/**
 * Waits for the first bytes, or long enough: until then a failure can still become a status.
 *
 * @param {Source} source
 * @param {number | null} within
 * @returns {Promise<Decision>}
 */
async function decide(source, within) {
  const first = source.next();
  const late = new Promise((resolve) => {
    if (within !== null) source.alarm(within, () => resolve('late'));
  });
  try {
    const decided = await Promise.race([first, late]);
    if (decided === 'late') {
      const beginning = Promise.resolve(BEGINNING);
      // Not lost: the bytes, or the failure, come as what follows.
      const next = source.next;
      let pending = /** @type {typeof first | undefined} */ (first);
      pending?.catch(() => {});
      source.next = () => {
        const bytes = pending ?? next();
        pending = undefined;
        return bytes;
      };
      return { status: 200, headers: { ...HEADERS }, first: beginning, streams: true };
    }
    if (decided === undefined && source.reason() === 'no-content') {
      return { status: 204, headers: {}, first, streams: false };
    }
    return { status: 200, headers: { ...HEADERS }, first, streams: true };
  } catch (error) {
    return failure(error);
  }
}

/**
 * @param {unknown} error
 * @returns {Decision}
 */
function failure(error) {
  // What an abort gives as its reason was written for others than the client.
  const told = error instanceof SSEError ? error : aborted(error);
  const { code, message, status, retryAfter } = /** @type {any} */ (told);
  /** @type {Record<string, string>} */
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  if (typeof retryAfter === 'number') headers['retry-after'] = `${Math.ceil(retryAfter / 1000)}`;
  const body = JSON.stringify({ error: { code, message } });
  return {
    status: statusOf(code, status),
    headers,
    first: Promise.resolve(Buffer.from(body)),
    streams: false,
    error,
  };
}

/** @param {unknown} reason of a signal */
function aborted(reason) {
  const late = reason instanceof Error && reason.name === 'TimeoutError';
  const message = late ? 'the stream did not begin in time' : 'the stream was aborted';
  return new SSEStateError(message, { code: late ? 'ERR_SSE_TIMEOUT' : 'ERR_SSE_CLOSED' });
}

/** What an origin says itself: with a status, or in an answer that began as a success. */
const REFUSALS = ['ERR_SSE_STATUS', 'ERR_SSE_PROVIDER'];

/**
 * The origin's own refusal is passed on; what happened on the way there is a gateway's failure. Also
 * a proxy's 407, which a browser would take for its own proxy asking for a password.
 *
 * @param {string} code
 * @param {number | undefined} status
 */
function statusOf(code, status) {
  if (REFUSALS.includes(code) && status !== undefined && status >= 400) return status;
  return code === 'ERR_SSE_TIMEOUT' ? 504 : 502;
}

/**
 * @param {Source} source
 * @param {Promise<Uint8Array | undefined>} [first] bytes to begin with
 */
function toReadableStream(source, first) {
  let next = first;
  return new ReadableStream(
    {
      async pull(controller) {
        const bytes = await (next ?? source.next());
        next = undefined;
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
      cancel() {
        source.close();
      },
    },
    // Nothing is read ahead: what nobody takes waits at the server.
    { highWaterMark: 0 },
  );
}

/**
 * @param {Source} source
 * @param {number | null} within
 */
async function toResponse(source, within) {
  const { status, headers, first, streams } = await decide(source, within);
  const body = streams ? toReadableStream(source, first) : ((await first) ?? null);
  return new Response(/** @type {any} */ (body), { status, headers });
}

/**
 * @param {Source} source
 * @param {import('node:stream').Writable} destination
 * @param {number | null} within
 */
async function pipe(source, destination, within) {
  const response = /** @type {import('node:http').ServerResponse} */ (destination);
  const client = watch(source, destination);
  const { status, headers, first, streams, error } = await decide(source, within);
  if (client.gone) return client.settle();
  if (typeof response.writeHead === 'function' && !response.headersSent) {
    response.writeHead(status, headers);
  } else if (error !== undefined) {
    destination.destroy(/** @type {Error} */ (error));
    throw error;
  }
  try {
    for (let bytes = await first; bytes !== undefined && !client.gone; ) {
      const took = destination.write(bytes);
      // Of `compression` and its like; without it they hold events back.
      const { flush } = /** @type {any} */ (destination);
      if (typeof flush === 'function') flush.call(destination);
      if (!took) await client.drained();
      if (!streams) break;
      bytes = await source.next();
    }
  } catch (error) {
    // Node holds a response's first bytes back until the next tick; what was written is to arrive.
    await new Promise((resolve) => nextTick(resolve));
    if (client.gone) return client.settle();
    destination.destroy(/** @type {Error} */ (error));
    throw error;
  }
  if (client.gone) return client.settle();
  const ended = new Promise((resolve) => {
    destination.once('finish', resolve).once('close', resolve);
  });
  // Without a callback: `compression` takes the first argument for data.
  destination.end();
  await ended;
  client.settle();
}

/**
 * Closes the source when the client leaves.
 *
 * @param {Source} source
 * @param {import('node:stream').Writable} destination
 */
function watch(source, destination) {
  let wake = () => {};
  /** @type {{ error: unknown } | undefined} */
  let failed;
  const client = {
    gone: destination.destroyed,
    /** Throws what broke the destination, if it broke: then it did not get everything. */
    settle: () => {
      if (failed) throw failed.error;
    },
    /** Resolves when the destination takes more, or never will. */
    drained: () =>
      new Promise((resolve) => {
        wake = () => resolve(undefined);
        if (client.gone || !destination.writableNeedDrain) wake();
      }),
  };
  const leave = () => {
    client.gone = true;
    source.close();
    wake();
  };
  destination.on('drain', () => wake());
  destination.once('close', leave);
  destination.on('error', (error) => {
    // Of a response an error only means that its client has gone.
    if (!('writeHead' in destination)) failed = { error };
    leave();
  });
  if (client.gone) source.close();
  return client;
}

module.exports = { checkDestination, decideWithin, pipe, toReadableStream, toResponse };
