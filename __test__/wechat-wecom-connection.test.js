'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { describe, test } = require('node:test');
const { WebSocket, WebSocketServer } = require('ws');
const { SSEOptionError } = require('../index.js');
const { wecomBotConnection } = require('../lib/wechat/wechat.js');
const { PushBudget } = require('../lib/wechat/push-budget.js');
const { reconnectDelay } = require('../lib/wechat/reconnect-delay.js');
const { CLOCK } = require('../lib/wechat/clock.js');
const { CONNECTION, connectionRig, delivered, later, pieces } = require('./support/wechat.js');

const MINUTE = 60_000;

/** A bot that is connected. */
async function connected(options) {
  const rig = connectionRig(options);
  rig.bot.connect();
  await rig.clock.settle();
  assert.equal(rig.bot.state, 'open');
  return rig;
}

/** Pieces of text, one each so many milliseconds. */
const ticking = (clock, count, every) =>
  pieces(
    clock,
    Array.from({ length: count }, (_, index) => [(index + 1) * every, `${index} `]),
  );

describe('an answer', () => {
  test('that is there at once is one frame', async () => {
    const { server, clock } = await connected({ answer: ({ text }) => `re: ${text}` });
    const said = await delivered(clock, server.say('ann', 'hello'));
    assert.deepEqual(said.frames, ['re: hello']);
    assert.deepEqual(server.shown('ann'), ['re: hello']);
  });

  test('grows by a frame every 2.5 s, each with the whole text so far', async () => {
    const { server, clock } = await connected({ answer: () => ticking(clock, 100, 100) });
    const said = await delivered(clock, server.say('ann', 'count'));
    assert.ok(said.frames.length >= 4 && said.frames.length <= 7, String(said.frames.length));
    for (const [index, frame] of said.frames.entries()) {
      assert.ok(said.text.startsWith(frame), `${index}`);
    }
    assert.ok(said.text.endsWith('99 '));
    assert.deepEqual(server.violations, []);
  });

  test('and others of its conversation stay within 30 messages a minute, their last frames too', async () => {
    const { server, clock } = await connected({ answer: () => ticking(clock, 240, 500) });
    const users = ['ann', 'bob', 'cid', 'dan'];
    const all = Promise.all(users.map((user) => server.say(user, 'go', { chat: 'group' })));
    const answers = await delivered(clock, all, 10 * MINUTE);
    for (const { text, finished } of answers) {
      assert.ok(finished && text.endsWith('239 '));
    }
    assert.ok(server.sent('group').length > 40);
    assert.deepEqual(server.violations, []);
  });

  test('is finished after 5 min 30 s, and its rest sent as a message', async () => {
    const { server, clock } = await connected({
      answer: () =>
        pieces(clock, [
          [MINUTE, 'a first part,'],
          [7 * MINUTE, ' and the rest.'],
        ]),
    });
    const said = await delivered(clock, server.say('ann', 'slow'), 7 * MINUTE);
    assert.equal(said.text, 'a first part,\n（未完，稍后推送）');
    await clock.advance(5 * MINUTE);
    assert.deepEqual(server.shown('ann'), [said.text, ' and the rest.']);
    assert.deepEqual(server.violations, []);
  });

  test('of more than 20,480 bytes goes on in messages of their own', async () => {
    const text = '河水滔滔。'.repeat(4000);
    const { server, clock } = await connected({ answer: () => later(clock, 1000, text) });
    await delivered(clock, server.say('ann', 'long'));
    await clock.settle();
    const shown = server.shown('ann');
    assert.equal(shown.length, 3);
    assert.equal(shown.join('').replace('\n（未完，稍后推送）', ''), text);
    assert.deepEqual(server.violations, []);
  });

  test('that fails is what came of it, and a word', async () => {
    const cut = new Error('cut');
    const { server, clock, errors } = await connected({
      answer: () => later(clock, 10, 'half', cut),
    });
    const said = await delivered(clock, server.say('ann', 'x'));
    assert.equal(said.text, 'half\n（回答中断）');
    assert.deepEqual(errors, [cut]);
  });
});

