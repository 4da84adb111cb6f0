'use strict';

const { generateKeyPairSync } = require('node:crypto');
const { SECRET } = require('./tokens.js');

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Options that are refused, and how the sentence begins. */
const WRONG = [
  [undefined, /^options must be an object/],
  [{}, /^jwtAuthorizer needs one of secret, publicKey, jwks, got none/],
  [{ secret: SECRET, jwks: 'https://x.test' }, /got secret and jwks/],
  [{ secret: SECRET, leway: 1 }, /^unknown option "leway"; there are secret/],
  [{ secret: 'hunter2' }, /^secret must be at least 32 bytes long/],
  [{ secret: 7 }, /^secret must be a string, a Uint8Array or a secret KeyObject/],
  [{ publicKey: 'hunter2' }, /^publicKey must be a public key: PEM/],
  [{ publicKey: privateKey }, /^publicKey must be a public key/],
  [{ publicKey: { kty: 'oct', k: 'hunter2' } }, /^publicKey must be a public key/],
  [{ jwks: 'keys.json' }, /^jwks must be an http\(s\) URL/],
  [{ jwks: 'file:///keys.json' }, /^jwks must be an http\(s\) URL/],
  [{ jwks: 'https://u:hunter2@x.test/' }, /^jwks must be a URL without a user/],
  [{ jwks: 7 }, /^jwks must be an object/],
  [{ jwks: { keys: [] } }, /^jwks.keys must be an array with at least one/],
  [{ jwks: { keys: [7] } }, /^jwks.keys\[0\] must be an object/],
  [{ secret: SECRET, algorithms: ['RS256'] }, /^algorithms must be an array of HS256/],
  [{ jwks: 'https://x.test', algorithms: ['HS256'] }, /^algorithms must be an array of RS256/],
  [{ secret: SECRET, algorithms: ['none'] }, /^algorithms must be/],
  [{ secret: SECRET, algorithms: [] }, /^algorithms must be/],
  [{ secret: SECRET, issuer: '' }, /^issuer must be a string, or an array/],
  [{ secret: SECRET, audience: [] }, /^audience must be/],
  [{ secret: SECRET, required: [7] }, /^required must be/],
  [{ secret: SECRET, leeway: -1 }, /^leeway must be a number of milliseconds >= 0/],
  [{ secret: SECRET, leeway: Number.NaN }, /^leeway must be/],
  [{ secret: SECRET, from: {} }, /^from must be an object with at least one of header/],
  [{ secret: SECRET, from: { body: 'token' } }, /^unknown option "from.body"/],
  [{ secret: SECRET, from: { cookie: '' } }, /^from.cookie must be a name/],
  [{ secret: SECRET, refresh: {} }, /^refresh is for keys that are fetched/],
  [{ jwks: 'https://x.test', refresh: { maxAge: '1h' } }, /^refresh.maxAge must be a number/],
  [{ jwks: 'https://x.test', refresh: { timeout: 0 } }, /^refresh.timeout must be more than 0/],
  [{ jwks: 'https://x.test', refresh: { maxAge: 10 } }, /^refresh.maxAge must be at least 1000/],
  [{ jwks: 'https://x.test', refresh: { stale: 1 } }, /^refresh.stale must be at least/],
  [{ secret: SECRET, user: 'sub' }, /^user must be a function/],
];

module.exports = { WRONG };
