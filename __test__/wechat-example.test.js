'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { runChild } = require('./support/child.js');
const { startProgram } = require('./support/server-program.js');
const { fakeOfficialAccount, fakeWecomBot } = require('../lib/wechat/testing/testing.js');
const { ACCOUNT, BOT, KEY } = require('./support/wechat.js');

const ROOT = join(__dirname, '..');

test('npm run wechat shows three conversations, and each comes to what it must', async () => {
  const script = join(ROOT, 'scripts', 'wechat.mjs');
  const { code, stdout, stderr } = await runChild(script, { timeout: 120_000 });
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stdout.match(/^\d\. (公众号|企业微信)/gm).length, 3);
  assert.equal(stdout.match(/^ {2}ok /gm).length, 8);
  assert.doesNotMatch(stdout, /FAILED/);
});

test('the service of the example starts, and the consoles verify both of its URLs', async (t) => {
  const server = await startProgram([process.execPath, 'server.mjs'], {
    cwd: join(ROOT, 'examples', 'wechat-bot'),
    env: {
      PORT: '0',
      PROVIDER_URL: 'http://127.0.0.1:9/v1',
      WECHAT_APP_ID: ACCOUNT.appId,
      WECHAT_TOKEN: ACCOUNT.token,
      WECHAT_AES_KEY: KEY,
      WECOM_TOKEN: BOT.token,
      WECOM_AES_KEY: KEY,
    },
  });
  t.after(() => server.stop());
  const url = `http://127.0.0.1:${server.port}`;
  const account = { ...ACCOUNT, encodingAESKey: KEY, target: `${url}/wechat` };
  assert.equal(await fakeOfficialAccount(account).verify(), true);
  assert.equal(await fakeWecomBot({ ...BOT, target: `${url}/wecom` }).verify(), true);
  assert.equal((await fetch(`${url}/other`)).status, 404);
});
