'use strict';

const { SSEAuthError, SSECallbackError, SSEOptionError } = require('../core/errors.js');
const { normalizeJwt } = require('./jwt-options.js');
const { RemoteKeys } = require('./remote-keys.js');
const { tokenOf } = require('./request-token.js');

/**
 * @typedef {import('./jwt.js').JwtClaims} JwtClaims
 * @typedef {import('./jwt.js').JwtAuthorized} JwtAuthorized
 * @typedef {ReturnType<typeof normalizeJwt>} NormalizedJwt
 * @typedef {typeof import('jose', { with: { 'resolution-mode': 'import' } })} Jose
 * @typedef {import('jose', { with: { 'resolution-mode': 'import' } }).JWTVerifyOptions} Checks
 */

/** Moments that hubs take, in milliseconds since 1970; what is before is as good as the first, also to a `revoke()`. */
const FIRST = 100_000_000_000;
const LAST = 8.64e15;

/** What a token says that was signed by someone else. */
const FORGED = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';

/** Keys of which more than one may have signed. */
const SEVERAL = 'ERR_JWKS_MULTIPLE_MATCHING_KEYS';

/**
 * See `jwtAuthorizer` in jwt.d.ts.
 *
 * @param {unknown} given
 */
function jwtAuthorizer(given) {
  const options = normalizeJwt(given);
  /** @type {Promise<(token: string) => Promise<JwtClaims>> | undefined} */
  let verifier;
  /** @param {any} context */
  return async (context) => {
    const request = requestOf(context);
    const token = tokenOf(request, options.from);
    if (token === undefined) throw unauthorized(`the request has no token in ${options.places}`);
    // A package that could not be loaded may have been installed since.
    verifier ??= verifierOf(options).catch((error) => {
      verifier = undefined;
      throw error;
    });
    const verify = await verifier;
    return authorized(await verify(token), context, options);
  };
}

/** @param {any} context a request, or the context of Hono, which has one */
function requestOf(context) {
  const request = context?.req?.raw ?? context;
  if (typeof request?.headers === 'object' && request.headers !== null) return request;
  throw new SSEOptionError('request must be the request of a Node server, or a Request');
}

/** @param {NormalizedJwt} options */
async function verifierOf({ checks, key, keySet, remote }) {
  const jose = await loadedJose();
  /** @type {any} */
  let used = key;
  if (keySet !== undefined) used = localKeys(jose, keySet);
  if (remote !== undefined) used = new RemoteKeys(jose, remote).resolver;
  return async (/** @type {string} */ token) => {
    try {
      return await verified(jose, token, used, checks);
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

async function loadedJose() {
  try {
    return await import('jose');
  } catch (cause) {
    const message = 'jwtAuthorizer() needs the package "jose": npm install jose';
    throw new SSEOptionError(message, { cause });
  }
}

/**
 * @param {Jose} jose
 * @param {any} keySet
 */
function localKeys(jose, keySet) {
  try {
    return jose.createLocalJWKSet(keySet);
  } catch (cause) {
    throw new SSEOptionError('jwks.keys must be an array of JSON Web Keys', { cause });
  }
}

/**
 * @param {Jose} jose
 * @param {string} token
 * @param {any} key
 * @param {Checks} checks
 * @returns {Promise<JwtClaims>}
 */
async function verified(jose, token, key, checks) {
  try {
    return (await jose.jwtVerify(token, key, checks)).payload;
  } catch (error) {
    const { code } = /** @type {any} */ (error);
    if (code !== SEVERAL) throw error;
    return await verifiedByOne(jose, token, /** @type {any} */ (error), checks);
  }
}

/**
 * The token does not name its key, and more than one fits.
 *
 * @param {Jose} jose
 * @param {string} token
 * @param {AsyncIterable<any>} keys
 * @param {Checks} checks
 */
async function verifiedByOne(jose, token, keys, checks) {
  for await (const key of keys) {
    try {
      return (await jose.jwtVerify(token, key, checks)).payload;
    } catch (error) {
      if (/** @type {any} */ (error).code !== FORGED) throw error;
    }
  }
  throw new jose.errors.JWSSignatureVerificationFailed();
}

/**
 * What a route is told of a token that does not hold. The error of `jose` carries the claims, which are nobody's but
 * the user's, and stays here.
 *
 * @param {any} error
 */
function refusalOf(error) {
  if (error instanceof SSEAuthError) return error;
  const { code, message } = error;
  const cause = Object.assign(new Error(message), { code });
  return unauthorized(`the token is refused: ${message}`, cause);
}

/**
 * @param {JwtClaims} claims
 * @param {any} context
 * @param {NormalizedJwt} options
 * @returns {Promise<JwtAuthorized>}
 */
async function authorized(claims, context, { allow, user, channels, data, leeway }) {
  const allowed = await called('allow', () => allow(claims, context));
  if (allowed !== true) {
    throw new SSEAuthError('the token is valid, and allow() refused its bearer', {
      code: 'ERR_SSE_UNAUTHORIZED',
      status: 403,
      retryable: false,
    });
  }
  return {
    user: (await called('user', () => user(claims))) ?? null,
    channels: (await called('channels', () => channels(claims))) ?? [],
    data: await called('data', () => data(claims)),
    expires: moment(claims.exp, leeway),
    issuedAt: moment(claims.iat, 0),
  };
}

/**
 * @param {unknown} seconds since 1970
 * @param {number} more milliseconds
 * @returns {Date | null}
 */
function moment(seconds, more) {
  if (typeof seconds !== 'number') return null;
  const time = seconds * 1000 + more;
  return time <= LAST ? new Date(Math.max(time, FIRST)) : null;
}

/**
 * @param {string} name
 * @param {() => any} ask
 */
async function called(name, ask) {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof SSEAuthError) throw cause;
    throw new SSECallbackError(`${name} threw`, { code: 'ERR_SSE_CALLBACK', cause });
  }
}

/**
 * @param {string} message
 * @param {Error} [cause]
 */
const unauthorized = (message, cause) =>
  new SSEAuthError(message, {
    code: 'ERR_SSE_UNAUTHORIZED',
    status: 401,
    retryable: false,
    ...(cause === undefined ? {} : { cause }),
  });

module.exports = { jwtAuthorizer };
