'use strict';

/**
 * @typedef {object} Details
 * @property {string} code
 * @property {number} [errcode]
 * @property {unknown} [cause]
 */

/** See `WeChatError` in types/errors.d.ts. */
class WeChatError extends Error {
  /**
   * @param {string} message
   * @param {Details} details
   */
  constructor(message, { code, errcode, cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WeChatError';
    this.code = code;
    if (errcode !== undefined) this.errcode = errcode;
  }
}

module.exports = { WeChatError };
