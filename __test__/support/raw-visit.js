'use strict';

const net = require('node:net');
const { within } = require('./deadline.js');

/** How long a response may take, also on a busy machine. */
const PATIENCE_MS = 60_000;

/** How a body in chunks ends that is whole. */
const LAST_CHUNK = /\r\n0\r\n\r\n$/;

/**
 * Everything that comes over a connection of its own, by a reader that may pause after each part.
 *
 * @param {number | string} port
 * @param {{ method?: string, path: string, json?: unknown, pause?: number }} options `json` is posted
 */
function visit(port, { method = 'GET', path, json, pause = 0 }) {
  const socket = net.connect(Number(port), '127.0.0.1');
  const seen = { text: '', error: undefined, socket };
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.setEncoding('utf8');
  socket.on('data', (part) => {
    seen.text += part;
    if (pause === 0) return;
    socket.pause();
    setTimeout(() => socket.resume(), pause);
  });
  socket.on('error', ({ code }) => {
    seen.error = code;
  });
  const body = json === undefined ? '' : JSON.stringify(json);
  const posted =
    json === undefined
      ? []
      : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
  const first = `${json === undefined ? method : 'POST'} ${path} HTTP/1.1`;
  socket.write(`${[first, 'Host: localhost', ...posted].join('\r\n')}\r\n\r\n${body}`);
  const whole = async () => {
    await within(closed, PATIENCE_MS, 'the end of the response').finally(() => socket.destroy());
    return seen;
  };
  return { seen, whole };
}

module.exports = { LAST_CHUNK, visit };
