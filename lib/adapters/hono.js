'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { EventWriter } = require('./event-writer.js');
const { changeResponse, streamResponse } = require('./fetch-routes.js');
const { HubRoutes } = require('./hub-routes.js');

/**
 * @typedef {import('./hono.js').HonoContext} HonoContext
 * @typedef {InstanceType<typeof EventWriter>} Writer
 */

/** What keeps proxies and compression from holding events back. */
const HEADERS = Object.freeze({
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
});

/**
 * See `hubRoutes` in hono.d.ts.
 *
 * @param {import('../../index.js').Hub} hub
 * @param {any} authorize
 * @param {any} [options]
 */
function hubRoutes(hub, authorize, options) {
  const routes = new HubRoutes(hub, authorize, options);
  return {
    /** @param {HonoContext} c */
    stream: async (c) => withHeaders(c, await streamResponse(hub, routes, c.req.raw, c)),
    /** @param {HonoContext} c */
    subscribe: async (c) => withHeaders(c, await changeResponse(routes, 'subscribe', c.req.raw, c)),
    /** @param {HonoContext} c */
    unsubscribe: async (c) =>
      withHeaders(c, await changeResponse(routes, 'unsubscribe', c.req.raw, c)),
  };
}

/**
 * Hono leaves what a middleware set by `c.header()` out of a response that it did not make.
 *
 * @param {HonoContext} c
 * @param {Response} response
 */
const withHeaders = (c, response) => c.newResponse(response.body, response);

/**
 * See `streamSSE` in hono.d.ts.
 *
 * @param {HonoContext} c
 * @param {(stream: any) => Promise<void>} cb
 * @param {(error: Error, stream: any) => Promise<void>} [onError]
 */
function streamSSE(c, cb, onError) {
  if (typeof cb !== 'function') {
    throw new SSEOptionError('streamSSE() takes a function second, which writes the events');
  }
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  const writer = new EventWriter();
  run(writer, cb, onError);
  return c.newResponse(writer.responseReadable);
}

/**
 * @param {Writer} writer
 * @param {(stream: any) => Promise<void>} cb
 * @param {((error: Error, stream: any) => Promise<void>) | undefined} onError
 */
async function run(writer, cb, onError) {
  try {
    await cb(writer);
    await writer.close();
  } catch (error) {
    try {
      if (onError && error instanceof Error) await onError(error, writer);
      else console.error(error);
    } catch (further) {
      console.error(further);
    }
    await writer.fail(error);
  }
}

module.exports = { hubRoutes, streamSSE };
