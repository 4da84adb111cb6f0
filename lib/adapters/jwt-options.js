'use strict';

const { KeyObject, createPublicKey, createSecretKey } = require('node:crypto');
const { types } = require('node:util');
const { SSEOptionError } = require('../core/errors.js');

/** How keys are fetched from a URL, in milliseconds. */
const REFRESH = Object.freeze({
  maxAge: 600_000,
  cooldown: 30_000,
  stale: 86_400_000,
  timeout: 5000,
});

/** Keys that are fetched for every token are none that are kept. In milliseconds. */
const LEAST_AGE = 1000;

/** How far the clocks of the issuer and of this server may be apart, in milliseconds. */
const LEEWAY = 5000;

const FROM = ['header', 'cookie', 'query'];
const KEYS = ['secret', 'publicKey', 'jwks'];
const CALLBACKS = ['allow', 'user', 'channels', 'data'];
const OPTIONS = [
  ...['secret', 'publicKey', 'jwks', 'issuer', 'audience', 'algorithms', 'required', 'leeway'],
  ...['from', 'refresh', 'allow', 'user', 'channels', 'data'],
];

/** A shorter one can be found by trying (RFC 7518, section 3.2). */
const LEAST_SECRET = 32;

const OF_SECRETS = ['HS256', 'HS384', 'HS512'];
const OF_KEYS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/**
 * @param {string} name
 * @param {string} expected
 */
const wrong = (name, expected) => new SSEOptionError(`${name} must be ${expected}`);

/**
 * @param {any} given
 * @param {string} name
 * @param {readonly string[]} known
 * @returns {Record<string, any>} without what is undefined
 */
function group(given, name, known) {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong(name || 'options', 'an object');
  }
  const unknown = Object.keys(given).find((member) => !known.includes(member));
  if (unknown !== undefined) {
    const option = name ? `${name}.${unknown}` : unknown;
    throw new SSEOptionError(`unknown option "${option}"; there are ${known.join(', ')}`);
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** @param {unknown} given */
function normalizeJwt(given) {
  const options = group(given, '', OPTIONS);
  const named = KEYS.filter((member) => member in options);
  if (named.length !== 1) {
    throw new SSEOptionError(
      `jwtAuthorizer needs one of ${KEYS.join(', ')}, got ${named.join(' and ') || 'none'}`,
    );
  }
  for (const name of CALLBACKS) {
    if (name in options && typeof options[name] !== 'function') throw wrong(name, 'a function');
  }
  const from = places(options.from);
  const leeway = milliseconds(options.leeway ?? LEEWAY, 'leeway');
  return {
    ...keysOf(options),
    from,
    places: described(from),
    leeway,
    checks: {
      algorithms: algorithms(options),
      clockTolerance: leeway / 1000,
      ...('issuer' in options ? { issuer: names(options.issuer, 'issuer') } : {}),
      ...('audience' in options ? { audience: names(options.audience, 'audience') } : {}),
      ...('required' in options ? { requiredClaims: names(options.required, 'required') } : {}),
    },
    allow: options.allow ?? (() => true),
    user: options.user ?? ((/** @type {any} */ { sub }) => sub),
    channels: options.channels ?? (() => []),
    data: options.data ?? (() => undefined),
  };
}

/** @param {Record<string, any>} options */
function keysOf({ secret, publicKey, jwks, refresh }) {
  if (refresh !== undefined && !isUrl(jwks)) {
    throw new SSEOptionError('refresh is for keys that are fetched: make jwks a URL');
  }
  if (secret !== undefined) return { key: secretKey(secret) };
  if (publicKey !== undefined) return { key: verifyingKey(publicKey) };
  if (!isUrl(jwks)) return { keySet: keySetOf(jwks) };
  /** @type {Record<string, any>} */
  const times = { ...REFRESH, ...group(refresh ?? {}, 'refresh', Object.keys(REFRESH)) };
  for (const [name, value] of Object.entries(times)) milliseconds(value, `refresh.${name}`);
  if (times.timeout === 0) throw wrong('refresh.timeout', 'more than 0 milliseconds');
  if (times.maxAge < LEAST_AGE) throw wrong('refresh.maxAge', `at least ${LEAST_AGE} milliseconds`);
  if (times.stale < times.maxAge) throw wrong('refresh.stale', 'at least refresh.maxAge');
  const { maxAge, cooldown, stale, timeout } = times;
  return { remote: { url: urlOf(jwks), maxAge, cooldown, stale, timeout } };
}

/** @param {unknown} jwks */
const isUrl = (jwks) => typeof jwks === 'string' || jwks instanceof URL;

/** @param {string | URL} jwks */
function urlOf(jwks) {
  const url = URL.canParse(String(jwks)) ? new URL(jwks) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw wrong('jwks', 'an http(s) URL, or { keys }');
  }
  if (url.username || url.password) throw wrong('jwks', 'a URL without a user and a password');
  return url.href;
}

