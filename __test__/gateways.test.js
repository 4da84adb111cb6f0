'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FAST, open, record, serve } = require('./support/client.js');
const { startGateway } = require('./support/gateway.js');

const POST = { method: 'POST', body: 'charge the card', terminal: '[DONE]' };

/** An origin that takes every request and drops it, behind a gateway that answers for it. */
async function behind(t, status) {
  const origin = await serve(t, (exchange) => exchange.reset());
  const gateway = await startGateway(t, origin.url, status);
  return { origin, gateway };
}

for (const status of [500, 502, 503, 504]) {
  test(`a POST that a gateway passed on and answered with ${status} reaches the origin once`, async (t) => {
    const { origin, gateway } = await behind(t, status);
    const { close } = await record(open(t, gateway.url, { ...POST, retry: FAST }));
    assert.equal(close.error.code, 'ERR_SSE_STATUS');
    assert.equal(close.error.status, status);
    assert.equal(close.error.retryable, true, 'the failure may pass; repeating is not safe');
    assert.deepEqual(
      origin.requests.map(({ body }) => String(body)),
      ['charge the card'],
    );
  });
}

test('with `retry.unsafe`, or a status that the caller lists, it is sent again', async (t) => {
  for (const [status, retry, asked] of [
    [502, { unsafe: true }, 3],
    [504, { statuses: [504] }, 3],
    [502, { statuses: [504] }, 1],
    // What the caller lists is all that counts, also with `unsafe`.
    [503, { statuses: [], unsafe: true }, 1],
  ]) {
    const { origin, gateway } = await behind(t, status);
    const options = { ...POST, retry: { ...FAST, ...retry } };
    const { close } = await record(open(t, gateway.url, options));
    assert.equal(close.error.status, status);
    assert.equal(origin.requests.length, asked, `${status} ${JSON.stringify(retry)}`);
  }
});

test('a GET is asked again after each of them, and after 409', async (t) => {
  for (const status of [409, 500, 502, 503, 504]) {
    const { origin, gateway } = await behind(t, status);
    const retry = { ...FAST, attempts: 1 };
    const { close } = await record(open(t, gateway.url, { retry }));
    assert.equal(close.error.status, status);
    assert.equal(origin.requests.length, 2, `${status}`);
  }
});

test('409 is final for a POST: it is not asked again', async (t) => {
  const { origin, gateway } = await behind(t, 409);
  const { close } = await record(open(t, gateway.url, { ...POST, retry: FAST }));
  assert.equal(close.error.status, 409);
  assert.equal(origin.requests.length, 1);
});
