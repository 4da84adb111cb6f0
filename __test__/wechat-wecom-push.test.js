'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { SSEOptionError } = require('../index.js');
const { wecomApp, wecomGroupRobot } = require('../lib/wechat/wechat.js');
const { RateLimit } = require('../lib/wechat/rate-limit.js');
const { fakeWecomApi, virtualClock, virtualStore } = require('../lib/wechat/testing/testing.js');

const APP = { corpId: 'ww1', agentId: 1000002, secret: 'a-secret' };
const ROBOT = { key: 'a-secret-key' };

function rig() {
  const clock = virtualClock();
  const api = fakeWecomApi({ ...APP, ...ROBOT, users: ['ann', 'bob'], clock });
  const shared = { clock, fetch: api.fetch };
  const app = wecomApp({ ...APP, ...shared, store: virtualStore(clock) });
  return { clock, api, app, robot: wecomGroupRobot({ ...ROBOT, ...shared }), shared };
}

const size = (text) => Buffer.byteLength(text);

describe('an app', () => {
  test('sends text in parts that WeCom does not cut', async () => {
    const { api, app } = rig();
    const text = '河水滔滔。👨‍👩‍👧‍👦'.repeat(200);
    const { parts, unknown } = await app.send('ann', text);
    assert.deepEqual([parts, unknown], [api.messages.length, []]);
    assert.ok(parts > 1);
    assert.equal(api.messages.map((message) => message.text).join(''), text);
    assert.equal(api.tokens.issued, 1);
  });

  test('sends to lists, and tells who is not known', async () => {
    const { api, app } = rig();
    const { unknown } = await app.send({ users: ['ann', 'eve'] }, 'x');
    assert.deepEqual(unknown, ['eve']);
    assert.equal(api.messages[0].to, 'ann|eve');
  });

  test('replaces a token that is refused, once', async () => {
    const { api, app, clock } = rig();
    await app.send('ann', 'one');
    api.tokens.revoke();
    const sent = app.send('ann', 'two');
    await clock.advance(1000);
    await sent;
    assert.deepEqual(
      api.messages.map(({ text }) => text),
      ['one', 'two'],
    );
  });

  test('with a wrong secret is told what WeCom says, without the secret', async () => {
    const { shared, clock } = rig();
    const app = wecomApp({ ...APP, ...shared, secret: 'wrong-secret', store: virtualStore(clock) });
    await assert.rejects(app.send('ann', 'x'), (error) => {
      assert.deepEqual([error.code, error.errcode], ['ERR_WECHAT_API', 40_001]);
      assert.ok(!error.message.includes('wrong-secret'));
      return true;
    });
  });
});

describe('a group robot', () => {
  test('sends text in parts of 2,048 bytes and Markdown in parts of 4,096', async () => {
    const { api, robot } = rig();
    const text = '河水滔滔。'.repeat(300);
    assert.equal(await robot.send(text), 3);
    assert.equal(await robot.send({ markdown: text }), 2);
    assert.equal(await robot.send({ text: 'x' }), 1);
    for (const message of api.messages.slice(0, 3)) assert.ok(size(message.text) <= 2048);
    assert.equal(
      api.messages
        .slice(0, 3)
        .map((message) => message.text)
        .join(''),
      text,
    );
  });

  test('sends twenty messages a minute, and the others wait, in order', async () => {
    const { api, robot, clock } = rig();
    const sent = Promise.all(Array.from({ length: 45 }, (_, index) => robot.send(`${index}`)));
    await clock.advance(1000);
    assert.equal(api.messages.length, 20);
    await clock.advance(60_000);
    assert.equal(api.messages.length, 40);
    await clock.advance(60_000);
    await sent;
    assert.deepEqual(
      api.messages.map(({ text }) => text),
      Array.from({ length: 45 }, (_, index) => `${index}`),
    );
  });

  test('with a wrong key is told what WeCom says, without the key', async () => {
    const { shared } = rig();
    await assert.rejects(wecomGroupRobot({ ...shared, key: 'wrong-key' }).send('x'), (error) => {
      assert.deepEqual([error.code, error.errcode], ['ERR_WECHAT_API', 93_000]);
      assert.ok(!error.message.includes('wrong-key'));
      return true;
    });
  });
});

test('a rate limit gives each its time', () => {
  const limit = new RateLimit(2, 100);
  assert.deepEqual(
    [0, 0, 0, 10, 10, 250].map((now) => limit.take(now)),
    [0, 0, 100, 90, 190, 0],
  );
});

test('a wrong option or argument is refused by name', async () => {
  const refused = (call, name) =>
    assert.throws(
      call,
      (error) => error instanceof SSEOptionError && error.message.includes(name),
      name,
    );
  for (const [change, name] of [
    [{ corpId: '' }, 'corpId'],
    [{ agentId: '1' }, 'agentId'],
    [{ secret: 7 }, 'secret'],
    [{ store: {} }, 'store'],
    [{ baseUrl: 'x' }, 'baseUrl'],
    [{ key: 'x' }, 'key'],
  ]) {
    refused(() => wecomApp({ ...APP, ...change }), name);
  }
  for (const [change, name] of [
    [{ key: undefined }, 'key'],
    [{ fetch: 1 }, 'fetch'],
    [{ clock: 1 }, 'clock'],
  ]) {
    refused(() => wecomGroupRobot({ ...ROBOT, ...change }), name);
  }
  const { app, robot } = rig();
  for (const [call, name] of [
    [() => app.send('', 'x'), 'to'],
    [() => app.send({}, 'x'), 'to'],
    [() => app.send({ users: ['a|b'] }, 'x'), 'to.users'],
    [() => app.send('ann', ''), 'text'],
    [() => robot.send(''), 'message'],
    [() => robot.send({}), 'message'],
    [() => robot.send({ text: 'x', markdown: 'y' }), 'message'],
    [() => robot.send({ html: 'x' }), 'message.html'],
  ]) {
    await assert.rejects(
      call,
      (error) => error instanceof SSEOptionError && error.message.includes(name),
    );
  }
});
