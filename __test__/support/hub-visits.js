'use strict';

const assert = require('node:assert/strict');
const { visit } = require('./relay.js');

/**
 * A client of a hub that has come in; `clientId` is the hub's name for it.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ url: string }} instance
 * @param {string} [query] of its request
 * @param {string} [lastEventId]
 */
async function client(t, { url }, query = '', lastEventId) {
  const visitor = visit(t, `${url}/events?${query}`, { lastEventId });
  await visitor.heard(1);
  const [{ event, data }] = visitor.events;
  assert.equal(event, 'connected');
  return Object.assign(visitor, { clientId: JSON.parse(data).clientId });
}

/** What a client was sent beside the hub's own first event. */
const heard = (visitor) => visitor.events.slice(1).map(({ data }) => data);

module.exports = { client, heard };
