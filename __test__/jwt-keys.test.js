'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { SSEAuthError } = require('perennial-sse');
const { jwtAuthorizer } = require('perennial-sse/jwt');
const { PATIENCE_MS } = require('./support/client.js');
const { until } = require('./support/deadline.js');
const { startKeyServer } = require('./support/key-server.js');
const { bearer, refusal, signer } = require('./support/tokens.js');

/** Moves the clock of this process, which tells how old keys are. */
function clockOf(t) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  return (ms) => t.mock.timers.setTime(Date.now() + ms);
}

const isUnavailable = (error) => {
  assert.ok(error instanceof SSEAuthError, `${error}`);
  assert.deepEqual([error.code, error.status, error.retryable], ['ERR_SSE_KEYS', undefined, true]);
  assert.ok(error.cause instanceof Error);
  return true;
};

const isRefused = ({ code, status }) => {
  assert.deepEqual([code, status], ['ERR_SSE_UNAUTHORIZED', 401]);
  return true;
};

test('keys are fetched once, when a token needs them', async (t) => {
  const server = await startKeyServer(t);
  const ann = await signer('a');
  server.keys = [ann.jwk];
  const authorize = jwtAuthorizer({ jwks: server.url });
  assert.equal(server.asked, 0);
  const release = server.hold();
  const token = await ann.sign({ sub: 'ann' });
  const many = Promise.all(Array.from({ length: 50 }, () => authorize(bearer(token))));
  await until(() => server.asked > 0, PATIENCE_MS, 'a request for the keys');
  assert.equal(release(), 1);
  assert.deepEqual(new Set((await many).map(({ user }) => user)), new Set(['ann']));
  assert.equal((await authorize(bearer(token))).user, 'ann');
  assert.equal(server.asked, 1);
});

test('rotation: an unknown key is asked for, once in a while', async (t) => {
  const forward = clockOf(t);
  const server = await startKeyServer(t);
  const [old, young, foreign] = await Promise.all(['a', 'b', 'c'].map((kid) => signer(kid)));
  server.keys = [old.jwk];
  const authorize = jwtAuthorizer({ jwks: new URL(server.url) });
  assert.equal((await authorize(bearer(await old.sign({ sub: 'ann' })))).user, 'ann');
  forward(30_000);
  server.keys = [old.jwk, young.jwk];
  assert.equal((await authorize(bearer(await young.sign({ sub: 'bob' })))).user, 'bob');
  assert.equal(server.asked, 2);
  // Tokens with invented names of keys cause no requests of their own.
  for (let times = 0; times < 20; times++) {
    await assert.rejects(authorize(bearer(await foreign.sign({}))), isRefused);
  }
  assert.equal(server.asked, 2);
  forward(30_000);
  await assert.rejects(authorize(bearer(await foreign.sign({}))), isRefused);
  assert.equal(server.asked, 3);
  // A key that its issuer withdrew holds no longer than maxAge.
  server.keys = [young.jwk];
  forward(599_999);
  assert.equal((await authorize(bearer(await old.sign({ sub: 'ann' })))).user, 'ann');
  forward(1);
  await assert.rejects(authorize(bearer(await old.sign({}))), isRefused);
  assert.equal((await authorize(bearer(await young.sign({ sub: 'bob' })))).user, 'bob');
  assert.equal(server.asked, 4);
});

test('keys that are too old are fetched, however long nothing else is', async (t) => {
  const forward = clockOf(t);
  const server = await startKeyServer(t);
  const ann = await signer('a');
  server.keys = [ann.jwk];
  const refresh = { maxAge: 10_000, stale: 10_000, cooldown: 30_000 };
  const authorize = jwtAuthorizer({ jwks: server.url, refresh });
  const token = await ann.sign({ sub: 'ann' });
  for (let times = 1; times <= 3; times++) {
    assert.equal((await authorize(bearer(token))).user, 'ann');
    assert.equal(server.asked, times);
    forward(10_000);
  }
});

test('outage: kept keys go on, for so long', async (t) => {
  const forward = clockOf(t);
  const server = await startKeyServer(t);
  const [ann, bob] = await Promise.all(['a', 'b'].map((kid) => signer(kid)));
  server.keys = [ann.jwk];
  const authorize = jwtAuthorizer({ jwks: server.url, refresh: { stale: 3_600_000 } });
  const token = await ann.sign({ sub: 'ann' });
  await authorize(bearer(token));
  server.answer = (_request, response) => response.writeHead(503).end();
  forward(600_000);
  for (let times = 0; times < 10; times++) {
    assert.equal((await authorize(bearer(token))).user, 'ann');
  }
  assert.equal(server.asked, 2, 'what fails is not asked again at once');
  // Nobody can say whether this one is right.
  await assert.rejects(authorize(bearer(await bob.sign({}))), isUnavailable);
  for (const answer of [
    (_request, response) => response.destroy(),
    (_request, response) => response.writeHead(302, { location: server.url }).end(),
    (_request, response) => response.end('<html>'),
    (_request, response) => response.end('{"keys":7}'),
    (_request, response) => response.end(`"${'x'.repeat(2 * 1024 * 1024)}"`),
  ]) {
    server.answer = answer;
    forward(30_000);
    assert.equal((await authorize(bearer(token))).user, 'ann');
  }
  assert.equal(server.asked, 7);
  forward(3_600_000);
  await assert.rejects(authorize(bearer(token)), (error) => {
    assert.match(error.message, /^the keys of http:\/\/127\.0\.0\.1:\d+\/keys\.json cannot be had/);
    return isUnavailable(error);
  });
  server.answer = undefined;
  forward(30_000);
  assert.equal((await authorize(bearer(token))).user, 'ann');
});

test('a server that says nothing is waited for no longer than timeout', async (t) => {
  const server = await startKeyServer(t);
  server.hold();
  const ann = await signer('a');
  const authorize = jwtAuthorizer({ jwks: server.url, refresh: { timeout: 50 } });
  await assert.rejects(authorize(bearer(await ann.sign({}))), (error) => {
    assert.equal(error.cause.name, 'TimeoutError');
    return isUnavailable(error);
  });
});

test('while there are no keys at all they are asked for each second', async (t) => {
  const forward = clockOf(t);
  const server = await startKeyServer(t);
  server.answer = (_request, response) => response.writeHead(500).end();
  const ann = await signer('a');
  server.keys = [ann.jwk];
  const authorize = jwtAuthorizer({ jwks: server.url });
  const token = await ann.sign({ sub: 'ann' });
  for (let times = 0; times < 5; times++) await refusal(authorize(bearer(token)));
  assert.equal(server.asked, 1);
  server.answer = undefined;
  forward(1000);
  assert.equal((await authorize(bearer(token))).user, 'ann');
});

test('a set may be given, and its keys need no names', async () => {
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => signer(undefined)));
  const authorize = jwtAuthorizer({ jwks: { keys: [one.jwk, two.jwk] } });
  assert.equal((await authorize(bearer(await one.sign({ sub: 'ann' })))).user, 'ann');
  assert.equal((await authorize(bearer(await two.sign({ sub: 'bob' })))).user, 'bob');
  await assert.rejects(authorize(bearer(await three.sign({}))), isRefused);
  await assert.rejects(
    authorize(bearer(await two.sign({ exp: 1 }))),
    ({ cause }) => cause.code === 'ERR_JWT_EXPIRED',
  );
});
