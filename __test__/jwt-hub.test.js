'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { test } = require('node:test');
const express = require('perennial-sse/express');
const { jwtAuthorizer } = require('perennial-sse/jwt');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { freshHub, visit } = require('./support/hub.js');
const { startKeyServer } = require('./support/key-server.js');
const { inSeconds, signer } = require('./support/tokens.js');

/** A server whose clients show tokens. */
async function serving(t, options) {
  const hub = freshHub();
  const told = [];
  const { stream } = express.hubRoutes(hub, jwtAuthorizer(options), {
    onError: ({ code }) => told.push(code),
  });
  const server = http.createServer((req, res) => stream(req, res, () => res.destroy()));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(async () => {
    server.close();
    await hub.close({ spread: 0, deadline: 1000 });
    server.closeAllConnections();
  });
  return { hub, told, url: `http://127.0.0.1:${server.address().port}/events` };
}

test('a token lets a client into a hub, until it expires', async (t) => {
  const keys = await startKeyServer(t);
  const { jwk, sign } = await signer('a');
  keys.keys = [jwk];
  const { hub, told, url } = await serving(t, {
    jwks: keys.url,
    leeway: 0,
    from: { cookie: 'session', query: 'token' },
    channels: ({ teams }) => teams,
  });
  const claims = { sub: 'ann', teams: ['red'], iat: inSeconds(-60) };
  const long = await sign({ ...claims, exp: inSeconds(600) });
  const visitor = visit(t, url, { headers: { cookie: `session=${long}` } });
  await visitor.heard(1);
  const [client] = hub.clients({ user: 'ann' });
  assert.deepEqual(client.channels, ['red']);
  const brief = await sign({ ...claims, exp: inSeconds(2) });
  await visit(t, `${url}?token=${brief}`).ended();
  assert.equal(hub.stats().closed.expired, 1);
  assert.equal((await fetch(`${url}?token=${brief}`)).status, 401);
  assert.equal((await fetch(url)).status, 401);
  assert.deepEqual(told, []);
  assert.deepEqual(hub.clients(), [client]);
});

test('where no keys can be had, browsers come back', async (t) => {
  const keys = await startKeyServer(t);
  keys.answer = (_request, response) => response.writeHead(502).end();
  const { sign } = await signer('a');
  const { told, url } = await serving(t, { jwks: keys.url });
  const headers = { authorization: `Bearer ${await sign({ sub: 'ann' })}` };
  const response = await within(fetch(url, { headers }), PATIENCE_MS, 'a response');
  assert.equal(response.status, 200);
  assert.match(await response.text(), /^retry: [234]\d{3}\n\n$/);
  assert.deepEqual(told, ['ERR_SSE_KEYS']);
});
