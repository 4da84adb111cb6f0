'use strict';

const { encodeEvent } = require('./encode-event.js');
const { SSEError } = require('../core/errors.js');

/** Frames that say what happened to the stream: before anything else was sent, they wait for no status. */
const NOTICES = new WeakSet();

/**
 * @param {string} event
 * @param {object} data
 */
function notice(event, data) {
  const frame = new Uint8Array(Buffer.from(encodeEvent({ event, data: JSON.stringify(data) })));
  NOTICES.add(frame);
  return frame;
}

/** @param {unknown} error */
function told(error) {
  // What an abort gives as its reason was written for others than the client.
  if (!(error instanceof SSEError)) return { code: 'ERR_SSE_CLOSED', message: 'the stream ended' };
  const { code, message, kind } = /** @type {any} */ (error);
  return { code, message, kind };
}

/**
 * The stream waits before it asks again.
 *
 * @param {import('../../index.js').RetryInfo} retry
 */
const retryNotice = ({ attempt, delay, error }) =>
  notice('retry', { attempt, delay, error: error && told(error) });

/**
 * The stream failed.
 *
 * @param {unknown} error
 */
const failureNotice = (error) => notice('failure', { error: told(error) });

/** What came before is void. */
const RESET = encodeEvent({ event: 'reset', data: '{}' });

/** A chunk that says so. No text holds it: there each quotation mark has a backslash before it. */
const RESET_CHUNK = /^data: .*"reset":true.*\n\n/gm;

/**
 * Chunks of an answer, with an event behind each that says that what came before is void.
 *
 * @param {Uint8Array} chunks
 */
function markResets(chunks) {
  const buffer = Buffer.from(chunks.buffer, chunks.byteOffset, chunks.byteLength);
  if (!buffer.includes('"reset":true')) return chunks;
  return Buffer.from(buffer.toString().replace(RESET_CHUNK, (chunk) => chunk + RESET));
}

/** @param {Uint8Array} bytes */
const isNotice = (bytes) => NOTICES.has(bytes);

module.exports = { failureNotice, isNotice, markResets, retryNotice };
