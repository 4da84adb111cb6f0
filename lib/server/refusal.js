'use strict';

const { SSEStateError } = require('../core/errors.js');

/**
 * Why the hub does not admit a client.
 *
 * @param {'clients' | 'user' | 'closing' | 'revoked'} reason
 */
function refusal(reason) {
  if (reason === 'closing') {
    return new SSEStateError('the hub is closing', { code: 'ERR_SSE_CLOSED' });
  }
  if (reason === 'revoked') {
    const message = 'the user was revoked after this was issued; have the user sign in anew';
    return new SSEStateError(message, { code: 'ERR_SSE_REVOKED' });
  }
  const message =
    reason === 'user'
      ? 'the user has as many clients as maxPerUser allows'
      : 'the hub has as many clients as maxClients allows';
  return new SSEStateError(message, { code: 'ERR_SSE_OVERLOAD' });
}

module.exports = { refusal };
