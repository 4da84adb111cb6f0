'use strict';

const { encodeEvent } = require('./encode-event.js');
const { SSEError } = require('../core/errors.js');

/**
 * The chunk that the core writes of a failure, unless nothing came before it.
 *
 * @param {unknown} error
 */
function errorChunk(error) {
  // What an abort gives as its reason was written for others than the client.
  if (!(error instanceof SSEError)) return undefined;
  const { message, code, kind: type = 'server' } = /** @type {any} */ (error);
  return Buffer.from(encodeEvent({ data: JSON.stringify({ error: { message, type, code } }) }));
}

module.exports = { errorChunk };
