'use strict';

const { certificate, pem } = require('./listening.js');

/** Options of `hub.listen` that are wrong, and what the message names. */
const LISTEN = [
  [{}, 'port, socketPath, fd'],
  [{ port: 0, fd: 3 }, 'port and fd'],
  [{ port: 65_536 }, 'port'],
  [{ port: '80' }, 'port'],
  [{ port: 0, host: 7 }, 'host'],
  [{ socketPath: 7 }, 'socketPath'],
  [{ port: 0, path: 'events' }, 'path'],
  [{ port: 0, path: '/a//b' }, 'path'],
  [{ port: 0, path: '/a?b' }, 'path'],
  [{ port: 0, path: [] }, 'path'],
  [{ port: 0, path: ['/a', '/:a/:a'] }, 'path[1]'],
  [{ port: 0, authorize: 'yes' }, 'authorize'],
  [{ port: 0, authorizeTimeout: 0 }, 'authorizeTimeout'],
  [{ port: 0, headersTimeout: Number.NaN }, 'headersTimeout'],
  [{ port: 0, maxHeaderSize: 10 }, 'maxHeaderSize'],
  [{ port: 0, maxConnectionsPerAddress: 0 }, 'maxConnectionsPerAddress'],
  [{ port: 0, metrics: {} }, 'metrics.port'],
  [{ port: 0, tls: {} }, 'tls.cert'],
  [{ port: 0, tls: { cert: 'x' } }, 'tls.cert'],
  [{ port: 0, tls: { cert: 'x', key: 'y' } }, 'tls.cert'],
  [{ port: 0, tls: { cert: '-----BEGIN CERTIFICATE-----\n*', key: 'y' } }, 'tls.key'],
  [{ port: 0, tls: { cert: certificate.cert, key: 'y' } }, 'tls.key'],
  [{ port: 0, tls: { cert: certificate.cert, key: pem('wildcard-key.pem') } }, 'tls.key'],
  [{ fd: 9999 }, 'fd'],
  [{ fd: 0 }, 'fd'],
  [{ port: 0, unknown: 1 }, 'unknown'],
];

module.exports = { LISTEN };
