'use strict';

const { alarmClock } = require('../core/alarm-clock.js');
const { runError } = require('./run-error.js');
const { breakOff } = require('./break-off.js');
const { greeting } = require('./greeting.js');
const { HEADERS } = require('./outputs.js');
const { RunIteration } = require('./run-iteration.js');
const { RunReader } = require('./run-reader.js');

/**
 * How long what was sent has before a failure breaks the body off, in milliseconds: servers and proxies throw
 * away what they have not passed on. Readers are to have ended within a second.
 */
const LINGER = 750;

const RAW_HEADERS = Object.freeze({ ...HEADERS, 'content-type': 'application/octet-stream' });

/**
 * @typedef {object} Opened where a response begins
 * @property {import('../../binding.js').NativeReader | null} native nothing if the client has everything
 * @property {boolean} raw
 */

/** @param {boolean} raw */
const headersOf = (raw) => (raw ? RAW_HEADERS : HEADERS);

/**
 * The run as a fetch-style response.
 *
 * @param {Opened} opened
 * @param {AbortSignal | undefined} signal of the request
 */
function response({ native, raw }, signal) {
  if (native === null) return new Response(null, { status: 204 });
  /** @type {InstanceType<typeof RunIteration<Uint8Array>>} */
  const iteration = new RunIteration(native);
  const leave = () => iteration.close();
  signal?.addEventListener('abort', leave, { once: true });
  let greeted = raw;
  const body = new ReadableStream(
    {
      async pull(controller) {
        if (!greeted) {
          greeted = true;
          controller.enqueue(greeting());
          return;
        }
        const bytes = await iteration.next();
        if (bytes !== undefined) {
          controller.enqueue(bytes);
          return;
        }
        signal?.removeEventListener('abort', leave);
        const error = runError(iteration.end);
        if (error === undefined) {
          controller.close();
          return;
        }
        await new Promise((resolve) => alarmClock().set(LINGER, () => resolve(undefined)));
        controller.error(error);
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: headersOf(raw) });
}

/**
 * The run into the response of a Node server; resolves when that is over, however the run ended.
 *
 * @param {Opened} opened
 * @param {import('node:http').ServerResponse} destination
 * @returns {Promise<void>}
 */
function pipe({ native, raw }, destination) {
  if (native === null) {
    destination.writeHead(204).end();
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const write = (/** @type {Uint8Array} */ bytes) => {
      const took = destination.write(bytes);
      // Of `compression` and its like; without it they hold events back.
      const { flush } = /** @type {any} */ (destination);
      if (typeof flush === 'function') flush.call(destination);
      return took;
    };
    const reader = new RunReader(native, {
      item: (bytes) => {
        if (!write(bytes)) reader.pause();
      },
      end: (end) => {
        const error = runError(end);
        if (error === undefined) {
          destination.end();
          return;
        }
        alarmClock().set(LINGER, () => {
          if (destination.destroyed) return;
          breakOff(destination);
          destination.destroy();
        });
      },
    });
    destination.on('drain', () => reader.flow());
    // Of a response an error only means that its client has gone.
    destination.on('error', () => {});
    destination.once('close', () => {
      reader.close();
      resolve();
    });
    if (destination.destroyed) {
      reader.close();
      resolve();
      return;
    }
    destination.writeHead(200, headersOf(raw));
    if (raw) destination.flushHeaders();
    else write(greeting());
    reader.flow();
  });
}

module.exports = { headersOf, pipe, response };
