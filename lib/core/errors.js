'use strict';

const { lazy } = require('./lazy.js');

const values = lazy(() => require('./http-values.js'));

/**
 * What an error knows beside its message. Absent members are left off the error altogether.
 *
 * @typedef {import('../../index.js').ErrorCode} ErrorCode
 *
 * @typedef {object} Details
 * @property {ErrorCode} code
 * @property {string} [phase]
 * @property {number} [status]
 * @property {boolean} [retryable]
 * @property {boolean} [exhausted]
 * @property {number} [attempt]
 * @property {number} [retryAfter]
 * @property {string} [url] redacted by the constructor, so that no path can forget to
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {string} [lastEventId]
 * @property {number} [events]
 * @property {number} [bytes]
 * @property {string} [tail]
 * @property {string} [kind]
 * @property {string} [providerCode]
 * @property {string} [requestId]
 * @property {unknown} [cause]
 */

/**
 * A failure as the core tells it.
 *
 * @typedef {object} NativeFailure
 * @property {string} code
 * @property {string} message
 * @property {string} [phase]
 * @property {number | null} [status]
 * @property {ReadonlyArray<readonly [string, string]> | null} [headers]
 * @property {string | null} [body]
 * @property {number | null} [attempt]
 * @property {boolean | null} [retryable]
 * @property {boolean | null} [exhausted]
 * @property {number | null} [retryAfter]
 * @property {string | null} [url]
 * @property {readonly string[] | null} [causes] outermost first
 * @property {string | null} [lastEventId]
 * @property {number | null} [events]
 * @property {number | null} [bytes]
 * @property {string | null} [tail]
 * @property {string | null} [kind]
 * @property {string | null} [providerCode]
 * @property {string | null} [requestId]
 */

const SHOWN = /** @type {const} */ ([
  'phase',
  'status',
  'retryable',
  'exhausted',
  'attempt',
  'retryAfter',
  'body',
  'lastEventId',
  'events',
  'bytes',
  'tail',
  'kind',
  'providerCode',
  'requestId',
]);

/** @type {Map<Function, symbol>} */
const BRANDS = new Map();

/**
 * `instanceof` by brand: two copies of this package in one process must recognise each other's
 * errors. A subclass made elsewhere has no brand and keeps the ordinary meaning.
 *
 * @param {Function} Class
 * @param {unknown} value
 */
function isInstance(Class, value) {
  const brand = BRANDS.get(Class);
  if (brand === undefined) return Function.prototype[Symbol.hasInstance].call(Class, value);
  return typeof value === 'object' && value !== null && /** @type {any} */ (value)[brand] === true;
}

/**
 * @param {Function} Class
 * @param {readonly Function[]} ancestors further classes whose brand it carries
 */
function brand(Class, ancestors = []) {
  const own = Symbol.for(`perennial-sse.${Class.name}`);
  BRANDS.set(Class, own);
  const inherited = ancestors.map((ancestor) => BRANDS.get(ancestor));
  for (const symbol of [own, ...inherited]) {
    if (symbol !== undefined) Object.defineProperty(Class.prototype, symbol, { value: true });
  }
  Object.defineProperty(Class.prototype, 'name', {
    value: Class.name,
    writable: true,
    configurable: true,
  });
}

/**
 * @param {Error} error
 * @param {Partial<Details>} details
 */
function describe(error, details) {
  const target = /** @type {any} */ (error);
  for (const name of SHOWN) {
    if (details[name] !== undefined && details[name] !== null) target[name] = details[name];
  }
  if (details.url) target.url = values().redactUrl(details.url);
  if (details.headers) {
    // Reachable but never printed: a `Set-Cookie` must not land in a log with the error.
    Object.defineProperty(error, 'headers', {
      value: details.headers,
      writable: true,
      configurable: true,
    });
  }
}

/** @param {Partial<Details>} details */
const causeOf = (details) => ('cause' in details ? { cause: details.cause } : undefined);

/** Every failure of this package. */
class SSEError extends Error {
  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    return isInstance(this, value);
  }

  /**
   * @param {string} message
   * @param {Details} details
   */
  constructor(message, details) {
    super(message, causeOf(details));
    /** @type {ErrorCode} */
    this.code = details.code;
    describe(this, details);
  }
}

class SSEConnectError extends SSEError {}
class SSETLSError extends SSEError {}
class SSEProxyError extends SSEError {}
class SSETimeoutError extends SSEError {}
class SSEStatusError extends SSEError {}
class SSEContentTypeError extends SSEError {}
class SSEContentEncodingError extends SSEError {}
class SSERedirectError extends SSEError {}
class SSEResetError extends SSEError {}
class SSETruncatedError extends SSEError {}
class SSESizeError extends SSEError {}
class SSECallbackError extends SSEError {}
class SSEExhaustedError extends SSEError {}
class SSERequestError extends SSEError {}
class SSEProviderError extends SSEError {}
class SSEMalformedError extends SSEError {}
class SSEPoolError extends SSEError {}
class SSEInternalError extends SSEError {}
class SSEStateError extends SSEError {}
class SSERunError extends SSEError {}
class SSEAuthError extends SSEError {}

