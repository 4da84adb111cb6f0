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
 * @param {string} name also after a bundler has given the class a shorter one
 * @param {Function} Class
 * @param {readonly Function[]} ancestors further classes whose brand it carries
 */
function brand(name, Class, ancestors = []) {
  const own = Symbol.for(`perennial-sse.${name}`);
  BRANDS.set(Class, own);
  const inherited = ancestors.map((ancestor) => BRANDS.get(ancestor));
  for (const symbol of [own, ...inherited]) {
    if (symbol !== undefined) Object.defineProperty(Class.prototype, symbol, { value: true });
  }
  Object.defineProperty(Class.prototype, 'name', {
    value: name,
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

module.exports = {
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
};

brand('SSEError', SSEError);
for (const [name, Class] of Object.entries(module.exports)) {
  if (Class !== SSEError) brand(name, Class, Class === SSEOptionError ? [SSEError] : []);
}
