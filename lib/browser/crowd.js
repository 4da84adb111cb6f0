'use strict';

/** So many connections a browser has to one host over HTTP/1.1, for all of its tabs together. */
const MOST = 6;

const scope = /** @type {any} */ (globalThis);

/** How many streams of this page are open, of each host. */
/** @type {Map<string, number>} */
const streams = new Map();

/**
 * Whether the browser speaks HTTP/1.1 to a host, as far as a page can know.
 *
 * @param {URL} url
 */
function isOldHttp({ protocol, host }) {
  if (protocol === 'http:') return true;
  const [page] = scope.performance.getEntriesByType?.('navigation') ?? [];
  return host === scope.location?.host && page?.nextHopProtocol === 'http/1.1';
}

/**
 * Counts a stream that has opened, and warns of the last one that a host has room for.
 *
 * @param {string} address
 * @returns {() => void} to be called when it is over
 */
function enter(address) {
  if (scope.document === undefined || !URL.canParse(address)) return () => {};
  const url = new URL(address);
  const { host } = url;
  const count = (streams.get(host) ?? 0) + 1;
  streams.set(host, count);
  if (count === MOST && isOldHttp(url)) {
    console.warn(
      `perennial-sse: ${MOST} streams to ${host} over HTTP/1.1 are open, and a browser has no more connections to one ` +
        'host: the next request waits. Use HTTP/2, share: true, or fewer streams',
    );
  }
  return () => streams.set(host, /** @type {number} */ (streams.get(host)) - 1);
}

module.exports = { enter };
