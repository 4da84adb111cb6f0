'use strict';

const assert = require('node:assert/strict');
const { visit } = require('../browser.js');

/** How long a server may take, also on a busy machine. */
const PATIENCE_MS = 60_000;

/** What the pages of the servers in `hubs` come from. */
const ORIGIN = 'https://app.example';

/**
 * A server of the folder `hubs`, as a test speaks to it.
 *
 * @param {{ port: number }} server
 */
const remote = ({ port }) => {
  const at = (path) => `http://127.0.0.1:${port}${path}`;
  const post = (path, body, headers = {}) =>
    fetch(at(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    at,
    post,
    /** Publishes, and says that it has happened. */
    publish: async (channel, data) => (await post('/publish', { channel, data })).json(),
    /** A client, once it is told who it is. */
    connect: async (user, headers = {}) => {
      const visitor = await visit(at('/events'), {
        headers: { origin: ORIGIN, 'x-user': user, ...headers },
      });
      const { event, id, data } = await visitor.next();
      assert.equal(event, 'connected');
      return { ...visitor, position: id, clientId: JSON.parse(data).clientId };
    },
  };
};

/** Waits until the hub has no client, or is not there any more. */
async function gone(hub) {
  const started = performance.now();
  while (performance.now() - started < PATIENCE_MS) {
    const clients = await fetch(hub.at('/clients')).then(
      (response) => response.json(),
      () => 0,
    );
    if (clients === 0) return;
  }
  throw new Error(`waited ${PATIENCE_MS} ms for the last client to be forgotten`);
}

module.exports = { ORIGIN, gone, remote };
