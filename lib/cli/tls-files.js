'use strict';

const { readNamed } = require('./payload.js');

/**
 * The option `tls`, of files that the command line names.
 *
 * @param {object} wish
 * @param {Partial<Record<'ca' | 'cert' | 'key', string | undefined>>} wish.pemFiles
 * @param {boolean} wish.insecure
 */
async function readTls({ pemFiles: { ca, cert, key }, insecure }) {
  return {
    ca: ca && (await readNamed(ca)),
    cert: cert && (await readNamed(cert)),
    key: key && (await readNamed(key)),
    rejectUnauthorized: !insecure,
  };
}

module.exports = { readTls };
