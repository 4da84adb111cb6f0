'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { KEY, accountRig, delivered, later } = require('./support/wechat.js');
const { virtualClock, virtualStore } = require('../lib/wechat/testing/testing.js');

const size = (text) => Buffer.byteLength(text);

for (const [mode, encodingAESKey] of Object.entries({ plain: undefined, safe: KEY })) {
  describe(`in the ${mode} mode`, () => {
    test('the console verifies the URL', async () => {
      const { wechat } = accountRig({ encodingAESKey, answer: () => 'x' });
      assert.equal(await wechat.verify(), true);
    });

    test('a text is answered, whatever it holds', async () => {
      const { wechat, errors } = accountRig({ encodingAESKey, answer: ({ text }) => text });
      for (const text of ['hello', '0012', '1e5', ' 河 ', 'a ]]> b', '<b>&lt;</b>', '👨‍👩‍👧‍👦']) {
        assert.deepEqual(await wechat.say('ann', text), { tries: 1, text });
      }
      assert.deepEqual(errors, []);
    });

    test('control characters, for which XML has no room, are left out', async () => {
      const { wechat } = accountRig({ encodingAESKey, answer: () => 'a\u0000b\u001bc\nd' });
      assert.equal((await wechat.say('ann', 'x')).text, 'abc\nd');
    });
  });
}

test('a message is typed, and an event, too', async () => {
  const messages = [];
  const { wechat } = accountRig({
    answer: ({ message }) => message.text,
    onMessage: (message) => {
      messages.push(message);
      return message.type === 'event' ? `welcome by ${message.key}` : null;
    },
  });
  const subscribed = await wechat.event('ann', 'subscribe', { EventKey: 'qrscene_7', Ticket: 'T' });
  assert.equal(subscribed.text, 'welcome by qrscene_7');
  await wechat.event('ann', 'CLICK', { EventKey: 'menu' });
  await wechat.deliver('ann', {
    MsgType: 'location',
    MsgId: '7',
    Location_X: '1.5',
    Location_Y: '2',
    Label: 'here',
  });
  const [first, second, third] = messages;
  assert.deepEqual(
    [first.type, first.event, first.key, first.ticket, first.user],
    ['event', 'subscribe', 'qrscene_7', 'T', 'ann'],
  );
  assert.equal(second.event, 'click');
  assert.deepEqual(
    [third.id, third.latitude, third.longitude, third.label, third.fields.Location_X],
    ['7', 1.5, 2, 'here', '1.5'],
  );
  const spoken = { MsgType: 'voice', MsgId: '8', MediaId: 'M', Format: 'amr', Recognition: 'hi' };
  assert.equal((await wechat.deliver('ann', spoken)).text, 'hi');
});

test('a message that nothing answers is acknowledged, so that it does not come again', async () => {
  const { wechat } = accountRig({ answer: () => null });
  assert.deepEqual(await wechat.say('ann', 'x'), { tries: 1, text: '' });
  assert.deepEqual(await wechat.event('ann', 'subscribe'), { tries: 1, text: '' });
  assert.deepEqual(wechat.shown('ann'), []);
});

describe('an answer within 4.5 s', () => {
  test('is the reply to its message', async () => {
    const { clock, wechat, bot } = accountRig({ answer: () => later(clock, 4400, 'in time') });
    assert.ok(bot);
    const { tries, text } = await delivered(clock, wechat.say('ann', 'x'));
    assert.deepEqual({ tries, text }, { tries: 1, text: 'in time' });
    assert.equal(wechat.tokens.issued, 0);
  });

  test('of at most 2,048 bytes is one reply, and of more it is pushed in parts', async () => {
    const { clock, wechat } = accountRig({ answer: ({ text }) => 'x'.repeat(Number(text)) });
    assert.equal(size((await wechat.say('ann', '2048')).text), 2048);
    await delivered(clock, wechat.say('bob', '2049'));
    await clock.settle();
    const parts = wechat.record('bob');
    assert.deepEqual(
      parts.map(({ by }) => by),
      ['message', 'message'],
    );
    assert.equal(parts.map(({ text }) => text).join('').length, 2049);
  });
});

