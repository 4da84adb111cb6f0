'use strict';

/**
 * A request to a listener, as the application is asked about it: what of `IncomingMessage` it needs.
 * See `ListenerRequest` in index.d.ts.
 */
class ListenerRequest {
  /**
   * @param {object} told by the core
   * @param {string} told.method
   * @param {string} told.url
   * @param {[name: string, value: string][]} told.headers
   * @param {Record<string, string>} told.params
   * @param {string | null} told.remoteAddress
   */
  constructor({ method, url, headers, params, remoteAddress }) {
    this.method = method;
    this.url = url;
    this.headers = headersOf(headers);
    this.params = params;
    this.query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
    this.remoteAddress = remoteAddress ?? undefined;
  }
}

/**
 * Of several fields with one name, one line, as Node joins them.
 *
 * @param {[name: string, value: string][]} fields
 */
function headersOf(fields) {
  /** @type {Record<string, string>} */
  const headers = Object.create(null);
  for (const [name, value] of fields) {
    const before = headers[name];
    headers[name] =
      before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

module.exports = { ListenerRequest };
