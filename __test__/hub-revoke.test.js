'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { startHubApp, visit } = require('./support/hub.js');

const MINUTE = 60_000;

/** How a client came. */
async function comes(t, app) {
  const visitor = visit(t, app.url);
  const { statusCode, headers } = await visitor.opened();
  return { statusCode, headers, visitor };
}

for (const output of ['connect', 'response']) {
  test(`a user that is revoked is closed, and comes in with something newer: ${output}`, async (t) => {
    const options = { user: 'ann' };
    const cors = { origin: '*' };
    const app = await startHubApp(t, { hub: { cors }, output, client: () => options });
    const before = await comes(t, app);
    await before.visitor.heard(1);
    options.user = 'bob';
    const other = await comes(t, app);
    options.user = 'ann';
    assert.equal(await app.hub.revoke('ann'), undefined);
    assert.deepEqual(await app.clients[0].closed, { reason: 'revoked' });
    assert.equal(await before.visitor.ended(), true);
    assert.equal(app.hub.stats().closed.revoked, 1);
    for (const issuedAt of [undefined, null, Date.now() - MINUTE, new Date(Date.now() - MINUTE)]) {
      options.issuedAt = issuedAt;
      const refused = await comes(t, app);
      assert.equal(refused.statusCode, 403);
      assert.equal(await refused.visitor.ended(), true);
      assert.equal(refused.visitor.text, '');
      assert.match(refused.headers['cache-control'], /no-store/);
      if (output === 'response') continue;
      const { reason, error } = await app.clients.at(-1).closed;
      assert.equal(reason, 'refused');
      assert.equal(error.code, 'ERR_SSE_REVOKED');
    }
    for (const issuedAt of [Date.now() + MINUTE, new Date(Date.now() + MINUTE)]) {
      options.issuedAt = issuedAt;
      assert.equal((await comes(t, app)).statusCode, 200);
    }
    assert.equal(other.visitor.response.complete, false, 'bob stays');
  });
}

test('who does not say when it was issued is refused until then', async (t) => {
  const options = { user: 'ann' };
  const app = await startHubApp(t, { client: () => options });
  await app.hub.revoke('ann', { until: 150 });
  assert.equal((await comes(t, app)).statusCode, 403);
  let come;
  do come = await comes(t, app);
  while (come.statusCode === 403);
  assert.equal(come.statusCode, 200);
  // That it is old is a fact for good.
  options.issuedAt = Date.now() - MINUTE;
  assert.equal((await comes(t, app)).statusCode, 403);
});

test('a client without a user is nobody that could be revoked', async (t) => {
  const app = await startHubApp(t);
  const { visitor } = await comes(t, app);
  await visitor.heard(1);
  await app.hub.revoke('ann');
  await app.hub.broadcast({ data: 'x' });
  await visitor.heard(2);
  assert.equal((await comes(t, app)).statusCode, 200);
});
