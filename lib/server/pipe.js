'use strict';

const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const { breakOff } = require('./break-off.js');
const check = require('../options/checks.js');
const { HEADERS, decide } = require('./outputs.js');

/**
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {import('./outputs.js').Source} Source
 */

/** @param {unknown} destination */
function checkDestination(destination) {
  const writable = /** @type {any} */ (destination);
  const methods = ['on', 'once', 'write', 'end', 'destroy'];
  if (methods.every((method) => typeof writable?.[method] === 'function')) return;
  throw check.wrong('destination', 'a writable stream, such as a response', destination);
}

/**
 * @param {Source} source
 * @param {import('node:stream').Writable} destination
 * @param {number | null} within
 */
async function pipe(source, destination, within) {
  const response = /** @type {ServerResponse} */ (destination);
  const client = watch(source, destination);
  const begins = typeof response.writeHead === 'function' && !response.headersSent;
  if (response.req?.method === 'HEAD') {
    source.close();
    if (begins && !client.gone) response.writeHead(200, HEADERS);
    return client.end();
  }
  const { status, headers, first, streams, error } = await decide(source, within);
  if (client.gone) return client.settle();
  if (begins && !response.headersSent) {
    response.writeHead(status, headers);
  } else if (error !== undefined) {
    await source.linger();
    return client.fail(error);
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
    return client.fail(error);
  }
  return client.end();
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
    /** Ends the destination; resolves once it has everything. */
    end: async () => {
      if (client.gone) return client.settle();
      const ended = new Promise((resolve) => {
        destination.once('finish', resolve).once('close', resolve);
      });
      // Without a callback: `compression` takes the first argument for data.
      destination.end();
      await ended;
      client.settle();
    },
    /**
     * Breaks the destination off, so that its client sees that something is missing.
     *
     * @param {unknown} error
     */
    fail: (error) => {
      if (client.gone) return client.settle();
      breakOff(destination);
      destination.destroy(/** @type {Error} */ (error));
      throw error;
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

/**
 * @param {Response} response
 * @param {import('node:stream').Writable} destination
 */
async function pipeResponse({ status, headers, body }, destination) {
  const response = /** @type {ServerResponse} */ (destination);
  if (typeof response.writeHead === 'function' && !response.headersSent) {
    response.writeHead(status, Object.fromEntries(headers));
  }
  if (body === null) destination.end();
  // A client that has gone is no failure: the source is closed then.
  else await pipeline(Readable.fromWeb(/** @type {any} */ (body)), destination).catch(() => {});
}

module.exports = { checkDestination, pipe, pipeResponse };
