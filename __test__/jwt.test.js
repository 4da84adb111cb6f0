'use strict';

const assert = require('node:assert/strict');
const { createPublicKey, createSecretKey } = require('node:crypto');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { SSEAuthError, SSECallbackError, SSEOptionError } = require('perennial-sse');
const { jwtAuthorizer } = require('perennial-sse/jwt');
const { SECRET, bearer, inSeconds, refusal, secretToken, signer } = require('./support/tokens.js');
const { WRONG } = require('./support/wrong-token-options.js');

const unsigned = (header, claims) =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;

test('a token becomes options of a hub: who, until when, since when', async () => {
  const authorize = jwtAuthorizer({ secret: SECRET });
  const exp = inSeconds(600);
  const iat = inSeconds(-5);
  assert.deepEqual(await authorize(bearer(await secretToken({ sub: 'ann', exp, iat }))), {
    user: 'ann',
    channels: [],
    data: undefined,
    expires: new Date(exp * 1000 + 5000),
    issuedAt: new Date(iat * 1000),
  });
  const { user, expires, issuedAt } = await authorize(bearer(await secretToken({})));
  assert.deepEqual({ user, expires, issuedAt }, { user: null, expires: null, issuedAt: null });
  const strange = await authorize(bearer(await secretToken({ exp: 1e300, iat: 0 })));
  assert.equal(strange.expires, null);
  assert.ok(strange.issuedAt < new Date('1990-01-01'), 'it is older than whatever is revoked');
});

test("what claims mean is the caller's", async () => {
  const authorize = jwtAuthorizer({
    secret: Buffer.from(SECRET),
    leeway: 0,
    user: async ({ account }) => account,
    channels: ({ teams }) => teams.map((team) => `team-${team}`),
    data: ({ role }) => ({ role }),
  });
  const exp = inSeconds(60);
  const claims = { account: 'a7', teams: ['red'], role: 'admin', exp };
  assert.deepEqual(await authorize(bearer(await secretToken(claims))), {
    user: 'a7',
    channels: ['team-red'],
    data: { role: 'admin' },
    expires: new Date(exp * 1000),
    issuedAt: null,
  });
  const error = await refusal(authorize(bearer(await secretToken({}))));
  assert.ok(error instanceof SSECallbackError);
  assert.equal(error.message, 'channels threw');
  assert.ok(error.cause instanceof TypeError);
});

test('tokens that do not hold are refused with 401, and the error quotes none of them', async () => {
  const authorize = jwtAuthorizer({
    secret: createSecretKey(SECRET, 'utf8'),
    issuer: 'https://login.test/',
    audience: ['events', 'news'],
    required: 'exp',
  });
  const good = { sub: 'ann', iss: 'https://login.test/', aud: 'events', exp: inSeconds(60) };
  assert.equal((await authorize(bearer(await secretToken(good)))).user, 'ann');
  const { sub: _, ...unnamed } = good;
  const { exp: __, ...endless } = good;
  const rsa = await signer(undefined, 'RS256');
  const [head, body, signature] = (await secretToken(good)).split('.');
  const other = Buffer.from(JSON.stringify({ ...good, sub: 'bob' })).toString('base64url');
  for (const [what, token, message] of [
    ['expired', await secretToken({ ...good, exp: inSeconds(-10) }), /"exp"/],
    ['not yet valid', await secretToken({ ...good, nbf: inSeconds(60) }), /"nbf"/],
    ['for another audience', await secretToken({ ...good, aud: 'billing' }), /"aud"/],
    ['of another issuer', await secretToken({ ...good, iss: 'https://evil.test/' }), /"iss"/],
    ['without a required claim', await secretToken(endless), /"exp"/],
    ['signed by another', await secretToken(good, `${SECRET} of another`), /signature/],
    ['with other claims', `${head}.${other}.${signature}`, /signature/],
    ['without a signature', `${head}.${body}.`, /./],
    ['alg none', unsigned({ alg: 'none' }, good), /./],
    ['alg None', unsigned({ alg: 'None', typ: 'JWT' }, good), /./],
    ['no alg', unsigned({ typ: 'JWT' }, good), /./],
    ['an alg of keys', await rsa.sign(good), /"alg"/],
    ['no token at all', 'x', /./],
    ['long', 'x'.repeat(100_000), /./],
    ['claims that are no object', unsigned({ alg: 'HS256' }, 7), /./],
  ]) {
    const error = await refusal(authorize(bearer(token)));
    assert.ok(error instanceof SSEAuthError, `${what}: ${error}`);
    assert.deepEqual(
      [error.code, error.status, error.retryable],
      ['ERR_SSE_UNAUTHORIZED', 401, false],
    );
    assert.match(error.message, /^the token is refused: /, what);
    assert.match(error.message, message, what);
    assert.match(error.cause.code, /^ERR_J/, what);
    const printed = inspect(error, { depth: 9, showHidden: true });
    assert.ok(!printed.includes(token) || token === 'x', what);
    assert.ok(!printed.includes('login.test'), `${what}: claims are not printed`);
  }
  assert.equal(
    (await authorize(bearer(await secretToken({ ...unnamed, aud: ['x', 'news'] })))).user,
    null,
  );
});

