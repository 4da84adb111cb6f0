'use strict';

const errors = require('../core/errors.js');
const { headerRecord } = require('../core/http-values.js');
const { AttemptFailure, failure, threw } = require('./failures.js');
const { retryAfter } = require('./reconnect/retry-after.js');
const { byteString, normalizeBody, normalizeHeaders, normalizeUrl } = require('./request.js');

const EVENT_STREAM = 'text/event-stream';

/** Of a refusal so much is read, and for so long. */
const EXCERPT = 1024;
const EXCERPT_WAIT = 1000;

/** @typedef {ReturnType<typeof import('./options.js').normalize>} Options */

/**
 * What a function of the caller gives for this attempt, or what stands for all of them.
 *
 * @param {any} option
 * @param {object} context
 * @param {(value: unknown) => any} normalize
 */
async function answered(option, context, normalize) {
  if (typeof option !== 'function') return option;
  try {
    return normalize(await option(context));
  } catch (cause) {
    throw new AttemptFailure(threw(cause));
  }
}

/**
 * Sends the request of one attempt.
 *
 * @param {Options} options
 * @param {{ attempt: number, lastEventId: string, error: unknown }} context
 * @param {string} idempotencyKey
 * @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
async function request(options, context, idempotencyKey, signal) {
  const { safe, method, credentials, resume } = options;
  const { lastEventId } = context;
  const url = new URL(await answered(options.url, context, normalizeUrl));
  const own = await answered(options.headers, context, normalizeHeaders);
  const body = await answered(options.body, context, normalizeBody);
  const headers = new Headers(own);
  // Followed elsewhere, a request would carry both to whom the caller did not name.
  const redirect = body !== undefined || [...own].length > 0 ? 'manual' : 'follow';
  const set = (/** @type {string} */ name, /** @type {string} */ value) => {
    if (!headers.has(name)) headers.set(name, value);
  };
  set('accept', EVENT_STREAM);
  if (body?.type) set('content-type', body.type);
  if (!safe) set('idempotency-key', idempotencyKey);
  if (lastEventId !== '') {
    if (resume === undefined) headers.set('last-event-id', byteString(lastEventId));
    else url.searchParams.set(resume, lastEventId);
  }
  try {
    /** @type {any} */
    const init = { method, headers, body: body?.content, signal, redirect, credentials };
    return await fetch(url, { ...init, cache: 'no-store' });
  } catch (cause) {
    const error = failure(
      errors.SSEConnectError,
      'ERR_SSE_CONNECT',
      'connect',
      true,
      'there was no response: the server is away, hung up, or its CORS, its certificate or a policy of the page ' +
        'forbids the request; browsers do not say which, but their console does',
      { cause },
    );
    throw new AttemptFailure(error, 'unanswered');
  }
}

/** @param {string} type */
const essence = (type) => type.split(';')[0].trim();

/**
 * @param {string} type of the response
 * @param {readonly string[]} accept
 */
function suits(type, accept) {
  const wanted = [EVENT_STREAM, ...accept];
  return [type, ...type.split(',').map((one) => one.trim())].some(
    (one) => wanted.includes(one) || wanted.includes(essence(one)),
  );
}

/**
 * The first bytes of a refusal; the rest is not read.
 *
 * @param {Response} response
 */
async function excerpt({ body }) {
  const reader = body?.getReader();
  if (reader === undefined) return '';
  const timer = setTimeout(() => reader.cancel().catch(() => {}), EXCERPT_WAIT);
  let text = '';
  try {
    const decoder = new TextDecoder();
    while (text.length < EXCERPT) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // What came until then is shown.
  }
  clearTimeout(timer);
  reader.cancel().catch(() => {});
  return text.slice(0, EXCERPT);
}

/**
 * Whether the response is a stream; throws what else it is.
 *
 * @param {Response} response
 * @param {Options} options
 * @returns {Promise<boolean>} `false` for 204
 */
async function judge(response, { accept, policy }) {
  const { status, type, headers } = response;
  if (status === 204) return false;
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    const error = failure(
      errors.SSERedirectError,
      'ERR_SSE_REDIRECT',
      'response',
      false,
      'the server redirects the request, which is not followed with a body or headers of yours; ask the URL itself',
    );
    throw new AttemptFailure(error);
  }
  const got = headers.get('content-type')?.toLowerCase() ?? '';
  const success = response.ok && status !== 205;
  if (success && suits(got, accept)) return true;
  const told = {
    status,
    headers: headerRecord([...headers]),
    retryAfter: retryAfter(headers),
    body: await excerpt(response),
  };
  const shown = essence(got) || 'no content type';
  if (status === 200) {
    const error = failure(
      errors.SSEContentTypeError,
      'ERR_SSE_CONTENT_TYPE',
      'response',
      false,
      `the response is not an event stream (${shown}); if it is one all the same, list its type in \`accept\``,
      told,
    );
    throw new AttemptFailure(error);
  }
  const also = success ? ` and no event stream (${shown})` : '';
  const passes = status >= 500 ? ![501, 505, 506, 508, 510, 511].includes(status) : status === 409;
  const error = failure(
    errors.SSEStatusError,
    'ERR_SSE_STATUS',
    'response',
    passes || [408, 425, 429, ...policy.statuses].includes(status),
    `the server answered with status ${status}${also}`,
    told,
  );
  throw new AttemptFailure(error, { kind: 'status', status, retryAfter: told.retryAfter });
}

module.exports = { judge, request };
