// How fast the server can be: what a client reaches that does nothing but read.

import { connect } from 'node:net';

const EVENTS = 1 << 20;

/**
 * Events per second.
 *
 * @param {number} port
 * @param {string} query
 * @returns {Promise<number>}
 */
export function ceiling(port, query) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let tail = '';
    const read = (length, buffer) => {
      tail = buffer.latin1Slice(Math.max(0, length - END.length), length);
      if (!tail.endsWith(END)) return true;
      resolve(EVENTS / ((performance.now() - started) / 1e3));
      socket.destroy();
      return false;
    };
    const onread = { buffer: Buffer.alloc(256 * 1024), callback: read };
    const socket = connect({ host: '127.0.0.1', port, onread });
    socket.on('error', reject);
    socket.write(`GET /${query}&count=${EVENTS} HTTP/1.1\r\n\r\n`);
  });
}

/** The last chunk of a body. */
const END = '0\r\n\r\n';
