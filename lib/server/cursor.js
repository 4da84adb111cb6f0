'use strict';

/** Where clients without the header say how far they got; each of these names is used by a client in the wild. */
const PARAMETERS = ['lastEventId', 'last_event_id', 'evs_last_event_id'];

/**
 * How far the client of a request got, as it says itself: the header comes before the query.
 *
 * @param {any} request a `Request`, or the `IncomingMessage` of a Node server
 * @returns {string | undefined}
 */
function cursorOf(request) {
  const { headers, url } = request;
  const header =
    typeof headers?.get === 'function' ? headers.get('last-event-id') : headers?.['last-event-id'];
  if (typeof header === 'string' && header !== '') return header;
  const query = typeof url === 'string' ? url.indexOf('?') : -1;
  if (query === -1) return undefined;
  const parameters = new URLSearchParams(url.slice(query + 1));
  for (const name of PARAMETERS) {
    const value = parameters.get(name);
    if (value) return value;
  }
  return undefined;
}

module.exports = { cursorOf };
