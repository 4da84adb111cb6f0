'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { visit } = require('../support/browser.js');

/** The app router's routes, by `hubRoutes`, and the pages router's, which connects. */
const ROUTES = ['/news', '/api/news'];

const post = (url, body) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** A client, once it is told who it is. */
async function connect(url, headers = {}) {
  const visitor = await visit(url, { headers });
  assert.equal(visitor.status, 200);
  const { event, id, data } = await visitor.next();
  assert.equal(event, 'connected');
  return { ...visitor, position: id, ...JSON.parse(data) };
}

const title = async (visitor) => JSON.parse((await visitor.next()).data).title;

/**
 * What must hold for hubs on every server.
 *
 * @param {object} given
 * @param {() => { url: string }} given.server
 */
function publishing({ server }) {
  const publish = async (body) =>
    assert.equal((await post(`${server().url}/news`, body)).status, 201);

  test('what a route publishes reaches the clients of both routers, and those that come back', async () => {
    const clients = await Promise.all(
      ROUTES.map((route) => connect(`${server().url}${route}?user=ann`)),
    );
    await publish({ title: 'one' });
    for (const client of clients) assert.equal(await title(client), 'one');
    for (const client of clients) client.leave();
    await publish({ title: 'two' });
    for (const [index, route] of ROUTES.entries()) {
      // A position is good in either router.
      const headers = { 'last-event-id': clients.at(index - 1).position };
      const again = await connect(`${server().url}${route}?user=ann`, headers);
      assert.equal(await title(again), 'one');
      assert.equal(await title(again), 'two');
      again.leave();
    }
  });

  test('a client joins and leaves a channel at the request of its user alone', async () => {
    const client = await connect(`${server().url}/news?user=ann`);
    const { clientId } = client;
    const ask = async (verb, user, channel) =>
      (await post(`${server().url}/news/${verb}?user=${user}`, { clientId, channel })).status;
    assert.equal(await ask('subscribe', 'eve', 'region-north'), 403);
    assert.equal(await ask('subscribe', 'ann', 'board'), 403);
    assert.equal(await ask('subscribe', 'ann', 'region-north'), 204);
    await publish({ channel: 'region-north', title: 'snow' });
    assert.equal(await title(client), 'snow');
    assert.equal(await ask('unsubscribe', 'ann', 'region-north'), 204);
    await publish({ channel: 'region-north', title: 'more snow' });
    await publish({ title: 'the end' });
    assert.equal(await title(client), 'the end');
    client.leave();
  });
}

/** Clients that stay until the server ends; gives a function that asserts how they were told. */
async function staying({ server }) {
  const clients = await Promise.all(
    ROUTES.map((route) => connect(`${server().url}${route}?user=ann`)),
  );
  return async () => {
    for (const client of clients) assert.equal((await client.next()).event, 'shutdown');
  };
}

module.exports = { publishing, staying };
