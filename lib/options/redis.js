'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { hasControls } = require('../core/http-values.js');
const check = require('./checks.js');
const { certificates } = require('./connection.js');
const { defined } = require('./defined.js');
const { identifier } = require('./identifier.js');

/** How Redis is reached when the caller does not say. Times in milliseconds. */
const REDIS = Object.freeze({ prefix: 'perennial', timeouts: Object.freeze({ connect: 5000 }) });

/** Where it is: one of these. */
const PLACES = Object.freeze(['url', 'cluster', 'sentinel']);

const OPTIONS = Object.freeze([...PLACES, 'tls', ...Object.keys(REDIS)]);
const SENTINEL = Object.freeze(['urls', 'master', 'username', 'password']);
const TLS = Object.freeze(['ca', 'cert', 'key']);

const SCHEMES = ['redis:', 'rediss:'];

/** A path, where it names a database. */
const DATABASE = /^\/\d{1,9}$/;

/** They would mark which part of a key says where a cluster keeps it. */
const BRACES = /[{}]/;

/** Longer ones are kept with every key. */
const LONGEST_PREFIX = 256;

/**
 * @typedef {object} Redis as the core is told it
 * @property {'single' | 'cluster' | 'sentinel'} mode
 * @property {string[]} nodes URLs, with their secrets
 * @property {string | null} master
 * @property {string | null} username of the master
 * @property {string | null} password
 * @property {{ ca: string | null, cert: string | null, key: string | null } | null} tls
 * @property {string} prefix
 * @property {number} connect in milliseconds
 */

/**
 * Where Redis is, and how to get in.
 *
 * @param {Record<string, any>} given
 * @returns {{ native: Redis, shown: Record<string, unknown> }} what the core is told, which survives JSON and is equal
 *   for equal options, and what of it may be shown
 */
function normalizeRedis(given) {
  const named = PLACES.filter((place) => given[place] !== undefined);
  if (named.length !== 1) {
    throw new SSEOptionError(
      `one of ${PLACES.join(', ')} must say where Redis is, got ${named.join(' and ') || 'none'}`,
    );
  }
  const { prefix, timeouts } = { ...REDIS, ...defined(given) };
  const usual = { ...REDIS.timeouts, ...defined(check.group(timeouts, 'timeouts', ['connect'])) };
  const native = {
    ...place(named[0], given),
    tls: given.tls === undefined ? null : certificates(check.group(given.tls, 'tls', TLS)),
    prefix: prefixOf(prefix),
    connect: check.milliseconds(usual.connect, 'timeouts.connect', { above: 0 }),
  };
  secure(native, named[0]);
  const { mode, nodes, master, connect } = native;
  const shown = { mode, nodes: nodes.map(withoutSecrets), master, prefix, timeouts: { connect } };
  return { native, shown };
}

/**
 * @param {string} name of the option that says where Redis is
 * @param {Record<string, any>} given
 * @returns {Pick<Redis, 'mode' | 'nodes' | 'master' | 'username' | 'password'>}
 */
function place(name, given) {
  const nobody = { master: null, username: null, password: null };
  switch (name) {
    case 'url':
      return { mode: 'single', nodes: [nodeUrl(given.url, 'url')], ...nobody };
    case 'cluster':
      return { mode: 'cluster', nodes: nodeUrls(given.cluster, 'cluster'), ...nobody };
    default: {
      const { urls, master, username, password } = check.group(
        given.sentinel,
        'sentinel',
        SENTINEL,
      );
      return {
        mode: 'sentinel',
        nodes: nodeUrls(urls, 'sentinel.urls'),
        master: identifier(master, 'sentinel.master'),
        username: username === undefined ? null : identifier(username, 'sentinel.username'),
        password: password === undefined ? null : secret(password, 'sentinel.password'),
      };
    }
  }
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function nodeUrls(value, name) {
  const urls = check.list(value, name).map((url, index) => nodeUrl(url, `${name}[${index}]`));
  if (urls.length === 0) throw new SSEOptionError(`${name} must name at least one server`);
  const schemes = new Set(urls.map((url) => new URL(url).protocol));
  if (schemes.size > 1) {
    throw new SSEOptionError(`${name} must all begin with redis:, or all with rediss:`);
  }
  if (name === 'cluster' && urls.some((url) => new URL(url).pathname.length > 1)) {
    throw new SSEOptionError('cluster must name no database: a cluster has only the first');
  }
  return urls;
}

/**
 * Messages never hold the value: a URL of Redis is where its password is.
 *
 * @param {unknown} value
 * @param {string} name
 */
function nodeUrl(value, name) {
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw check.wrong(name, "a URL such as 'redis://localhost:6379'", value);
  }
  const url = URL.canParse(String(value)) ? new URL(String(value)) : undefined;
  if (!url?.hostname || !SCHEMES.includes(url.protocol)) {
    throw new SSEOptionError(
      `${name} must be a URL that starts with redis: or rediss: and names a host, such as ` +
        "'redis://localhost:6379'; what is special in a user name or password is written as %XX",
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new SSEOptionError(
      `${name} must have nothing behind the database: no query, and # is written as %23`,
    );
  }
  if (url.pathname.length > 1 && !DATABASE.test(url.pathname)) {
    throw new SSEOptionError(`${name} must have a database's number as its path, or no path`);
  }
  try {
    decodeURIComponent(url.username);
    decodeURIComponent(url.password);
  } catch {
    throw new SSEOptionError(
      `${name} must have a user name and password whose % signs are written as %25`,
    );
  }
  return url.href;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function secret(value, name) {
  if (typeof value === 'string' && value !== '' && !/\p{Surrogate}/u.test(value)) return value;
  throw new SSEOptionError(`${name} must be text that is not empty`);
}

/** @param {unknown} value */
function prefixOf(value) {
  const prefix = identifier(value, 'prefix', LONGEST_PREFIX);
  if (BRACES.test(prefix) || hasControls(prefix)) {
    throw new SSEOptionError('prefix must not contain { or }, nor control characters');
  }
  return prefix;
}

/**
 * Certificates that nobody would look at are a mistake.
 *
 * @param {Redis} redis
 * @param {string} name of the option that says where Redis is
 */
function secure({ nodes, tls }, name) {
  if (tls === null || nodes.every((node) => node.startsWith('rediss:'))) return;
  throw new SSEOptionError(`tls is for servers whose ${name} begins with rediss:`);
}

/** @param {string} node */
function withoutSecrets(node) {
  const url = new URL(node);
  if (url.username !== '') url.username = '***';
  if (url.password !== '') url.password = '***';
  return url.href;
}

/** @param {unknown} given */
const normalizeRedisStore = (given) => normalizeRedis(check.group(given, '', OPTIONS));

module.exports = { OPTIONS, REDIS, SENTINEL, TLS, normalizeRedis, normalizeRedisStore };
