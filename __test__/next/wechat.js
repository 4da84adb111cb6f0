'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { fakeOfficialAccount } = require('../../lib/wechat/testing/testing.js');
const { ACCOUNT, KEY } = require('../support/wechat.js');

/** What the routes are given, in `lib/account.json` of the app. */
const SAFE = { ...ACCOUNT, encodingAESKey: KEY };

/** The app router's route, by `fetch`, and the pages router's, by `handler`; how each begins what it says. */
const ROUTES = { '/wechat': 'app', '/api/wechat': 'pages', '/api/wechat-parsed': 'pages' };

let messages = 0;

/**
 * What must hold for bots of WeChat on every server.
 *
 * @param {{ server: () => { url: string } }} given
 */
function speaking({ server }) {
  for (const [route, prefix] of Object.entries(ROUTES)) {
    test(`${route} is verified by WeChat, answers in safe mode, and refuses a wrong signature`, async () => {
      const target = `${server().url}${route}`;
      const wechat = fakeOfficialAccount({ ...SAFE, target });
      assert.equal(await wechat.verify(), true);
      // All routes of a process share the store, in which a message is answered once.
      messages += 1;
      const said = await wechat.deliver('ann', {
        ...{ MsgType: 'text', Content: '你好 👋', MsgId: String(messages) },
      });
      assert.deepEqual(said, { tries: 1, text: `${prefix}: 你好 👋` });

      const stranger = fakeOfficialAccount({ ...SAFE, token: 'another-token', target });
      assert.equal(await stranger.verify(), false);
      for (const init of [{}, { method: 'POST', body: '<xml></xml>' }]) {
        const query = `signature=${'0'.repeat(40)}&timestamp=1&nonce=2&echostr=3`;
        const response = await fetch(`${target}?${query}`, init);
        assert.deepEqual([response.status, await response.text()], [403, '']);
      }
    });
  }
}

module.exports = { SAFE, speaking };
