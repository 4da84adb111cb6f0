'use strict';

const { Refusal } = require('./refusal.js');

/** The largest body, in bytes: a message of WeChat has a few thousand. */
const LARGEST = 128 * 1024;

/**
 * The body of a request of Node, whether a middleware has read it or not.
 *
 * @param {import('node:http').IncomingMessage & { body?: unknown }} request
 * @returns {Promise<string>}
 */
async function nodeBody(request) {
  const { body } = request;
  if (typeof body === 'string' || Buffer.isBuffer(body)) return small(String(body));
  // A parser of JSON was before; an empty object is what parsers leave that read nothing.
  if (typeof body === 'object' && body !== null && request.readableEnded) {
    return small(JSON.stringify(body));
  }
  if (Number(request.headers['content-length']) > LARGEST) throw new Refusal('size');
  return collect(request);
}

/**
 * The body of a request of fetch.
 *
 * @param {Request} request
 * @returns {Promise<string>}
 */
async function fetchBody(request) {
  if (Number(request.headers.get('content-length')) > LARGEST) throw new Refusal('size');
  return request.body === null ? '' : collect(/** @type {any} */ (request.body));
}

/** @param {AsyncIterable<Uint8Array>} parts */
async function collect(parts) {
  const taken = [];
  let size = 0;
  try {
    for await (const part of parts) {
      size += part.length;
      if (size > LARGEST) break;
      taken.push(part);
    }
  } catch {
    // Who sent it has left.
    throw new Refusal('body');
  }
  if (size > LARGEST) throw new Refusal('size');
  return Buffer.concat(taken).toString();
}

/** @param {string} text */
function small(text) {
  if (Buffer.byteLength(text) > LARGEST) throw new Refusal('size');
  return text;
}

module.exports = { fetchBody, nodeBody };
