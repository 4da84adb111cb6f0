'use strict';

const zlib = require('node:zlib');

const CODECS = {
  gzip: () => ({ stream: zlib.createGzip(), flush: zlib.constants.Z_SYNC_FLUSH }),
  br: () => ({ stream: zlib.createBrotliCompress(), flush: zlib.constants.BROTLI_OPERATION_FLUSH }),
};

/**
 * A compressor that gives up everything it has after each piece, as servers that compress event
 * streams must.
 *
 * @param {'gzip' | 'br'} coding
 */
function flushingEncoder(coding) {
  const { stream, flush } = CODECS[coding]();
  let parts = [];
  stream.on('data', (part) => parts.push(part));
  const take = () => {
    const bytes = Buffer.concat(parts);
    parts = [];
    return bytes;
  };
  return {
    /** The compressed form of `bytes`, complete enough to be decoded at once. */
    encode(bytes) {
      return new Promise((resolve, reject) => {
        stream.once('error', reject);
        stream.write(bytes);
        stream.flush(flush, () => {
          stream.off('error', reject);
          resolve(take());
        });
      });
    },
    /** The bytes that end the compressed body. */
    finish() {
      return new Promise((resolve, reject) => {
        stream.once('error', reject);
        stream.once('end', () => resolve(take()));
        stream.end();
      });
    },
  };
}

module.exports = { flushingEncoder };
