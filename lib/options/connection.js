'use strict';

const { isUint8Array } = require('node:util/types');
const { SSEOptionError } = require('../core/errors.js');
const { wellFormed } = require('../core/http-values.js');
const check = require('./checks.js');

/**
 * Messages say which member is wrong and never what it holds.
 *
 * @param {unknown} value
 */
function normalizeTls(value) {
  const names = ['ca', 'cert', 'key', 'rejectUnauthorized'];
  const given = check.group(value, 'tls', names);
  const { rejectUnauthorized = true } = given;
  return {
    ...certificates(given),
    insecure: !check.flag(rejectUnauthorized, 'tls.rejectUnauthorized'),
  };
}

/**
 * Whom to trust, and what to show.
 *
 * @param {Record<string, unknown>} given of the option `tls`
 */
function certificates(given) {
  const tls = {
    ca: pem(given.ca, 'tls.ca'),
    cert: pem(given.cert, 'tls.cert'),
    key: pem(given.key, 'tls.key'),
  };
  if ((tls.cert === null) !== (tls.key === null)) {
    throw new SSEOptionError('tls.cert and tls.key must be given together');
  }
  return tls;
}

const PROXIES = ['http:', 'https:', 'socks5:', 'socks5h:'];

/**
 * Messages never hold the value: a proxy's URL is where its password is.
 *
 * @param {unknown} value
 * @returns {string | null} `null` leaves it to the environment, the empty string is for none
 */
function normalizeProxy(value) {
  if (value === undefined) return null;
  if (value === false) return '';
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw check.wrong('proxy', 'a URL, or false for none', value);
  }
  const url = URL.canParse(String(value)) ? new URL(String(value)) : undefined;
  if (!url?.hostname || !PROXIES.includes(url.protocol)) {
    throw new SSEOptionError(
      'proxy must be a URL that names a host and starts with http:, https:, socks5: or socks5h:',
    );
  }
  return url.href;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {string | null}
 */
function pem(value, name) {
  if (value === undefined || value === null) return null;
  const parts = (Array.isArray(value) ? value : [value]).map((part) => {
    if (typeof part === 'string') return part;
    return isUint8Array(part) ? Buffer.from(part).toString('latin1') : '';
  });
  if (parts.length === 0 || parts.some((part) => !part.includes('-----BEGIN '))) {
    throw new SSEOptionError(`${name} must be PEM text, or a Uint8Array or an array of it`);
  }
  return wellFormed(parts.join('\n'));
}

module.exports = { certificates, normalizeProxy, normalizeTls };