describe('an answer after 4.5 s', () => {
  test('is pushed, behind a sign of typing, and the message is acknowledged', async () => {
    const { clock, wechat } = accountRig({ answer: () => later(clock, 9000, 'late') });
    const said = wechat.say('ann', 'x');
    await clock.advance(4600);
    assert.deepEqual(await said, { tries: 1, text: '' });
    assert.deepEqual(wechat.typing, ['ann']);
    assert.deepEqual(wechat.shown('ann'), []);
    await clock.advance(5000);
    assert.deepEqual(wechat.shown('ann'), ['late']);
  });

  test('is pushed in at most five parts of 2,048 bytes, and "1" gives the rest', async () => {
    const text = Array.from({ length: 1500 }, (_, index) => `第${index}句话。`).join('');
    const { clock, wechat, steps } = accountRig({
      answer: ({ text: asked }) => later(clock, 6000, asked === 'long' ? text : asked),
    });
    wechat.say('ann', 'long');
    await clock.advance(10_000);
    const first = wechat.shown('ann');
    assert.equal(first.length, 5);
    assert.match(first.at(-1), /回复 1 查看余下部分）$/);
    for (const part of first) assert.ok(size(part) <= 2048);
    let last = first.at(-1);
    for (let times = 0; /回复 1/.test(last) && times < 20; times++) {
      last = (await delivered(clock, wechat.say('ann', '1'))).text;
      assert.ok(size(last) <= 2048);
    }
    const whole = wechat.shown('ann').map((part) => part.replace(/\n（未完，.*）$/, ''));
    assert.equal(whole.join(''), text);
    assert.equal(steps.find(({ step }) => step === 'pushed').parts, 5);
    // Nothing waits any more: "1" is an ordinary message again.
    wechat.say('ann', '1');
    await clock.advance(10_000);
    assert.equal(wechat.shown('ann').at(-1), '1');
  });

  test('of an account that may push nothing waits for "1"', async () => {
    const { clock, wechat } = accountRig(
      { late: 'park', answer: () => later(clock, 9000, 'late') },
      { permissions: false },
    );
    const asked = await delivered(clock, wechat.say('ann', 'x'));
    assert.match(asked.text, /回复 1/);
    // Too early, and it is waited for within the time of that message.
    const early = wechat.say('ann', '1');
    assert.equal((await delivered(clock, early)).text, 'late');
    assert.deepEqual(wechat.typing, []);
    const further = await delivered(clock, wechat.say('ann', '1'));
    assert.match(further.text, /回复 1/);
  });

  test('that is asked for too early is told to be on its way', async () => {
    const { clock, wechat } = accountRig({
      late: 'park',
      answer: () => later(clock, 20_000, 'late'),
    });
    await delivered(clock, wechat.say('ann', 'x'));
    assert.match((await delivered(clock, wechat.say('ann', '1'))).text, /正在思考/);
    await clock.advance(15_000);
    assert.equal((await delivered(clock, wechat.say('ann', '1'))).text, 'late');
  });

  test('that could not be pushed waits for "1"', async () => {
    const { clock, wechat, errors } = accountRig(
      { answer: () => later(clock, 6000, 'late') },
      { permissions: false },
    );
    wechat.say('ann', 'x');
    await clock.advance(10_000);
    assert.deepEqual(wechat.shown('ann'), []);
    assert.equal(errors.at(-1).errcode, 48001);
    assert.equal((await delivered(clock, wechat.say('ann', '1'))).text, 'late');
  });

  test('stops at the quota of five messages, and the rest waits', async () => {
    const { clock, wechat, bot, errors } = accountRig({
      answer: () => later(clock, 6000, 'x'.repeat(9000)),
    });
    wechat.say('ann', 'x');
    await clock.advance(5000);
    await bot.send('ann', 'one');
    await bot.send('ann', 'two');
    await clock.advance(5000);
    assert.equal(wechat.shown('ann').length, 5);
    assert.equal(errors.at(-1).errcode, 45047);
    assert.match(errors.at(-1).message, /custom\/send of WeChat: errcode 45047/);
    assert.match((await delivered(clock, wechat.say('ann', '1'))).text, /^x{1900,2048}/);
  });

  test('is no failure where the sign of typing is shown already (45081)', async () => {
    const { clock, wechat, errors } = accountRig({
      answer: ({ text }) => later(clock, 6000, text),
    });
    wechat.say('ann', 'one');
    await clock.advance(1000);
    wechat.say('ann', 'two');
    await clock.advance(20_000);
    assert.deepEqual(wechat.shown('ann'), ['one', 'two']);
    assert.deepEqual([wechat.typing, errors], [['ann'], []]);
  });

  test('cannot be pushed to who has not written within 48 hours (45015)', async () => {
    const { clock, wechat, bot } = accountRig({ answer: ({ text }) => text });
    await assert.rejects(bot.send('bob', 'x'), { code: 'ERR_WECHAT_API', errcode: 45015 });
    await wechat.say('ann', 'one');
    assert.equal(await bot.send('ann', 'x'), 1);
    await clock.advance(48 * 3_600_000 + 1);
    const late = bot.send('ann', 'x');
    await assert.rejects(late, { code: 'ERR_WECHAT_API', errcode: 45015 });
  });

  test('is cut at the end of all patience, and the user is told', async () => {
    async function* endless() {
      yield 'as far as it went';
      await new Promise(() => {});
    }
    const deadlines = [];
    const { clock, wechat } = accountRig({
      patience: 30_000,
      answer: ({ deadline }) => {
        deadlines.push(deadline - clock.now());
        return endless();
      },
    });
    wechat.say('ann', 'x');
    await clock.advance(31_000);
    assert.deepEqual(wechat.shown('ann'), ['as far as it went\n（回答中断）']);
    assert.deepEqual(deadlines, [30_000]);
  });
});

