'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const { test } = require('node:test');
const { virtualClock, virtualStore } = require('../lib/wechat/testing/testing.js');
const { accountRig } = require('./support/wechat.js');

const HOUR = 3_600_000;

const rigWith = (options, fake) => accountRig({ answer: () => null, ...options }, fake);

test('fifty calls at a time fetch one access token', async () => {
  const { bot, wechat, clock } = rigWith({});
  const tokens = Promise.all(Array.from({ length: 50 }, () => bot.accessToken.get()));
  await clock.advance(1000);
  assert.deepEqual(new Set(await tokens), new Set(['token-1']));
  assert.equal(wechat.tokens.issued, 1);
});

test('processes that share a store fetch one access token', async () => {
  const clock = virtualClock();
  const store = virtualStore(clock);
  const { wechat } = rigWith({ clock, store });
  const bots = Array.from({ length: 5 }, () => rigWith({ clock, store, fetch: wechat.fetch }).bot);
  const tokens = Promise.all(bots.map((bot) => bot.accessToken.get()));
  await clock.advance(1000);
  assert.deepEqual(new Set(await tokens), new Set(['token-1']));
  assert.equal(wechat.tokens.issued, 1);
});

test('something else under the key of the token is none', async () => {
  const clock = virtualClock();
  const store = virtualStore(clock);
  const { bot } = rigWith({ clock, store });
  await store.set('wechat:wx0123456789:token', 'not JSON');
  assert.equal(await bot.accessToken.get(), 'token-1');
});

test('a token is renewed five minutes early, while the old one is used', async () => {
  const { bot, wechat, clock } = rigWith({});
  assert.equal(await bot.accessToken.get(), 'token-1');
  await clock.advance(2 * HOUR - 301_000);
  assert.equal(await bot.accessToken.get(), 'token-1');
  assert.equal(wechat.tokens.issued, 1);
  await clock.advance(2000);
  assert.equal(await bot.accessToken.get(), 'token-1');
  await clock.settle();
  assert.equal(await bot.accessToken.get(), 'token-2');
  assert.equal(wechat.tokens.issued, 2);
});

test('a token that is over is replaced before it is used', async () => {
  const { bot, wechat, clock } = rigWith({});
  await bot.accessToken.get();
  await clock.advance(3 * HOUR);
  assert.equal(await bot.accessToken.get(), 'token-2');
  assert.equal(wechat.tokens.issued, 2);
});

test('on 40001 the token is replaced once, and the call made again', async () => {
  const { bot, wechat, clock, errors } = rigWith({});
  await wechat.say('ann', 'x');
  await bot.send('ann', 'one');
  wechat.tokens.revoke();
  const sent = Promise.all([bot.send('ann', 'two'), bot.send('ann', 'three')]);
  await clock.advance(1000);
  await sent;
  assert.deepEqual(wechat.shown('ann').toSorted(), ['one', 'three', 'two']);
  assert.equal(wechat.tokens.issued, 2);
  assert.deepEqual(errors, []);
});

test('a token that is refused again and again is not asked for again and again', async () => {
  let forced = 0;
  let asked = 0;
  const { bot } = rigWith({
    fetch: async (url, { body }) => {
      if (!url.includes('stable_token')) return Response.json({ errcode: 40001, errmsg: 'no' });
      asked += 1;
      if (JSON.parse(body).force_refresh) forced += 1;
      return Response.json({ access_token: 'same', expires_in: 7200 });
    },
  });
  for (let times = 0; times < 4; times++) {
    await assert.rejects(bot.send('ann', 'x'), (error) =>
      ['ERR_WECHAT_API', 'ERR_WECHAT_TOKEN'].includes(error.code),
    );
  }
  assert.equal(forced, 1);
  assert.ok(asked <= 6, String(asked));
});

test('a process that dies while it fetches keeps the others for fifteen seconds at most', async () => {
  const clock = virtualClock();
  const store = virtualStore(clock);
  const dead = rigWith({ clock, store, fetch: () => new Promise(() => {}) });
  dead.bot.accessToken.get().catch(() => {});
  await clock.advance(0);
  const { bot } = rigWith({ clock, store });
  const token = bot.accessToken.get();
  await clock.advance(16_000);
  assert.equal(await token, 'token-1');
});

test('a wrong secret, and silence, are errors that say what to do', async () => {
  const wrong = rigWith({}, { appSecret: 'another' });
  await assert.rejects(wrong.bot.accessToken.get(), { code: 'ERR_WECHAT_API', errcode: 40125 });
  const silent = rigWith({
    fetch: (_url, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  const token = silent.bot.accessToken.get();
  token.catch(() => {});
  await silent.clock.advance(11_000);
  await assert.rejects(token, (error) => {
    assert.equal(error.code, 'ERR_WECHAT_NETWORK');
    assert.match(error.message, /stable_token of WeChat gave no answer; look at the network/);
    return true;
  });
});

test('a call that was surely not made is made again, and one that may have been is not', async () => {
  for (const [code, calls] of [
    ['ECONNREFUSED', 3],
    ['ECONNRESET', 1],
  ]) {
    let called = 0;
    const { bot, clock } = rigWith({
      fetch: async (url) => {
        if (url.includes('stable_token')) {
          return Response.json({ access_token: 't', expires_in: 7200 });
        }
        called += 1;
        throw Object.assign(new TypeError('fetch failed'), {
          cause: Object.assign(new Error(code), { code }),
        });
      },
    });
    const sent = bot.send('ann', 'x');
    sent.catch(() => {});
    await clock.advance(5000);
    await assert.rejects(sent, { code: 'ERR_WECHAT_NETWORK' });
    assert.equal(called, calls, code);
  }
});

test('no call uses a connection that waited, which the other side may be closing', async (t) => {
  const connections = new Set();
  const server = http.createServer((request, response) => {
    connections.add(request.socket);
    const token = { access_token: 't', expires_in: 7200 };
    response.end(JSON.stringify(request.url.includes('token') ? token : { errcode: 0 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  const { bot } = rigWith({ baseUrl, fetch: globalThis.fetch });
  for (const text of ['one', 'two', 'three']) await bot.send('ann', text);
  assert.equal(connections.size, 4);
});
