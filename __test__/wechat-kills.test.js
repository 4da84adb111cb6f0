'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { fakeOfficialAccount, fakeWecomBot } = require('../lib/wechat/testing/testing.js');
const { deferred, until, within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');
const redis = require('./support/redis.js');
const { ACCOUNT, BOT } = require('./support/wechat.js');
const { startBotProcess } = require('./support/wechat-process.js');

const PATIENCE_MS = 60_000;
const LEASE = 1000;

/** How many pieces of the answer come before its process is killed. */
const CAME = 4;

describe('kill -9 in the middle of a stream', { skip: redis.withoutRedis() }, () => {
  /**
   * A user asks a bot whose process is killed; WeCom then asks another one.
   *
   * @param {'fail' | 'restart'} onLost
   */
  async function killed(t, onLost) {
    const server = await redis.startRedis(t);
    const held = deferred();
    t.after(() => held.resolve());
    const provider = await startProvider(t, {
      // The first answer stops in its middle, the second one is whole.
      before: (index, { number }) => (number === 1 && index > CAME ? held.promise : undefined),
    });
    const options = { redis: server.url, provider: provider.options(), onLost, lease: LEASE };
    const given = { ...options, bot: BOT, account: ACCOUNT };
    const [first, second] = await Promise.all([
      startBotProcess(t, given),
      startBotProcess(t, given),
    ]);
    let target = first.url;
    const wecom = fakeWecomBot({
      ...BOT,
      target: (request) =>
        fetch(`${target}/wecom${new URL(request.url).search}`, {
          method: request.method,
          body: request.body,
          duplex: 'half',
        }),
    });
    const said = wecom.say('ann', 'Of what does a river sing?');
    await until(() => wecom.shown('ann')[0]?.length > 0, PATIENCE_MS, 'the beginning of an answer');
    await first.kill();
    target = second.url;
    const { text, finished, frames } = await within(said, PATIENCE_MS, 'the end of the stream');
    assert.equal(finished, true);
    assert.deepEqual(wecom.violations, []);
    assert.equal(wecom.shown('ann').length, 1);
    return { text, frames, provider };
  }

  test('the other process shows what was logged, then a word that it broke off', async (t) => {
    const { text, provider } = await killed(t, 'fail');
    const [came, word] = text.split('\n（');
    assert.ok(came.length > 0 && provider.text.startsWith(came), text);
    assert.equal(word, '回答中断）');
    assert.equal(provider.requests.length, 1);
  });

  test("or, with onLost: 'restart', asks again and ends with the whole answer", async (t) => {
    const { text, frames, provider } = await killed(t, 'restart');
    assert.equal(text, provider.text);
    assert.equal(provider.requests.length, 2);
    // The question of the user is there once.
    const asked = provider.requests[1].body.messages.map(({ content }) => content);
    assert.deepEqual(asked, ['Of what does a river sing?']);
    assert.ok(
      frames.some((frame) => frame !== '' && frame !== text && provider.text.startsWith(frame)),
    );
  });
});

test('a message that is delivered to two processes is asked for, and paid, once', {
  skip: redis.withoutRedis(),
}, async (t) => {
  const server = await redis.startRedis(t);
  const provider = await startProvider(t, {
    before: (index) =>
      index === 3 ? new Promise((resolve) => setTimeout(resolve, 6000)) : undefined,
  });
  const given = {
    redis: server.url,
    provider: provider.options(),
    bot: BOT,
    account: { ...ACCOUNT, late: 'park' },
  };
  const processes = await Promise.all([startBotProcess(t, given), startBotProcess(t, given)]);
  // The response of the first delivery is lost, and each goes to another process.
  const target = (door) => {
    let count = 0;
    return async (request) => {
      count += 1;
      const number = count;
      const { url } = processes[number % 2];
      const response = await fetch(`${url}/${door}${new URL(request.url).search}`, {
        method: request.method,
        body: request.body,
        duplex: 'half',
      });
      return number === 1 ? new Promise(() => {}) : response;
    };
  };
  const wecom = fakeWecomBot({ ...BOT, target: target('wecom') });
  const wechat = fakeOfficialAccount({ ...ACCOUNT, target: target('wechat') });
  const both = Promise.all([wecom.say('ann', 'x'), wechat.say('bob', 'y')]);
  const [streamed, replied] = await within(both, PATIENCE_MS, 'the ends of both');
  assert.deepEqual([streamed.text, streamed.tries], [provider.text, 2]);
  assert.equal(replied.tries, 2);
  assert.match(replied.text, /回复 1/);
  assert.equal(provider.requests.length, 2);
});
