'use strict';

/**
 * A body that ends with its connection, as HTTP/1.0 knows none other, looks whole whenever that is
 * closed: it must be reset.
 *
 * @param {import('node:stream').Writable} destination
 */
function breakOff(destination) {
  const response = /** @type {import('node:http').ServerResponse} */ (destination);
  const { socket, headersSent, chunkedEncoding } = response;
  if (!headersSent || chunkedEncoding !== false || response.hasHeader('content-length')) return;
  try {
    socket?.resetAndDestroy();
  } catch {
    // Not over TCP: TLS shows a cut by itself, a local socket cannot.
  }
}

module.exports = { breakOff };
