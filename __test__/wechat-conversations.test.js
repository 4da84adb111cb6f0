'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { SSEOptionError } = require('../index.js');
const { bounded } = require('../lib/wechat/history.js');
const { WeChatError, createConversations } = require('../lib/wechat/wechat.js');
const { virtualClock, virtualStore } = require('../lib/wechat/testing/testing.js');
const { accountRig, delivered, later } = require('./support/wechat.js');

const user = (content) => ({ role: 'user', content });
const assistant = (content) => ({ role: 'assistant', content });

describe('a history', () => {
  test('has a bound of messages, and begins with one of the user', () => {
    const all = [user('a'), assistant('b'), user('c'), assistant('d'), user('e')];
    const bytes = 1e6;
    assert.deepEqual(bounded(all, { messages: 9, bytes }), all);
    assert.deepEqual(bounded(all, { messages: 3, bytes }), all.slice(2));
    assert.deepEqual(bounded(all, { messages: 4, bytes }), all.slice(2));
    assert.deepEqual(bounded(all, { messages: 1, bytes }), all.slice(4));
  });

  test('has a bound of bytes, and keeps the last message whatever its size', () => {
    const all = [user('x'.repeat(50)), assistant('y'.repeat(50)), user('z')];
    assert.deepEqual(bounded(all, { messages: 9, bytes: 120 }), all.slice(2));
    assert.deepEqual(bounded([user('x'.repeat(500))], { messages: 9, bytes: 10 }).length, 1);
  });

  test('is given to each answer, and has what was said', async () => {
    const asked = [];
    const { wechat } = accountRig({
      answer: ({ text, messages }) => {
        asked.push(messages);
        return `re: ${text}`;
      },
    });
    await wechat.say('ann', 'one');
    await wechat.say('bob', 'other');
    await wechat.say('ann', 'two');
    assert.deepEqual(asked[1], [user('other')]);
    assert.deepEqual(asked[2], [user('one'), assistant('re: one'), user('two')]);
  });

  test('has what came of an answer that broke off, and nothing of one that never began', async () => {
    const asked = [];
    const cut = new Error('cut');
    const { wechat, clock } = accountRig({
      answer: ({ text, messages }) => {
        asked.push(messages);
        if (text === 'cut') return later(clock, 1, 'half', cut);
        if (text === 'none') throw cut;
        return 'x';
      },
    });
    for (const text of ['cut', 'none', 'more']) await delivered(clock, wechat.say('ann', text));
    assert.deepEqual(asked[2], [user('cut'), assistant('half…'), user('none'), user('more')]);
  });
});

test('something else under the key of a conversation is no history', async () => {
  const clock = virtualClock();
  const store = virtualStore(clock);
  const conversations = createConversations({ store, clock });
  for (const foreign of ['not JSON', '7', 'null', '{"a":1}']) {
    await store.set('wechat:history:ann', foreign);
    assert.deepEqual(await conversations.history('ann'), []);
    const lengths = [];
    await conversations.turn('ann', 'x', async ({ messages }) => {
      lengths.push(messages.length);
      return { content: 'y' };
    });
    assert.deepEqual(lengths, [1]);
    assert.equal((await conversations.history('ann')).length, 2);
  }
});

