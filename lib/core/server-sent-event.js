'use strict';

/**
 * One event, as users get it.
 *
 * @param {string} data
 * @param {string | undefined} name
 * @param {string | undefined} id
 * @param {number | undefined} retry
 * @param {string} lastEventId
 * @returns {import('../../index.js').ServerSentEvent}
 */
function serverSentEvent(data, name, id, retry, lastEventId) {
  /** @type {import('../../index.js').ServerSentEvent} */
  const event = { event: name ?? 'message', data, id, lastEventId };
  if (retry !== undefined) event.retry = retry;
  return event;
}

module.exports = { serverSentEvent };
