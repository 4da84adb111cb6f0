'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { hasControls, redactUrl, wellFormed } = require('../core/http-values.js');
const check = require('./checks.js');
const { DEFAULTS, EVENT_SOURCE, RETRY_AFTER, SUBSCRIPTION } = require('./defaults.js');
const groups = require('./groups.js');
const { EndpointPool } = require('../pool/endpoint-pool.js');
const { affinityPlace, pooledPath } = require('../pool/options.js');
const request = require('./request.js');
const { SETTINGS, normalizeSettings, settingsOf } = require('./settings.js');
const { usualOf } = require('./usual.js');

/**
 * @typedef {import('./defaults.js').Kind} Kind
 * @typedef {import('./request.js').Target} Target
 * @typedef {import('./request.js').Payload} Payload
 * @typedef {import('./request.js').HeaderPairs} HeaderPairs
 *
 * @typedef {object} Callbacks what JavaScript answers while the stream runs, as the caller gave it
 * @property {Function} [url]
 * @property {Function} [headers]
 * @property {Function} [body]
 * @property {Function} [shouldRetry]
 * @property {Function} [terminal]
 *
 * @typedef {object} Fixed the parts of the request that no callback computes
 * @property {Target | null} target
 * @property {HeaderPairs} headers
 * @property {Payload | null} payload
 *
 * @typedef {object} Normalized
 * @property {NativeOptions} native what the core is told; survives JSON
 * @property {Uint8Array | null} body the body of every attempt, unless a callback computes it
 * @property {Callbacks} callbacks
 * @property {Fixed} fixed
 * @property {InstanceType<typeof EndpointPool>} [pool] where it asks, unless it has a URL
 * @property {AbortSignal | undefined} signal
 * @property {string} url without user name and password; empty while a callback is to say
 * @property {string} displayUrl the same, redacted, for errors
 *
 * @typedef {ReturnType<typeof nativeOptions> & { path?: string, affinity?: number | null,
 *   answer?: import('../chat/options.js').NativeAnswer }} NativeOptions
 *
 * @typedef {{ target: Target | null, callback?: Function }} Place where a stream goes, if it knows
 *
 * @typedef {object} Answers what the callbacks of one attempt returned; absent without a callback
 * @property {unknown} [url]
 * @property {unknown} [headers]
 * @property {unknown} [body]
 */

/** Options that depend on each other, or on the kind of stream; what stands alone is a setting. */
const REQUEST = ['method', 'headers', 'body', 'signal', 'retry', 'timeouts'];
const STREAM = ['lastEventId', 'retryRange', 'shouldRetry', 'terminal', 'pool', 'affinity'];

const EVENT_SOURCE_OPTIONS = [...REQUEST, ...settingsOf('EventSource')];
const OPTIONS = [...REQUEST, ...STREAM, ...Object.keys(SETTINGS)];

/**
 * Checks what `connect` was given, at once and completely. Throws `SSEOptionError`; calls no
 * callback.
 *
 * @param {unknown} url
 * @param {unknown} [options]
 * @returns {Normalized}
 */
function normalizeConnect(url, options) {
  const given = check.group(options, '', OPTIONS);
  const affinity = affinityPlace(given.affinity);
  const { pool } = given;
  if (pool === undefined) return normalize(placeOf(url), given, SUBSCRIPTION);
  if (!(pool instanceof EndpointPool)) {
    throw check.wrong('pool', 'what createPool() returns', pool);
  }
  const path = pooledPath(url);
  const normalized = normalize({ target: null }, given, SUBSCRIPTION);
  return { ...normalized, pool, native: { ...normalized.native, path, affinity } };
}

/**
 * Checks what `new EventSource` was given. Members that it does not know are ignored, as Web IDL
 * has it for dictionaries.
 *
 * @param {string} url
 * @param {Record<string, unknown>} init
 * @returns {Normalized}
 */
function normalizeEventSource(url, init) {
  const options = Object.fromEntries(EVENT_SOURCE_OPTIONS.map((name) => [name, init[name]]));
  return normalize(placeOf(url), options, EVENT_SOURCE);
}

/**
 * @param {unknown} url
 * @returns {Place}
 */
function placeOf(url) {
  return typeof url === 'function'
    ? { target: null, callback: url }
    : { target: request.normalizeUrl(url) };
}

/**
 * @param {Place} place
 * @param {Record<string, any>} options
 * @param {Kind} kind
 * @returns {Normalized}
 */
function normalize(place, options, kind) {
  const callbacks = collectCallbacks(place, options);
  const fixed = {
    target: place.target,
    headers: callbacks.headers ? [] : request.normalizeHeaders(options.headers),
    payload: callbacks.body ? null : request.normalizeBody(options.body),
  };
  const native = nativeOptions(options, callbacks, fixed, kind);
  return {
    native,
    body: fixed.payload?.bytes ?? null,
    callbacks,
    fixed,
    signal: checkedSignal(options.signal),
    url: fixed.target?.url ?? '',
    displayUrl: fixed.target ? redactUrl(fixed.target.url) : '',
  };
}

/**
 * @param {Record<string, any>} options
 * @param {Callbacks} callbacks
 * @param {Fixed} fixed
 * @param {Kind} kind
 */
