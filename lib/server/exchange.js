'use strict';

const { SSEStateError } = require('../core/errors.js');
const check = require('../options/checks.js');
const { isTaken } = require('./response-sink.js');

/** What a client of a hub is served by. */
const METHODS = ['on', 'once', 'write', 'end', 'writeHead'];

/**
 * Whether a client can be made of what a Node server hands out.
 *
 * @param {any} request
 * @param {any} response
 */
function checkExchange(request, response) {
  if (typeof request?.headers !== 'object' || request.headers === null) {
    throw check.wrong('request', 'the request that is answered', request);
  }
  if (!METHODS.every((method) => typeof response?.[method] === 'function')) {
    throw check.wrong('response', 'the response of a server', response);
  }
  if (response.headersSent || isTaken(response)) {
    const message = 'the response is in use already; a client of a hub needs the whole of it';
    throw new SSEStateError(message, { code: 'ERR_SSE_CLOSED' });
  }
}

module.exports = { checkExchange };