test('a public key is no secret: a token cannot choose so', async () => {
  const { sign, pem, jwk, publicKey } = await signer('one', 'RS256');
  const token = await sign({ sub: 'ann' });
  for (const key of [pem, jwk, publicKey, createPublicKey(pem)]) {
    const authorize = jwtAuthorizer({ publicKey: key });
    assert.equal((await authorize(bearer(token))).user, 'ann');
    const error = await refusal(authorize(bearer(await secretToken({ sub: 'ann' }, pem))));
    assert.equal(error.status, 401);
  }
  const elliptic = await signer('two', 'ES256');
  const error = await refusal(jwtAuthorizer({ publicKey: pem })(bearer(await elliptic.sign({}))));
  assert.deepEqual([error.code, error.status], ['ERR_SSE_UNAUTHORIZED', 401]);
  const narrow = jwtAuthorizer({ publicKey: pem, algorithms: ['PS256'] });
  assert.equal((await refusal(narrow(bearer(token)))).status, 401);
});

test('the token stands where it is looked for, and nowhere else', async () => {
  const token = await secretToken({ sub: 'ann' });
  const other = await secretToken({ sub: 'bob' });
  const bad = 'x.y.z';
  const from = { header: 'X-Token', cookie: 'session', query: 'token' };
  const headers = (more) => ({ headers: more, url: '/events' });
  for (const [what, given, request, user] of [
    ['a header', undefined, headers({ authorization: `bearer ${token}` }), 'ann'],
    ['no query by default', undefined, { headers: {}, url: `/?token=${token}` }, undefined],
    ['no cookie by default', undefined, headers({ cookie: `session=${token}` }), undefined],
    ['another scheme', undefined, headers({ authorization: `Basic ${token}` }), undefined],
    ['no scheme', undefined, headers({ authorization: token }), undefined],
    ['an empty one', undefined, headers({ authorization: 'Bearer ' }), undefined],
    ['a header of another name', from, headers({ 'x-token': token }), 'ann'],
    ['not Authorization then', from, headers({ authorization: `Bearer ${token}` }), undefined],
    ['a cookie', from, headers({ cookie: `a=b; session=${token}; c` }), 'ann'],
    ['a quoted cookie', from, headers({ cookie: `xsession=1;session="${token}"` }), 'ann'],
    ['the query', from, { headers: {}, url: `/events?a=1&token=${token}#part` }, 'ann'],
    ['the header first', from, { headers: { 'x-token': token }, url: `/?token=${other}` }, 'ann'],
    [
      'then the cookie',
      from,
      { headers: { cookie: `session=${token}` }, url: `/?token=${other}` },
      'ann',
    ],
    [
      'no other where the first is bad',
      from,
      { headers: { 'x-token': bad }, url: `/?token=${token}` },
      null,
    ],
    ['a list', from, headers({ 'x-token': [token] }), 'ann'],
  ]) {
    const authorize = jwtAuthorizer({ secret: SECRET, from: given });
    const web = new Request(`http://app${request.url}`, {
      headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    });
    for (const one of [request, web, { req: { raw: web } }]) {
      if (typeof user === 'string') {
        assert.equal((await authorize(one)).user, user, what);
        continue;
      }
      const { code, status, message } = await refusal(authorize(one));
      assert.deepEqual([code, status], ['ERR_SSE_UNAUTHORIZED', 401], what);
      assert.match(
        message,
        user === null ? /^the token is refused/ : /^the request has no token in the header/,
      );
    }
  }
  await assert.rejects(
    jwtAuthorizer({ secret: SECRET })(undefined),
    /^SSEOptionError: request must be/,
  );
  const { message } = await refusal(jwtAuthorizer({ secret: SECRET, from })(headers({})));
  assert.equal(
    message,
    'the request has no token in the header "x-token" or the cookie "session" or the query "token"',
  );
});

test('allow decides last, and refuses with 403', async () => {
  const asked = [];
  const authorize = jwtAuthorizer({
    secret: SECRET,
    allow: async (claims, request) => {
      asked.push([claims.sub, request.url]);
      return claims.sub === 'ann' || undefined;
    },
  });
  assert.equal((await authorize(bearer(await secretToken({ sub: 'ann' })))).user, 'ann');
  const error = await refusal(authorize(bearer(await secretToken({ sub: 'bob' }))));
  assert.deepEqual([error.code, error.status], ['ERR_SSE_UNAUTHORIZED', 403]);
  await refusal(authorize(bearer(await secretToken({ sub: 'eve', exp: inSeconds(-9) }))));
  assert.deepEqual(asked, [
    ['ann', '/events'],
    ['bob', '/events'],
  ]);
});

test('wrong options are named at once, and no key is quoted', () => {
  for (const [options, sentence] of WRONG) {
    assert.throws(
      () => jwtAuthorizer(options),
      (error) => {
        assert.ok(error instanceof SSEOptionError);
        assert.match(error.message, sentence);
        assert.ok(!inspect(error, { depth: 9 }).includes('hunter2'));
        return true;
      },
    );
  }
});
