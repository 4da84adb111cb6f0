'use strict';

const { SSEError, SSEStateError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');
const check = require('../options/checks.js');

const uiMessages = lazy(() => require('./ui-messages.js'));

/** How long a response waits for its first event before it becomes a 200, in milliseconds. */
const DECIDE_WITHIN = 1000;

/** How long an output is silent before it sends a comment, in milliseconds: proxies wait for 30 s and more. */
const HEARTBEAT = 15_000;

const OPTIONS = ['decideWithin', 'heartbeat', 'notices', 'format'];

/** In which words an answer is told: as it is, or as the AI SDK has it. */
const FORMATS = ['events', 'ai-sdk'];

/** What keeps proxies and compression from holding events back. */
const HEADERS = Object.freeze({
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
});

/**
 * @typedef {InstanceType<typeof import('./output-source.js').OutputSource>} Source an encoded stream
 *
 * @typedef {object} Decision what a response begins with
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {Promise<Uint8Array | undefined>} first the first bytes; for a failure its description
 * @property {boolean} streams whether more follows
 * @property {unknown} [error] the failure, if that is what it is
 */

/**
 * @param {unknown} options
 * @param {readonly string[]} [known]
 */
function normalize(options, known = OPTIONS) {
  const given = check.group(options, '', known);
  const { decideWithin = DECIDE_WITHIN, heartbeat = HEARTBEAT } = given;
  const { notices = false, format = 'events' } = given;
  check.oneOf(format, 'format', FORMATS);
  return {
    notices: check.flag(notices, 'notices'),
    format,
    within: decideWithin === null ? null : check.milliseconds(decideWithin, 'decideWithin'),
    heartbeat: check.deadline(heartbeat, 'heartbeat'),
  };
}

/**
 * What `toResponse` was given: options, or the request that is answered and options.
 *
 * @param {readonly unknown[]} given
 */
function normalizeResponse(given) {
  const method = /** @type {any} */ (given[0])?.method;
  if (typeof method === 'string') return { method, ...normalize(given[1]) };
  if (given.length > 1 && given[0] !== undefined) {
    throw check.wrong('request', 'a Request', given[0]);
  }
  return { method: undefined, ...normalize(given.length > 1 ? given[1] : given[0]) };
}

/**
 * Waits for the first bytes, or long enough: until then a failure can still become a status.
 *
 * @param {Source} source
 * @param {number | null} within
 * @returns {Promise<Decision>}
 */
async function decide(source, within) {
  const first = source.next();
  const late = new Promise((resolve) => {
    if (within !== null) source.alarm(within, () => resolve('late'));
  });
  try {
    const decided = await Promise.race([first, late]);
    if (decided === 'late') {
      // Not lost: the bytes, or the failure, come as what follows.
      const beginning = Promise.resolve(source.beginEarly(first));
      return { status: 200, headers: { ...HEADERS }, first: beginning, streams: true };
    }
    if (decided === undefined && source.reason === 'no-content') {
      return { status: 204, headers: {}, first, streams: false };
    }
    source.begin();
    return { status: 200, headers: { ...HEADERS }, first, streams: true };
  } catch (error) {
    return failure(error);
  }
}

/**
 * @param {unknown} error
 * @returns {Decision}
 */
function failure(error) {
  // What an abort gives as its reason was written for others than the client.
  const told = error instanceof SSEError ? error : aborted(error);
  const { code, message, status, retryAfter } = /** @type {any} */ (told);
  /** @type {Record<string, string>} */
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  if (typeof retryAfter === 'number') headers['retry-after'] = `${Math.ceil(retryAfter / 1000)}`;
  const body = JSON.stringify({ error: { code, message } });
  return {
    status: statusOf(code, status),
    headers,
    first: Promise.resolve(Buffer.from(body)),
    streams: false,
    error,
  };
}

/** @param {unknown} reason of a signal */
function aborted(reason) {
  const late = reason instanceof Error && reason.name === 'TimeoutError';
  const message = late ? 'the stream did not begin in time' : 'the stream was aborted';
  return new SSEStateError(message, { code: late ? 'ERR_SSE_TIMEOUT' : 'ERR_SSE_CLOSED' });
}

/** What an origin says itself: with a status, or in an answer that began as a success. */
const REFUSALS = ['ERR_SSE_STATUS', 'ERR_SSE_PROVIDER'];

/**
 * The origin's own refusal is passed on; what happened on the way there is a gateway's failure. Also
 * a proxy's 407, which a browser would take for its own proxy asking for a password.
 *
 * @param {string} code
 * @param {number | undefined} status
 */
function statusOf(code, status) {
  if (REFUSALS.includes(code) && status !== undefined && status >= 400) return status;
  return code === 'ERR_SSE_TIMEOUT' ? 504 : 502;
}

/** @param {Source} source */
function toReadableStream(source) {
  source.begin();
  return readable(source);
}

/**
 * @param {Source} source
 * @param {Promise<Uint8Array | undefined>} [first] bytes to begin with
 */
function readable(source, first) {
  let next = first;
  return new ReadableStream(
    {
      async pull(controller) {
        const bytes = await (next ?? source.next());
        next = undefined;
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
      cancel() {
        source.close();
      },
    },
    // Nothing is read ahead: what is not taken waits at the server.
    { highWaterMark: 0 },
  );
}

/**
 * @param {Source} source
 * @param {object} how
 * @param {string} [how.method] of the request that is answered, if it is known
 * @param {number | null} how.within
 * @param {string} how.format
 */
async function toResponse(source, { method, within, format }) {
  if (method === 'HEAD') {
    source.close();
    return new Response(null, { headers: HEADERS });
  }
  const { status, headers, first, streams } = await decide(source, within);
  const body = streams ? readable(source, first) : ((await first) ?? null);
  const response = new Response(/** @type {any} */ (body), { status, headers });
  return format === 'ai-sdk' ? uiMessages().uiMessageResponse(response) : response;
}

module.exports = {
  FORMATS,
  HEADERS,
  decide,
  normalize,
  normalizeResponse,
  toReadableStream,
  toResponse,
};
