'use strict';

const { readJson } = require('./hub-routes.js');

/**
 * @typedef {import('./hub-routes.js').Answer} Answer
 * @typedef {InstanceType<typeof import('./hub-routes.js').HubRoutes>} HubRoutes
 */

/**
 * The stream as a response, for frameworks that speak fetch.
 *
 * @param {import('../../index.js').Hub} hub
 * @param {HubRoutes} routes
 * @param {Request} request
 * @param {unknown} [given] the request as the framework gives it to `authorize`
 */
async function streamResponse(hub, routes, request, given = request) {
  const decision = await routes.decide(given, request.method);
  return 'answer' in decision
    ? responseOf(decision.answer)
    : hub.response(request, decision.connect);
}

/**
 * @param {HubRoutes} routes
 * @param {'subscribe' | 'unsubscribe'} verb
 * @param {Request} request
 * @param {unknown} [given] the request as the framework gives it to `authorize`
 */
async function changeResponse(routes, verb, request, given = request) {
  const body = /** @type {any} */ (request.body);
  return responseOf(await routes.change(verb, given, () => readJson(body)));
}

/** @param {Answer} answer */
const responseOf = ({ status, headers, body }) =>
  new Response(body === '' ? null : body, { status, headers });

module.exports = { changeResponse, streamResponse };
