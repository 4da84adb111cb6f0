'use strict';

const { inspect } = require('node:util');
const { jwtAuthorizer } = require('../../../lib/adapters/jwt.js');
const { SECRET, bearer, inSeconds, refusal, secretToken, signer } = require('../tokens.js');
const { WRONG } = require('../wrong-token-options.js');
const { thrown } = require('./provoke.js');

const shown = (value) => inspect(value, { depth: 5, maxStringLength: 20, breakLength: Infinity });

/** A request that is refused by one who takes the tests' secret. */
const refused = (title, token, options) => ({
  title,
  provoke: async () => {
    const authorize = jwtAuthorizer({ secret: SECRET, audience: 'events', ...options });
    return refusal(authorize(bearer(await token())));
  },
});

const good = { aud: 'events' };

/** What can go wrong with a token. */
module.exports = [
  {
    title: 'a request without a token',
    provoke: () => refusal(jwtAuthorizer({ secret: SECRET })({ headers: {} })),
  },
  {
    title: 'what is no request',
    provoke: () => refusal(jwtAuthorizer({ secret: SECRET })('request')),
  },
  refused('no token at all', async () => 'x'),
  refused('a token that is expired', () => secretToken({ ...good, exp: inSeconds(-60) })),
  refused('a token for another audience', () => secretToken({ aud: 'billing' })),
  refused('a token that another signed', () => secretToken(good, `${SECRET} of another`)),
  refused('a token that allow refuses', () => secretToken(good), { allow: () => false }),
  refused('a callback that throws', () => secretToken(good), {
    channels: () => {
      throw new Error('away');
    },
  }),
  {
    title: 'keys that cannot be had',
    async provoke() {
      const { sign } = await signer('a');
      return refusal(jwtAuthorizer({ jwks: 'http://127.0.0.1:9/keys' })(bearer(await sign({}))));
    },
  },
  ...WRONG.map(([options]) => ({
    title: `jwtAuthorizer(${shown(options)})`,
    provoke: () => thrown(() => jwtAuthorizer(options)),
  })),
];