describe('a connection that breaks', () => {
  test('in the middle of an answer is made again, and the last frame arrives', async () => {
    const { server, clock, waits } = await connected({ answer: () => ticking(clock, 40, 250) });
    const said = server.say('ann', 'count');
    await clock.advance(4000);
    server.drop();
    await clock.advance(5000);
    assert.equal(server.subscriptions, 2);
    const { text, finished } = await delivered(clock, said);
    assert.deepEqual([finished, text.endsWith('39 ')], [true, true]);
    assert.equal(server.shown('ann').length, 1);
    assert.ok(waits[0] >= 500 && waits[0] <= 1000, String(waits));
    assert.deepEqual(server.violations, []);
  });

  test('before the last frame keeps it until there is another one', async () => {
    const { server, clock, bot } = await connected({ answer: () => later(clock, 2000, 'kept') });
    const said = server.say('ann', 'x');
    await clock.advance(1000);
    server.isAway = true;
    server.drop();
    await clock.advance(60_000);
    assert.equal(bot.state, 'connecting');
    server.isAway = false;
    assert.equal((await delivered(clock, said)).text, 'kept');
  });

  test('after the stream is over there has its answer as a message', async () => {
    const { server, clock } = await connected({ answer: () => later(clock, 3 * MINUTE, 'late') });
    const said = server.say('ann', 'x');
    await clock.advance(MINUTE);
    server.isAway = true;
    server.drop();
    await clock.advance(7 * MINUTE);
    server.isAway = false;
    await clock.advance(MINUTE);
    assert.deepEqual(server.shown('ann').at(-1), 'late');
    assert.ok(said);
  });

  test('is tried again after 1 s, doubled up to 30 s, half of it by chance', async () => {
    assert.deepEqual(
      [1, 2, 3, 5, 6, 50].map((failures) => reconnectDelay(failures, 1)),
      [1000, 2000, 4000, 16_000, 30_000, 30_000],
    );
    assert.equal(reconnectDelay(2, 0), 1000);
    const { server, clock, bot, waits } = connectionRig({ answer: () => 'x' });
    server.isAway = true;
    bot.connect();
    await clock.advance(3 * MINUTE);
    assert.ok(waits.length >= 8 && waits.length <= 20, String(waits.length));
    assert.ok(waits.at(-1) >= 15_000 && waits.at(-1) <= 30_000);
    server.isAway = false;
    await clock.advance(MINUTE);
    assert.equal(bot.state, 'open');
  });

  test('is noticed by its silence: two signs without an answer', async () => {
    const { server, clock, bot, errors } = await connected({ answer: () => 'x' });
    await clock.advance(10 * MINUTE);
    assert.equal(server.connections, 1);
    server.isMute = true;
    await clock.advance(2 * MINUTE);
    assert.equal(errors[0].code, 'ERR_WECHAT_NETWORK');
    assert.ok(server.connections > 1);
    server.isMute = false;
    await clock.advance(2 * MINUTE);
    assert.equal(bot.state, 'open');
  });
});

test('a class that cannot connect is tried again like a server that is away', async () => {
  let made = 0;
  class Broken {
    constructor() {
      made += 1;
      throw new Error('no such protocol');
    }
  }
  const { clock, make, errors } = connectionRig({ answer: () => 'x' });
  const bot = make({ WebSocket: Broken }).connect();
  await clock.advance(10_000);
  assert.equal(bot.state, 'connecting');
  assert.ok(made > 2 && errors.length === made, String(made));
  bot.close();
});

describe('disconnected_event', () => {
  test('is obeyed: the older connection is not made again', async () => {
    const { server, clock, bot, make, closed } = await connected({ answer: () => 'x' });
    const newer = make().connect();
    await clock.advance(5 * MINUTE);
    assert.deepEqual([bot.state, newer.state], ['closed', 'open']);
    assert.equal(server.connections, 2);
    assert.equal(closed[0].code, 'ERR_WECHAT_CLOSED');
    assert.match(closed[0].message, /newer connection/);
  });
});

test('a bot that WeCom refuses is given up after five refusals', async () => {
  const { server, clock, make, closed, errors } = connectionRig({ answer: () => 'x' });
  const bot = make({ secret: 'another-secret' }).connect();
  await clock.advance(10 * MINUTE);
  assert.deepEqual([bot.state, server.connections], ['closed', 5]);
  assert.equal(closed[0].cause.errcode, 846_601);
  for (const error of errors) assert.ok(!error.message.includes('another-secret'));
});

