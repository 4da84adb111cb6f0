'use strict';

/** Digits with at most one point, which is stricter than `Number`. */
const NUMBER = /^(?:\d+\.?\d*|\.\d+)$/;

/**
 * The wait that a response asks for, in milliseconds: `retry-after-ms`, a habit of gateways for
 * language models, before `Retry-After` (RFC 9110, 10.2.3), seconds or a date.
 *
 * @param {Headers} headers
 * @returns {number | undefined} `undefined` if it says nothing, 0 for a date that has passed
 */
function retryAfter(headers) {
  const millis = headers.get('retry-after-ms')?.trim();
  if (millis !== undefined && NUMBER.test(millis)) return Number(millis);
  const value = headers.get('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (NUMBER.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  // Engines parse much that is no date of HTTP, such as "-5".
  if (Number.isNaN(date) || !/^[A-Z]/i.test(value)) return undefined;
  return Math.max(0, date - Date.now());
}

module.exports = { retryAfter };