describe('an answer that fails', () => {
  const broken = Object.assign(new Error('cut'), { code: 'ERR_SSE_RESET' });

  test('after content is what came, and a word that it broke off', async () => {
    const { clock, wechat, errors } = accountRig({
      answer: () => later(clock, 10, 'half', broken),
    });
    assert.equal((await delivered(clock, wechat.say('ann', 'x'))).text, 'half\n（回答中断）');
    assert.deepEqual(errors, [broken]);
  });

  test('before content is a word of regret', async () => {
    const { wechat, errors } = accountRig({
      answer: () => {
        throw broken;
      },
    });
    assert.equal((await wechat.say('ann', 'x')).text, '暂时无法回答，请稍后再试。');
    assert.deepEqual(errors, [broken]);
  });

  test('of a kind that is none says what may be returned', async () => {
    const { wechat, errors } = accountRig({ answer: () => 7 });
    assert.match((await wechat.say('ann', 'x')).text, /稍后再试/);
    assert.match(errors[0].message, /answer must return what chat\(\) returns/);
  });
});

describe('a message that is delivered again', () => {
  /** A network that loses the first responses. */
  const losing = (bot, lost) => {
    let count = 0;
    return async (request) => {
      const response = await bot().fetch(request);
      count += 1;
      return count <= lost ? new Promise(() => {}) : response;
    };
  };

  test('has one answer, which its third delivery gets', async () => {
    let asked = 0;
    const rig = accountRig(
      {
        answer: () => {
          asked += 1;
          return `answer ${asked}`;
        },
      },
      { target: losing(() => rig.bot, 2) },
    );
    const said = await delivered(rig.clock, rig.wechat.say('ann', 'x'));
    assert.deepEqual(said, { tries: 3, text: 'answer 1' });
    assert.equal(asked, 1);
    assert.equal(rig.steps.filter(({ step }) => step === 'duplicate').length, 2);
  });

  test('joins an answer that is not there yet', async () => {
    let asked = 0;
    const rig = accountRig(
      {
        late: 'park',
        answer: () => {
          asked += 1;
          return later(rig.clock, 4000, 'slow');
        },
      },
      { target: losing(() => rig.bot, 1) },
    );
    const said = await delivered(rig.clock, rig.wechat.say('ann', 'x'));
    assert.deepEqual(said, { tries: 2, text: 'slow' });
    assert.equal(asked, 1);
  });

  test('is known by its user and time, if it is an event', async () => {
    let asked = 0;
    const rig = accountRig(
      {
        answer: () => null,
        onMessage: () => {
          asked += 1;
          return 'welcome';
        },
      },
      { target: losing(() => rig.bot, 1) },
    );
    const said = await delivered(rig.clock, rig.wechat.event('ann', 'subscribe'));
    assert.deepEqual(said, { tries: 2, text: 'welcome' });
    assert.equal(asked, 1);
  });

  test('to another process has the same reply, and no second answer', async () => {
    const clock = virtualClock();
    const store = virtualStore(clock);
    let asked = 0;
    const answer = () => {
      asked += 1;
      return 'one answer';
    };
    const bots = [accountRig({ clock, store, answer }), accountRig({ clock, store, answer })];
    let count = 0;
    const { wechat } = accountRig(
      { clock, store, answer },
      {
        target: async (request) => {
          const response = await bots[count % 2].bot.fetch(request);
          count += 1;
          return count === 1 ? new Promise(() => {}) : response;
        },
      },
    );
    assert.deepEqual(await delivered(clock, wechat.say('ann', 'x')), {
      tries: 2,
      text: 'one answer',
    });
    assert.equal(asked, 1);
  });

  test('is delivered three times, and the user is told, where the bot gives no answer', async () => {
    const { clock, wechat } = accountRig(
      { answer: () => 'x' },
      { target: () => new Promise(() => {}) },
    );
    const said = await delivered(clock, wechat.say('ann', 'x'));
    assert.deepEqual(said, { tries: 3, text: '该公众号暂时无法提供服务，请稍后再试' });
  });
});

test('a store that goes away behind an answer does not keep it from the user', async () => {
  const clock = virtualClock();
  const store = virtualStore(clock);
  const away = Object.assign(new Error('away'), { code: 'ERR_SSE_STORE' });
  const { wechat, errors } = accountRig({
    clock,
    store,
    answer: ({ text }) => {
      store.set = async () => {
        throw away;
      };
      return `re: ${text}`;
    },
  });
  assert.equal((await delivered(clock, wechat.say('ann', 'x'))).text, 're: x');
  assert.deepEqual(errors, [away]);
});

test('a store that is away makes WeChat deliver again, and nothing is asked twice', async () => {
  const clock = virtualClock();
  const store = virtualStore(clock);
  let asked = 0;
  const away = Object.assign(new Error('away'), { code: 'ERR_SSE_STORE' });
  const { setIfAbsent } = store;
  store.setIfAbsent = async () => {
    throw away;
  };
  const { wechat, errors } = accountRig({
    clock,
    store,
    answer: () => {
      asked += 1;
      return 'back';
    },
  });
  const said = wechat.say('ann', 'x');
  await clock.advance(100);
  store.setIfAbsent = setIfAbsent;
  assert.deepEqual(await delivered(clock, said), { tries: 2, text: 'back' });
  assert.deepEqual([asked, errors], [1, [away]]);
});