test('a message that comes twice is answered once, over two processes too', async () => {
  let asked = 0;
  const { server, clock, make } = await connected({
    answer: () => {
      asked += 1;
      return 'x';
    },
  });
  const fields = { msgid: 'same', msgtype: 'text', text: { content: 'x' } };
  await delivered(clock, server.deliver('ann', fields));
  server.deliver('ann', fields);
  await clock.advance(1000);
  make().connect();
  await clock.advance(1000);
  server.deliver('ann', fields);
  await clock.advance(1000);
  assert.equal(asked, 1);
});

test('enter_chat is welcomed, and a push needs no message', async () => {
  const { server, clock, bot } = await connected({
    answer: () => 'x',
    onMessage: ({ event }) => (event === 'enter_chat' ? 'welcome' : null),
  });
  assert.equal((await delivered(clock, server.event('ann', 'enter_chat'))).text, 'welcome');
  await bot.send('ann', 'news');
  await bot.send('group', 'news for all', { group: true });
  assert.deepEqual(server.shown('ann'), ['welcome', 'news']);
  assert.deepEqual(server.shown('group'), ['news for all']);
});

test('forty pushes at once are spread over two minutes', async () => {
  const { server, clock, bot } = await connected({ answer: () => 'x' });
  const sent = Promise.all(Array.from({ length: 40 }, (_, index) => bot.send('ann', `${index}`)));
  await clock.advance(1000);
  assert.equal(server.shown('ann').length, 30);
  await clock.advance(MINUTE);
  await sent;
  assert.equal(server.shown('ann').length, 40);
  assert.deepEqual(server.violations, []);
});

test('the budget leaves room for last frames, within a minute and an hour', () => {
  const budget = new PushBudget(0);
  let now = 0;
  const count = (take) => {
    let taken = 0;
    while (taken < 2000 && budget[take](now)) taken += 1;
    return taken;
  };
  assert.deepEqual([count('takeFrame'), count('takeFinal')], [25, 5]);
  assert.equal(budget.nextFinal(now), MINUTE);
  now = 30_000;
  assert.equal(budget.nextFinal(now), MINUTE);
  let taken = 30;
  for (now = MINUTE; now < 60 * MINUTE; now += MINUTE) taken += count('takeFrame');
  assert.ok(taken <= 950 && taken >= 930, String(taken));
  assert.equal(budget.isIdle(now), false);
  assert.equal(budget.isIdle(now + 60 * MINUTE), true);
});

test('close() ends it, and what waits is told', async () => {
  const { server, clock, bot, closed } = await connected({ answer: () => 'x' });
  server.isAway = true;
  server.drop();
  await clock.settle();
  const sent = bot.send('ann', 'x');
  sent.catch(() => {});
  await clock.settle();
  bot.close();
  await assert.rejects(sent, { code: 'ERR_WECHAT_CLOSED' });
  await clock.advance(5 * MINUTE);
  assert.deepEqual([bot.state, closed], ['closed', [undefined]]);
  await assert.rejects(bot.send('ann', 'x'), { code: 'ERR_WECHAT_CLOSED' });
});

test('the package ws carries it', async (t) => {
  const { server, clock, make } = connectionRig({
    clock: CLOCK,
    answer: ({ text }) => `re: ${text}`,
  });
  assert.equal(clock, CLOCK);
  const listener = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(listener, 'listening');
  t.after(() => listener.close());
  listener.on('connection', (socket) => server.accept(socket));
  const url = `ws://127.0.0.1:${listener.address().port}`;
  for (const given of [undefined, WebSocket]) {
    const bot = make({ WebSocket: given, url }).connect();
    await once(bot, 'open');
    const { text } = await server.say('ann', '你好 👋');
    assert.equal(text, 're: 你好 👋');
    bot.close();
  }
});

test('a wrong option is refused at once, by name and without its value', () => {
  const given = { ...CONNECTION, answer: () => 'x' };
  for (const [change, name] of [
    [{ botId: '' }, 'botId'],
    [{ secret: undefined }, 'secret'],
    [{ url: 'https://example.com' }, 'url'],
    [{ WebSocket: {} }, 'WebSocket'],
    [{ relay: {} }, 'relay'],
    [{ token: 'x' }, 'token'],
  ]) {
    assert.throws(
      () => wecomBotConnection({ ...given, ...change }),
      (error) => error instanceof SSEOptionError && error.message.includes(name),
    );
  }
});
