'use strict';

const { SSEOptionError } = require('../core/errors.js');
const check = require('./checks.js');
const { certificates } = require('./connection.js');
const { defined } = require('./defined.js');

/** How a hub listens when the caller does not say. Times in milliseconds, sizes in bytes; `null` for no limit. */
const LISTEN = Object.freeze({
  host: '::',
  path: '/events',
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  authorizeTimeout: 10_000,
  maxConnectionsPerAddress: null,
});

/** Where its metrics are: for operators of this machine, unless it is said otherwise. */
const METRICS_HOST = '127.0.0.1';

const OPTIONS = [
  ...Object.keys(LISTEN),
  ...['port', 'socketPath', 'fd', 'tls', 'authorize', 'metrics'],
];
const TLS = ['cert', 'key'];
const METRICS = ['port', 'host'];
/** Of these exactly one says where it listens. */
const PLACES = ['port', 'socketPath', 'fd'];

/** The last port. */
const LAST_PORT = 65_535;
/** Of a path: text as it stands in a URL, or the name of a parameter. */
const SEGMENT = /^(?::[A-Za-z_]\w*|[^/:?#\s]+)$/;

/** @typedef {ReturnType<typeof normalizeListen>} NormalizedListen */

/**
 * @param {unknown} given
 * @returns what the core is told, and what stays here
 */
function normalizeListen(given) {
  /** @type {Record<string, any>} */
  const options = { ...LISTEN, ...defined(check.group(given, '', OPTIONS)) };
  const named = PLACES.filter((place) => options[place] !== undefined);
  if (named.length !== 1) {
    throw new SSEOptionError(
      `listen needs one of ${PLACES.join(', ')}, got ${named.join(' and ') || 'none'}`,
    );
  }
  const { authorize } = options;
  if (authorize !== undefined && typeof authorize !== 'function') {
    throw check.wrong('authorize', 'a function that says who becomes a client', authorize);
  }
  const socketPath =
    options.socketPath === undefined ? null : check.text(options.socketPath, 'socketPath');
  return {
    native: {
      host: check.text(options.host, 'host'),
      port: options.port === undefined ? 0 : port(options.port, 'port'),
      socketPath,
      fd: options.fd === undefined ? null : check.whole(options.fd, 'fd', { least: 0 }),
      paths: paths(options.path),
      tls: options.tls === undefined ? null : normalizeCertificate(options.tls),
      maxHeaderSize: check.whole(options.maxHeaderSize, 'maxHeaderSize', {
        least: 1024,
        most: 1_048_576,
        unit: 'bytes',
      }),
      headersTimeout: time(options.headersTimeout, 'headersTimeout'),
      authorizeTimeout: time(options.authorizeTimeout, 'authorizeTimeout'),
      maxConnectionsPerAddress:
        options.maxConnectionsPerAddress === null
          ? null
          : check.whole(options.maxConnectionsPerAddress, 'maxConnectionsPerAddress', {
              least: 1,
              nullable: true,
            }),
      metrics: metrics(options.metrics),
    },
    authorize: /** @type {Function | undefined} */ (authorize),
  };
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {number} in milliseconds
 */
function time(value, name) {
  return check.milliseconds(value, name, { least: 1 });
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function port(value, name) {
  return check.whole(value, name, { least: 0, most: LAST_PORT });
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function paths(value) {
  const all = Array.isArray(value) ? value : [value];
  if (all.length === 0) throw check.wrong('path', 'a path, or an array of them', value);
  return all.map((path, index) => {
    const name = Array.isArray(value) ? `path[${index}]` : 'path';
    const text = check.text(path, name);
    const segments = text.slice(1).split('/');
    const isRoot = text === '/';
    if (!text.startsWith('/') || !(isRoot || segments.every((one) => SEGMENT.test(one)))) {
      throw check.wrong(name, "a path such as '/events' or '/events/:channel'", path);
    }
    const parameters = segments.filter((segment) => segment.startsWith(':'));
    if (new Set(parameters).size < parameters.length) {
      throw new SSEOptionError(`${name} names a parameter twice`);
    }
    return text;
  });
}

/** @param {unknown} value */
function normalizeCertificate(value) {
  const { cert, key } = certificates(check.group(value, 'tls', TLS));
  if (cert === null || key === null) throw new SSEOptionError('tls needs tls.cert and tls.key');
  return { cert, key };
}

/** @param {unknown} value */
function metrics(value) {
  if (value === undefined) return null;
  const given = check.group(value, 'metrics', METRICS);
  return {
    port: port(given.port, 'metrics.port'),
    host: check.text(given.host ?? METRICS_HOST, 'metrics.host'),
  };
}

/** How a listener is closed, in milliseconds. */
const CLOSE_LISTENER = Object.freeze({ deadline: 10_000 });

/** @param {unknown} given */
function normalizeCloseListener(given) {
  const { deadline } = {
    ...CLOSE_LISTENER,
    ...defined(check.group(given, '', Object.keys(CLOSE_LISTENER))),
  };
  return { deadline: check.milliseconds(deadline, 'deadline') };
}

module.exports = {
  CLOSE_LISTENER,
  LISTEN,
  METRICS_HOST,
  normalizeCertificate,
  normalizeCloseListener,
  normalizeListen,
};