/** @param {any} jwks */
function keySetOf(jwks) {
  const { keys } = group(jwks, 'jwks', ['keys']);
  if (!Array.isArray(keys) || keys.length === 0) {
    throw wrong('jwks.keys', 'an array with at least one JSON Web Key');
  }
  for (const [index, key] of keys.entries()) {
    if (typeof key !== 'object' || key === null) throw wrong(`jwks.keys[${index}]`, 'an object');
  }
  return { keys };
}

/** @param {any} secret */
function secretKey(secret) {
  const key = asSecretKey(secret);
  if (Number(key.symmetricKeySize) < LEAST_SECRET) {
    throw wrong('secret', `at least ${LEAST_SECRET} bytes long: a shorter one can be guessed`);
  }
  return key;
}

/** @param {unknown} secret */
function asSecretKey(secret) {
  if (typeof secret === 'string') return createSecretKey(secret, 'utf8');
  if (secret instanceof Uint8Array) return createSecretKey(secret);
  if (secret instanceof KeyObject && secret.type === 'secret') return secret;
  throw wrong('secret', 'a string, a Uint8Array or a secret KeyObject');
}

/** @param {any} key */
function verifyingKey(key) {
  const expected = 'a public key: PEM, a JSON Web Key, a KeyObject or a CryptoKey';
  if (types.isKeyObject(key) || types.isCryptoKey(key)) {
    if (key.type !== 'public') throw wrong('publicKey', expected);
    return key;
  }
  try {
    if (typeof key === 'string') return createPublicKey(key);
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    // What it was given may be a private key, and its error quotes it.
    throw wrong('publicKey', expected);
  }
}

/** @param {Record<string, any>} options */
function algorithms({ algorithms: given, secret }) {
  const known = secret === undefined ? OF_KEYS : OF_SECRETS;
  if (given === undefined) return known;
  const listed = Array.isArray(given) && given.length > 0;
  // A token must not choose that a public key is taken for a secret.
  if (!listed || !given.every((name) => known.includes(name))) {
    throw wrong('algorithms', `an array of ${known.join(', ')}`);
  }
  return given;
}

/** @param {any} given */
function places(given) {
  if (given === undefined) return { header: 'authorization', cookie: undefined, query: undefined };
  const from = group(given, 'from', FROM);
  if (Object.keys(from).length === 0) {
    throw wrong('from', `an object with at least one of ${FROM.join(', ')}`);
  }
  for (const [name, value] of Object.entries(from)) {
    if (typeof value !== 'string' || value === '') throw wrong(`from.${name}`, 'a name');
  }
  const { header, cookie, query } = from;
  return { header: header?.toLowerCase(), cookie, query };
}

/** @param {Record<string, string | undefined>} from */
const described = (from) =>
  Object.entries(from)
    .filter(([, name]) => name !== undefined)
    .map(([place, name]) => `the ${place} "${name}"`)
    .join(' or ');

/**
 * @param {unknown} value
 * @param {string} name
 */
function names(value, name) {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((one) => typeof one === 'string' && one !== '')) {
    throw wrong(name, 'a string, or an array of strings');
  }
  return list;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function milliseconds(value, name) {
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw wrong(name, 'a number of milliseconds >= 0');
  }
  return value;
}

module.exports = { LEEWAY, OPTIONS, REFRESH, normalizeJwt };
