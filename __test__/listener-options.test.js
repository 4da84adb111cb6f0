'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { freshHub } = require('./support/hub.js');
const { certificate, pem, startListener } = require('./support/listening.js');
const { LISTEN } = require('./support/wrong-listen-options.js');

for (const [options, names] of LISTEN) {
  test(`listen(${JSON.stringify(options).slice(0, 60)}) names what is wrong`, async () => {
    await assert.rejects(freshHub().listen(options), (error) => {
      assert.equal(error.code, 'ERR_SSE_OPTION');
      assert.ok(error.message.includes(names), error.message);
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