describe('turns of one user', () => {
  test('are one at a time, those of others beside them', async () => {
    const running = new Set();
    const most = { ann: 0, all: 0 };
    const { wechat, clock } = accountRig({
      late: 'park',
      answer: async ({ user: who, text }) => {
        running.add(text);
        most.all = Math.max(most.all, running.size);
        const own = [...running].filter((one) => one.startsWith(who)).length;
        most.ann = Math.max(most.ann, own);
        await new Promise((resolve) => clock.after(1000, resolve));
        running.delete(text);
        return text;
      },
    });
    const said = ['ann 1', 'ann 2', 'bob 1', 'ann 3'].map((text) =>
      wechat.say(text.split(' ')[0], text),
    );
    await clock.advance(10_000);
    assert.deepEqual(
      (await Promise.all(said)).map(({ text }) => text),
      ['ann 1', 'ann 2', 'bob 1', 'ann 3'],
    );
    assert.deepEqual(most, { ann: 1, all: 2 });
  });

  test('are at most three, and the next one is told to wait', async () => {
    const { wechat, clock } = accountRig({ answer: () => later(clock, 1000, 'x') });
    const said = ['1st', '2nd', '3rd', '4th'].map((text) => wechat.say('ann', text));
    await clock.advance(10_000);
    const texts = (await Promise.all(said)).map(({ text }) => text);
    assert.deepEqual(texts, ['x', 'x', 'x', '您的上一条消息还在处理，请稍候。']);
  });

  test('are one at a time over processes that share a store', async () => {
    const clock = virtualClock();
    const store = virtualStore(clock);
    const log = [];
    const conversations = [1, 2].map(() => createConversations({ store, clock }));
    const turns = conversations.map((one, index) =>
      one.turn('ann', `text ${index}`, async ({ messages }) => {
        log.push(`begin ${messages.length}`);
        await new Promise((resolve) => clock.after(40_000, resolve));
        log.push('end');
        return { content: 'x' };
      }),
    );
    await clock.advance(100_000);
    await Promise.all(turns);
    assert.deepEqual(log, ['begin 1', 'end', 'begin 3', 'end']);
    assert.deepEqual((await conversations[0].history('ann')).length, 4);
    await conversations[1].clear('ann');
    assert.deepEqual(await conversations[0].history('ann'), []);
  });

  test('wait for a process that died no longer than its lease of fifteen seconds', async () => {
    const clock = virtualClock();
    const store = virtualStore(clock);
    // A process that dies renews nothing: its clock stands still.
    const frozen = { now: clock.now, after: () => () => {} };
    const dead = createConversations({ store, clock: frozen });
    dead.turn('ann', 'x', () => new Promise(() => {}));
    await clock.settle();
    const alive = createConversations({ store, clock });
    const turn = alive.turn('ann', 'y', async () => ({ content: 'z' }));
    await clock.advance(14_000);
    assert.equal((await alive.history('ann')).length, 1);
    await clock.advance(2000);
    assert.deepEqual(await turn, { content: 'z' });
  });

  test('that are not free in time are given up', async () => {
    const clock = virtualClock();
    const store = virtualStore(clock);
    const [first, second] = [1, 2].map(() => createConversations({ store, clock }));
    first.turn('ann', 'x', () => new Promise(() => {}));
    await clock.settle();
    const late = second.turn('ann', 'y', async () => null, { until: clock.now() + 5000 });
    late.catch(() => {});
    await clock.advance(6000);
    await assert.rejects(
      late,
      (error) => error instanceof WeChatError && error.code === 'ERR_WECHAT_BUSY',
    );
  });

  test('end in time also where the function that answers does not come back', async () => {
    let stopped = 0;
    let late;
    const { wechat, clock } = accountRig({
      patience: 20_000,
      answer: ({ text }) => {
        if (text !== 'hang') return text;
        return new Promise((resolve) => {
          late = resolve;
        });
      },
    });
    wechat.say('ann', 'hang');
    const second = wechat.say('ann', 'second');
    await clock.advance(30_000);
    assert.ok(second);
    assert.deepEqual(wechat.shown('ann'), ['暂时无法回答，请稍后再试。', 'second']);
    late({
      message: () => new Promise(() => {}),
      snapshot: () => ({ content: '' }),
      stop: () => {
        stopped += 1;
      },
    });
    await clock.settle();
    assert.equal(stopped, 1);
  });

  test('that fail leave the turn free', async () => {
    const conversations = createConversations();
    const failure = new Error('no');
    await assert.rejects(
      conversations.turn('ann', 'x', async () => {
        throw failure;
      }),
      failure,
    );
    assert.deepEqual(await conversations.turn('ann', 'y', async () => null), null);
    await conversations.clear('ann');
  });
});

test('a wrong option of conversations is refused by name', () => {
  for (const [options, name] of [
    [{ waiting: 0 }, 'waiting'],
    [{ messages: 1.5 }, 'messages'],
    [{ bytes: '1' }, 'bytes'],
    [{ lifetime: 0 }, 'lifetime'],
    [{ prefix: '' }, 'prefix'],
    [{ store: 7 }, 'store'],
    [{ history: 7 }, 'history'],
    [null && {}, undefined],
  ].filter(([, name]) => name)) {
    assert.throws(
      () => createConversations(options),
      (error) => error instanceof SSEOptionError && error.message.includes(name),
    );
  }
});
