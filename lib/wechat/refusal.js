'use strict';

/**
 * Why a request is refused. The one who sent it is not told.
 *
 * @typedef {'method' | 'signature' | 'stale' | 'size' | 'body' | 'plain' | 'encrypted' | 'decryption' | 'receiver'} Reason
 */

/** A request that is refused. */
class Refusal extends Error {
  /** @param {Reason} reason */
  constructor(reason) {
    super(`a request was refused: ${reason}`);
    this.reason = reason;
  }
}

module.exports = { Refusal };