/** A wrong argument: a `TypeError`, as everywhere in Node, and an `SSEError` by its brand. */
class SSEOptionError extends TypeError {
  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    return isInstance(this, value);
  }

  /**
   * @param {string} message
   * @param {Partial<Details>} [details]
   */
  constructor(message, details = {}) {
    super(message, causeOf(details));
    /** @type {ErrorCode} */
    this.code = details.code ?? 'ERR_SSE_OPTION';
    describe(this, details);
  }
}

/** The class of every code. */
const ERROR_CLASSES = Object.freeze({
  ERR_SSE_CONNECT: SSEConnectError,
  ERR_SSE_DNS: SSEConnectError,
  ERR_SSE_TLS: SSETLSError,
  ERR_SSE_PROXY: SSEProxyError,
  ERR_SSE_TIMEOUT: SSETimeoutError,
  ERR_SSE_STATUS: SSEStatusError,
  ERR_SSE_CONTENT_TYPE: SSEContentTypeError,
  ERR_SSE_CONTENT_ENCODING: SSEContentEncodingError,
  ERR_SSE_REDIRECT: SSERedirectError,
  ERR_SSE_RESET: SSEResetError,
  ERR_SSE_TRUNCATED: SSETruncatedError,
  ERR_SSE_SIZE: SSESizeError,
  ERR_SSE_CALLBACK: SSECallbackError,
  ERR_SSE_EXHAUSTED: SSEExhaustedError,
  ERR_SSE_REQUEST: SSERequestError,
  ERR_SSE_PROVIDER: SSEProviderError,
  ERR_SSE_MALFORMED: SSEMalformedError,
  ERR_SSE_POOL: SSEPoolError,
  ERR_SSE_INTERNAL: SSEInternalError,
  ERR_SSE_ADDON: SSEError,
  ERR_SSE_OPTION: SSEOptionError,
  ERR_SSE_LOCKED: SSEStateError,
  ERR_SSE_CLOSED: SSEStateError,
  ERR_SSE_RESTARTED: SSEStateError,
  ERR_SSE_OVERLOAD: SSEStateError,
  ERR_SSE_REVOKED: SSEStateError,
  ERR_SSE_STORE: SSEStateError,
  ERR_SSE_UNAUTHORIZED: SSEAuthError,
  ERR_SSE_KEYS: SSEAuthError,
  ERR_SSE_STOPPED: SSERunError,
  ERR_SSE_PRODUCER_LOST: SSERunError,
  ERR_SSE_SOURCE: SSERunError,
  ERR_SSE_LOG: SSERunError,
});

brand(SSEError);
for (const Class of new Set(Object.values(ERROR_CLASSES))) {
  if (Class !== SSEError) brand(Class, Class === SSEOptionError ? [SSEError] : []);
}

/**
 * The error for a failure told by the core.
 *
 * @param {NativeFailure} failure
 * @param {string | URL} [url] what the stream was asked for, when the failure does not say
 * @param {unknown} [cause] a value thrown by the caller's own code; wins over `failure.causes`
 * @returns {SSEError}
 */
function fromNative(failure, url, cause) {
  /** @type {Record<string, typeof SSEError | typeof SSEOptionError | undefined>} */
  const classes = ERROR_CLASSES;
  const Class = classes[failure.code] ?? SSEError;
  const { causes, headers, message, url: told, ...rest } = failure;
  /** @type {any} */
  const details = { ...rest, url: told ?? (url === undefined ? undefined : String(url)) };
  if (headers) details.headers = values().headerRecord(headers);
  const origin = cause === undefined ? causeChain(causes ?? []) : cause;
  if (origin !== undefined) details.cause = origin;
  return /** @type {SSEError} */ (new Class(message, details));
}

/**
 * @param {readonly string[]} messages outermost first
 * @returns {Error | undefined}
 */
function causeChain(messages) {
  /** @type {Error | undefined} */
  let cause;
  for (const message of [...messages].reverse()) {
    cause = cause === undefined ? new Error(message) : new Error(message, { cause });
    // The place where text from the core was wrapped says nothing of use.
    cause.stack = `Error: ${message}`;
  }
  return cause;
}

module.exports = {
  ERROR_CLASSES,
  SSEAuthError,
  SSECallbackError,
  SSEConnectError,
  SSEContentEncodingError,
  SSEContentTypeError,
  SSEError,
  SSEExhaustedError,
  SSEInternalError,
  SSEMalformedError,
  SSEOptionError,
  SSEPoolError,
  SSEProviderError,
  SSEProxyError,
  SSERedirectError,
  SSERequestError,
  SSEResetError,
  SSERunError,
  SSESizeError,
  SSEStateError,
  SSEStatusError,
  SSETLSError,
  SSETimeoutError,
  SSETruncatedError,
  fromNative,
};