function nativeOptions(options, callbacks, fixed, kind) {
  const hasBody = fixed.payload !== null || callbacks.body !== undefined;
  const method = checkedMethod(options.method, hasBody);
  const safe = method === 'GET' || method === 'HEAD';
  const strict = kind === EVENT_SOURCE;
  const differences = safe ? kind.safe : kind.unsafe;
  const lastEventId = initialId(options.lastEventId, fixed);
  const usual = usualOf(differences);
  const retryRange =
    options.retryRange === undefined
      ? usual.retryRange
      : groups.normalizeRetryRange(options.retryRange, DEFAULTS.retryRange);
  const terminal = callbacks.terminal ? [] : groups.normalizeTerminal(options.terminal);
  const settings = normalizeSettings(options);
  checkCarriage(settings.http2, settings.proxy, fixed.target?.url);
  return {
    method,
    url: fixed.target?.url ?? null,
    headers: request.requestHeaders(fixed.headers, fixed.target, fixed.payload),
    lastEventId,
    retry: {
      retryAfterCap: safe ? RETRY_AFTER.safe : RETRY_AFTER.unsafe,
      serverMin: retryRange.min,
      serverMax: retryRange.max,
      ...(options.retry === undefined
        ? usual.retry
        : groups.normalizeRetry(options.retry, usual.retryDefaults)),
    },
    timeouts:
      options.timeouts === undefined
        ? usual.timeouts
        : groups.normalizeTimeouts(options.timeouts, usual.timeoutDefaults),
    terminal,
    callbacks: {
      url: callbacks.url !== undefined,
      headers: callbacks.headers !== undefined,
      body: callbacks.body !== undefined,
      shouldRetry: callbacks.shouldRetry !== undefined,
      terminal: callbacks.terminal !== undefined,
    },
    strict,
    // Behind the rest, of which V8 then knows the shape: before it, each member takes a microsecond.
    ...settings,
  };
}

/**
 * @param {Place} place
 * @param {Record<string, any>} options
 * @returns {Callbacks}
 */
function collectCallbacks({ callback }, options) {
  const { shouldRetry } = options;
  if (shouldRetry !== undefined && typeof shouldRetry !== 'function') {
    throw check.wrong('shouldRetry', 'a function', shouldRetry);
  }
  /** @type {Callbacks} */
  const callbacks = {};
  if (callback !== undefined) callbacks.url = callback;
  if (typeof options.headers === 'function') callbacks.headers = options.headers;
  if (typeof options.body === 'function') callbacks.body = options.body;
  if (typeof options.terminal === 'function') callbacks.terminal = options.terminal;
  if (shouldRetry !== undefined) callbacks.shouldRetry = shouldRetry;
  return callbacks;
}

/**
 * @param {unknown} value
 * @param {boolean} hasBody
 * @returns {string}
 */
function checkedMethod(value, hasBody) {
  if (value === undefined) return hasBody ? 'POST' : 'GET';
  const method = check.text(value, 'method').toUpperCase();
  // CONNECT opens a tunnel and TRACE echoes credentials; fetch refuses both as well.
  if (!request.TOKEN.test(method) || method === 'CONNECT' || method === 'TRACE') {
    throw check.wrong('method', 'an HTTP method other than CONNECT and TRACE', value);
  }
  if (hasBody && (method === 'GET' || method === 'HEAD')) {
    throw new SSEOptionError(`body cannot be sent with ${method}; leave out one of the two`);
  }
  return method;
}

/**
 * The id to resume after. A caller's own `Last-Event-ID` header is the same wish in another place;
 * it is taken out of `fixed.headers`, since the stream sends that header with the newest id.
 *
 * @param {unknown} value
 * @param {Fixed} fixed
 */
function initialId(value, fixed) {
  const header = fixed.headers.find(([name]) => name === 'last-event-id');
  fixed.headers = fixed.headers.filter(([name]) => name !== 'last-event-id');
  const id = check.text(value ?? header?.[1] ?? '', 'lastEventId');
  if (hasControls(id)) throw new SSEOptionError('lastEventId must not hold control characters');
  return wellFormed(id);
}

/**
 * @param {boolean} http2
 * @param {string | null} proxy
 * @param {string | undefined} url
 */
function checkCarriage(http2, proxy, url) {
  // Such a proxy takes the request itself, in HTTP/1.1; only https goes through it as it is.
  if (http2 && proxy?.startsWith('http') && url?.startsWith('http:')) {
    throw new SSEOptionError(
      'http2 cannot be used for an http: url through an http proxy; leave out one of the two',
    );
  }
}

/**
 * @param {unknown} value
 * @returns {AbortSignal | undefined}
 */
function checkedSignal(value) {
  if (value === undefined || value === null) return undefined;
  const signal = /** @type {AbortSignal} */ (value);
  // By shape, not by class: polyfills and other realms have classes of their own.
  if (typeof signal.aborted === 'boolean' && typeof signal.addEventListener === 'function') {
    return signal;
  }
  throw check.wrong('signal', 'an AbortSignal', value);
}

/**
 * The request of one attempt: what the callbacks answered, checked as strictly as options are, and
 * what is fixed.
 *
 * @param {Pick<Normalized, 'callbacks' | 'fixed'>} request
 * @param {Answers} answers
 * @returns {{ url: string | null, headers: HeaderPairs, body: Uint8Array | null }} without a URL
 *   where the pool says it
 */
function normalizeAnswers({ callbacks, fixed }, answers) {
  const target = callbacks.url ? request.normalizeUrl(answers.url) : fixed.target;
  const headers = callbacks.headers ? request.normalizeHeaders(answers.headers) : fixed.headers;
  const payload = callbacks.body ? request.normalizeBody(answers.body) : fixed.payload;
  if (headers.some(([name]) => name === 'last-event-id')) {
    throw new SSEOptionError('headers must not set "last-event-id" here: the stream does');
  }
  return {
    url: target?.url ?? null,
    headers: request.requestHeaders(headers, target, payload),
    body: payload?.bytes ?? null,
  };
}

module.exports = {
  checkCarriage,
  normalize,
  normalizeAnswers,
  normalizeConnect,
  normalizeEventSource,
};
