'use strict';

const { HubRoutes, parsed, readJson } = require('./hub-routes.js');

/**
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {import('./hub-routes.js').Answer} Answer
 */

/**
 * See `hubRoutes` in express.d.ts.
 *
 * @param {import('../../index.js').Hub} hub
 * @param {any} authorize
 * @param {any} [options]
 */
function hubRoutes(hub, authorize, options) {
  const routes = new HubRoutes(hub, authorize, options);

  /** @param {'subscribe' | 'unsubscribe'} verb */
  const change =
    (verb) =>
    /**
     * @param {IncomingMessage} req
     * @param {ServerResponse} res
     * @param {(error: unknown) => void} next
     */
    async (req, res, next) => {
      try {
        send(res, await routes.change(verb, req, () => bodyOf(req)));
      } catch (error) {
        next(error);
      }
    };

  return {
    /**
     * @param {IncomingMessage} req
     * @param {ServerResponse} res
     * @param {(error: unknown) => void} next
     */
    async stream(req, res, next) {
      const decision = await routes.decide(req, req.method ?? 'GET');
      if ('answer' in decision) {
        send(res, decision.answer);
        return;
      }
      try {
        await hub.connect(req, res, decision.connect);
      } catch (error) {
        // A hub that takes no more clients has told this one.
        if (!res.headersSent) next(error);
      }
    },
    subscribe: change('subscribe'),
    unsubscribe: change('unsubscribe'),
  };
}

/**
 * What was posted, whether a middleware has parsed it or not.
 *
 * @param {IncomingMessage & { body?: unknown }} req
 */
function bodyOf(req) {
  const { body } = req;
  if (body === undefined) return readJson(req);
  return typeof body === 'string' || Buffer.isBuffer(body) ? parsed(String(body)) : body;
}

/**
 * @param {ServerResponse} res
 * @param {Answer} answer
 */
function send(res, { status, headers, body }) {
  res.writeHead(status, headers).end(body);
}

module.exports = { hubRoutes };
