'use strict';

const { createSecretKey } = require('node:crypto');

const jose = import('jose');

/** What signs and verifies alike. */
const SECRET = 'a secret of tests, which is long enough';

/**
 * A token that is signed with a secret.
 *
 * @param {object} claims
 * @param {string} [secret]
 */
async function secretToken(claims, secret = SECRET) {
  const { SignJWT } = await jose;
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(createSecretKey(secret, 'utf8'));
}

/**
 * One who signs tokens with a key pair, and the public half.
 *
 * @param {string | undefined} kid the name of the key
 * @param {string} [alg]
 */
async function signer(kid, alg = 'ES256') {
  const { SignJWT, exportJWK, exportSPKI, generateKeyPair } = await jose;
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const named = kid === undefined ? {} : { kid };
  return {
    publicKey,
    pem: await exportSPKI(publicKey),
    jwk: { ...(await exportJWK(publicKey)), alg, use: 'sig', ...named },
    /** @param {object} claims */
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg, ...named }).sign(privateKey),
  };
}

const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** A request of a Node server with a token. */
const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` }, url: '/events' });

/** The error that a promise rejects with. */
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was let in');
}

module.exports = { SECRET, bearer, inSeconds, refusal, secretToken, signer };
