'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { freshHub } = require('./support/hub.js');
const { certificate, pem, startListener } = require('./support/listening.js');

/** Options that are wrong, and what the error is to name. */
const WRONG = [
  [{}, /port, socketPath, fd/],
  [{ port: 0, fd: 3 }, /port and fd/],
  [{ port: 65_536 }, /^port /],
  [{ port: '80' }, /^port /],
  [{ port: 0, host: 7 }, /^host /],
  [{ port: 0, path: 'events' }, /^path /],
  [{ port: 0, path: '/a//b' }, /^path /],
  [{ port: 0, path: '/a?b' }, /^path /],
  [{ port: 0, path: [] }, /^path /],
  [{ port: 0, path: ['/a', '/:a/:a'] }, /^path\[1\] names a parameter twice/],
  [{ port: 0, authorize: 'yes' }, /^authorize /],
  [{ port: 0, authorizeTimeout: 0 }, /^authorizeTimeout /],
  [{ port: 0, headersTimeout: Number.NaN }, /^headersTimeout /],
  [{ port: 0, maxHeaderSize: 10 }, /^maxHeaderSize /],
  [{ port: 0, maxConnectionsPerAddress: 0 }, /^maxConnectionsPerAddress /],
  [{ port: 0, metrics: {} }, /^metrics\.port /],
  [{ port: 0, tls: {} }, /tls\.cert/],
  [{ port: 0, tls: { cert: 'x', key: 'y' } }, /tls\.cert/],
  [{ port: 0, tls: { cert: certificate.cert, key: pem('wildcard-key.pem') } }, /tls\.key/],
  [{ fd: 9999 }, /./],
  [{ port: 0, unknown: 1 }, /unknown/],
];

for (const [options, names] of WRONG) {
  test(`listen(${JSON.stringify(options).slice(0, 60)}) names what is wrong`, async () => {
    await assert.rejects(freshHub().listen(options), (error) => {
      assert.equal(error.code, 'ERR_SSE_OPTION');
      assert.match(error.message, names);
      return true;
    });
  });
}

test('a certificate that cannot be used changes nothing', async (t) => {
  const { listener } = await startListener(t, { tls: certificate });
  const wrong = { cert: certificate.cert, key: pem('wildcard-key.pem') };
  assert.throws(() => listener.setSecureContext(wrong), { code: 'ERR_SSE_OPTION' });
  const plain = await startListener(t);
  assert.throws(() => plain.listener.setSecureContext(certificate), { code: 'ERR_SSE_OPTION' });
});
