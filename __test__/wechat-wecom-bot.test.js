'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { setTimeout } = require('node:timers/promises');
const oracle = require('@wecom/crypto');
const { SSEOptionError, chat, createRelay, memoryStore } = require('../index.js');
const { wecomBot } = require('../lib/wechat/wechat.js');
const { CLOCK } = require('../lib/wechat/clock.js');
const { BOT, KEY, botRig, delivered, later, pieces } = require('./support/wechat.js');
const { startProvider } = require('./support/provider.js');
const { seeded } = require('./support/random.js');

const MINUTE = 60_000;
const size = (text) => Buffer.byteLength(text);

test('the console verifies the URL', async () => {
  const { wecom } = botRig({ answer: () => 'x' });
  assert.equal(await wecom.verify(), true);
});

describe('an answer', () => {
  test('grows: each frame has the whole text so far', async () => {
    const { wecom, clock, errors } = botRig({
      answer: () =>
        pieces(clock, [
          [500, '1'],
          [1500, '23'],
          [2500, '4'],
        ]),
    });
    const said = await delivered(clock, wecom.say('ann', 'count'));
    assert.deepEqual(said.frames, ['', '1', '123', '1234']);
    assert.deepEqual([said.tries, said.finished, errors], [1, true, []]);
    assert.deepEqual(wecom.shown('ann'), ['1234']);
    assert.deepEqual(wecom.violations, []);
  });

  test('that is there at once needs no further frame', async () => {
    const { wecom } = botRig({ answer: ({ text }) => `re: ${text}` });
    assert.deepEqual((await wecom.say('ann', '0012')).frames, ['re: 0012']);
  });

  test('of nothing ends the stream', async () => {
    const { wecom, clock } = botRig({ answer: () => null });
    const said = await delivered(clock, wecom.say('ann', 'x'));
    assert.deepEqual([said.text, said.finished], ['', true]);
  });

  test('is finished after 5 min 30 s, and the rest is sent to response_url, once', async () => {
    const { wecom, clock, steps } = botRig({
      answer: () =>
        pieces(clock, [
          [MINUTE, 'a first part,'],
          [7 * MINUTE, ' and the rest.'],
        ]),
    });
    const said = await delivered(clock, wecom.say('ann', 'slow'), 7 * MINUTE);
    assert.deepEqual([said.text, said.finished], ['a first part,\n（未完，稍后推送）', true]);
    const finished = steps.find(({ step }) => step === 'finished');
    assert.ok(finished.ms >= 330_000 && finished.ms < 332_000, String(finished.ms));
    await clock.advance(5 * MINUTE);
    assert.deepEqual(wecom.shown('ann'), [said.text, ' and the rest.']);
    assert.deepEqual(wecom.violations, []);
  });

  test('that began anew meanwhile is sent whole', async () => {
    const { wecom, clock } = botRig({
      answer: () => {
        let text = 'first attempt';
        const over = (async () => {
          await new Promise((resolve) => clock.after(7 * MINUTE, resolve));
          text = 'another answer';
          return { content: text };
        })();
        // As `chat()` with `resume: 'restart'` goes on, without a network.
        return { message: () => over, snapshot: () => ({ content: text }), stop: () => {} };
      },
      relay: unsharedRelay(),
    });
    await delivered(clock, wecom.say('ann', 'slow'), 7 * MINUTE);
    await clock.advance(5 * MINUTE);
    assert.deepEqual(wecom.shown('ann'), ['first attempt\n（未完，稍后推送）', 'another answer']);
  });

  test('that has nothing more to say sends nothing more', async () => {
    const { wecom, clock } = botRig({
      answer: () =>
        pieces(clock, [
          [MINUTE, 'all of it'],
          [7 * MINUTE, ''],
        ]),
    });
    await delivered(clock, wecom.say('ann', 'slow'), 7 * MINUTE);
    await clock.advance(5 * MINUTE);
    assert.equal(wecom.shown('ann').length, 1);
  });

  test('of more than 20,480 bytes is divided between the stream and response_url', async () => {
    const text = '河水滔滔。'.repeat(2000);
    const { wecom, clock } = botRig({ answer: () => later(clock, 1500, text) });
    const said = await delivered(clock, wecom.say('ann', 'long'));
    await clock.settle();
    for (const frame of said.frames) assert.ok(size(frame) <= 20_480);
    const [first, rest] = wecom.shown('ann');
    assert.equal(first.replace('\n（未完，稍后推送）', '') + rest, text);
    assert.deepEqual(wecom.violations, []);
  });

  test('of more than both have room for is cut between characters, and says so', async () => {
    const text = '👨‍👩‍👧‍👦'.repeat(3000);
    const { wecom, clock } = botRig({ answer: () => later(clock, 1500, text) });
    await delivered(clock, wecom.say('ann', 'long'));
    await clock.settle();
    const [first, rest] = wecom.shown('ann');
    assert.match(rest, /\n（内容过长，余下部分已省略）$/);
    const shown = first.replace('\n（未完，稍后推送）', '') + rest.split('\n')[0];
    assert.equal(shown, '👨‍👩‍👧‍👦'.repeat(shown.length / '👨‍👩‍👧‍👦'.length));
    assert.deepEqual(wecom.violations, []);
  });

  test('whose code is divided has closed fences on both sides', async () => {
    const text = `\`\`\`js\n${'const river = 1;\n'.repeat(1500)}\`\`\`\n`;
    const { wecom, clock } = botRig({ answer: () => later(clock, 1500, text) });
    await delivered(clock, wecom.say('ann', 'code'));
    await clock.settle();
    const [first, rest] = wecom.shown('ann');
    assert.match(first, /```\n（未完，稍后推送）$/);
    assert.match(rest, /^```js\nconst river = 1;\n/);
  });

  test('that fails after content is what came, and a word that it broke off', async () => {
    const cut = new Error('cut');
    const { wecom, clock, errors } = botRig({
      answer: () =>
        pieces(clock, [
          [100, 'half'],
          [1500, cut],
        ]),
    });
    const said = await delivered(clock, wecom.say('ann', 'x'));
    assert.equal(said.text, 'half\n（回答中断）');
    assert.deepEqual(errors, [cut]);
  });

  test('is cut at the end of all patience', async () => {
    const { wecom, clock } = botRig({
      patience: 20_000,
      answer: () =>
        pieces(clock, [
          [100, 'as far as it went'],
          [MINUTE, 'too late'],
        ]),
    });
    const said = await delivered(clock, wecom.say('ann', 'x'));
    assert.equal(said.text, 'as far as it went\n（回答中断）');
  });
});

/** A relay that keeps nothing, for sources that are none of its own. */
function unsharedRelay() {
  return {
    run: async (_id, make) => {
      const source = await make({});
      let over;
      const closed = source.message().then(() => ({ status: 'done' }));
      closed.then((end) => {
        over = end;
      });
      return { role: 'producer', closed, snapshot: () => source.snapshot(), over };
    },
    resume: async () => undefined,
    stop: async () => false,
  };
}

test('an answer of chat() is made when the relay has room for it, however long that takes', async (t) => {
  const provider = await startProvider(t);
  const { wecom, errors } = botRig({
    clock: CLOCK,
    answer: () => chat(provider.options()),
    relay: lateRelay(),
  });
  const { text, finished } = await wecom.say('ann', 'Of what does a river sing?');
  assert.deepEqual([text, finished, errors], [provider.text, true, []]);
});

/** A relay that takes its time before it begins a run: a stream that was made before is open by then. */
function lateRelay() {
  const relay = createRelay({ name: 'late' });
  return {
    run: async (...args) => {
      await setTimeout(100);
      return relay.run(...args);
    },
    resume: (...args) => relay.resume(...args),
    stop: (...args) => relay.stop(...args),
    status: (...args) => relay.status(...args),
  };
}

describe('a message', () => {
  test('that comes again shows the same stream, and is answered once', async () => {
    let asked = 0;
    let count = 0;
    const rig = botRig(
      {
        answer: () => {
          asked += 1;
          return later(rig.clock, 7000, `answer ${asked}`);
        },
      },
      {
        target: async (request) => {
          const response = await rig.bot.fetch(request);
          count += 1;
          return count <= 2 ? new Promise(() => {}) : response;
        },
      },
    );
    const said = await delivered(rig.clock, rig.wecom.say('ann', 'x'));
    assert.deepEqual([said.tries, said.text, asked], [3, 'answer 1', 1]);
    assert.equal(rig.steps.filter(({ step }) => step === 'duplicate').length, 2);
  });

  test('of voice, or of text and pictures, is text', async () => {
    const texts = [];
    const { wecom } = botRig({
      answer: ({ text }) => {
        texts.push(text);
        return 'x';
      },
    });
    await wecom.deliver('ann', { msgtype: 'voice', voice: { content: 'spoken' } });
    const items = [
      { msgtype: 'text', text: { content: 'look' } },
      { msgtype: 'image', image: { url: 'u' } },
      { msgtype: 'text', text: { content: 'here' } },
    ];
    await wecom.deliver('ann', { msgtype: 'mixed', mixed: { msg_item: items } });
    assert.deepEqual(texts, ['spoken', 'look\nhere']);
  });

  test('that is no text, or an event, goes to onMessage', async () => {
    const messages = [];
    const { wecom } = botRig({
      answer: () => 'x',
      onMessage: (message) => {
        messages.push(message);
        return message.event === 'enter_chat' ? 'welcome' : `a ${message.type}`;
      },
    });
    const entered = { msgtype: 'event', event: { eventtype: 'enter_chat' } };
    assert.equal((await wecom.deliver('ann', entered)).text, 'welcome');
    const image = { msgtype: 'image', image: { url: 'https://example.com/a' } };
    assert.equal((await wecom.deliver('ann', image)).text, 'a image');
    assert.deepEqual(
      messages.map(({ type, event, user, bot }) => [type, event, user, /^bot-\d+$/.test(bot)]),
      [
        ['event', 'enter_chat', 'ann', true],
        ['image', undefined, 'ann', true],
      ],
    );
    assert.equal(messages[1].fields.image.url, 'https://example.com/a');
  });

  test('in a group belongs to another conversation than one alone', async () => {
    const lengths = [];
    const { wecom } = botRig({
      answer: ({ messages }) => {
        lengths.push(messages.length);
        return 'x';
      },
    });
    await wecom.say('ann', 'one');
    await wecom.say('ann', 'two', { chat: 'group' });
    await wecom.say('bob', 'three', { chat: 'group' });
    await wecom.say('ann', 'four', { chat: 'group' });
    assert.deepEqual(lengths, [1, 1, 1, 3]);
  });

  test('is answered three at a time, one after the other', async () => {
    const { wecom, clock } = botRig({ answer: ({ text }) => later(clock, 3000, text) });
    const said = ['a', 'b', 'c'].map((text) => wecom.say('ann', text));
    await assert.rejects(wecom.say('ann', 'd'), /no fourth message/);
    const all = await delivered(clock, Promise.all(said));
    assert.deepEqual(
      all.map(({ text, finished }) => [text, finished]),
      [
        ['a', true],
        ['b', true],
        ['c', true],
      ],
    );
  });
});

describe('a request', () => {
  const post = (
    { clock },
    { token = BOT.token, key = KEY, id = '', body, age = 0, raw, stamp },
  ) => {
    const sealed = oracle.encrypt(key, typeof body === 'string' ? body : JSON.stringify(body), id);
    const timestamp = stamp ?? String(Math.floor((clock.now() - age) / 1000));
    const signature = oracle.getSignature(token, timestamp, 'n', sealed);
    const url = `http://bot.example/?msg_signature=${signature}&timestamp=${timestamp}&nonce=n`;
    return new Request(url, { method: 'POST', body: raw ?? JSON.stringify({ encrypt: sealed }) });
  };
  const message = {
    msgid: 'm',
    aibotid: 'b',
    from: { userid: 'ann' },
    msgtype: 'text',
    text: { content: 'a secret word' },
  };

  test('of another implementation is answered so that it can read it', async () => {
    const rig = botRig({ answer: ({ text }) => `re: ${text}` });
    const response = await rig.bot.fetch(post(rig, { body: message }));
    const { encrypt, msgsignature, timestamp, nonce } = await response.json();
    assert.equal(msgsignature, oracle.getSignature(BOT.token, timestamp, nonce, encrypt));
    const { message: text, id } = oracle.decrypt(KEY, encrypt);
    const { msgtype, stream } = JSON.parse(text);
    assert.deepEqual([id, msgtype, nonce], ['', 'stream', 'n']);
    assert.deepEqual([stream.content, stream.finish], ['re: a secret word', true]);
  });

  test('for a stream that nobody knows ends it', async () => {
    const rig = botRig({ answer: () => 'x' });
    const body = { ...message, msgtype: 'stream', stream: { id: 'unknown' } };
    const { encrypt } = await (await rig.bot.fetch(post(rig, { body }))).json();
    const { stream } = JSON.parse(oracle.decrypt(KEY, encrypt).message);
    assert.deepEqual(stream, { id: 'unknown', finish: true, content: '（回答中断）' });
  });

  test('with random fields is answered or refused, and is no failure of the bot', async () => {
    const random = seeded(7);
    const values = [null, 7, '', 'x', '\ud800', [], {}, { content: 7 }, 'x'.repeat(5000), true];
    const store = memoryStore();
    const rig = botRig({ store, answer: ({ text }) => text, onMessage: () => 'x' });
    const seen = new Set();
    for (let round = 0; round < 1000; round++) {
      const body = { ...message, msgid: `m${round}`, stream: { id: 's' }, event: {}, mixed: {} };
      for (let faults = random.integer(1, 3); faults > 0; faults--) {
        const type = random.pick(['text', 'voice', 'mixed', 'event', 'stream', 'image']);
        Object.assign(body, {
          msgtype: type,
          [random.pick(Object.keys(body))]: random.pick(values),
        });
      }
      seen.add((await rig.bot.fetch(post(rig, { body }))).status);
    }
    assert.deepEqual([...seen].sort(), [200, 403]);
    assert.deepEqual(rig.errors, []);
  });

  for (const [what, made, reason] of [
    ['with a wrong signature', { token: 'another', body: message }, 'signature'],
    ['that is repeated later', { body: message, age: 301_000 }, 'stale'],
    ['with another key', { key: [...KEY].reverse().join(''), body: message }, 'decryption'],
    ['for a foreign receiver', { id: 'ww-foreign', body: message }, 'receiver'],
    ['without a message', { body: '' }, 'body'],
    ['with something that is no JSON', { body: 'hello' }, 'body'],
    ['with a list', { body: [] }, 'body'],
    ['without an id', { body: { ...message, msgid: undefined } }, 'body'],
    ['without a user', { body: { ...message, from: null } }, 'body'],
    ['that is not encrypted', { body: message, raw: JSON.stringify(message) }, 'body'],
    ['that breaks off', { body: message, raw: '{"encrypt":"' }, 'body'],
    ['of a megabyte', { body: message, raw: 'x'.repeat(1_000_000) }, 'size'],
  ]) {
    test(`${what} is refused without a word`, async () => {
      const rig = botRig({ answer: () => 'x' });
      const response = await rig.bot.fetch(post(rig, made));
      assert.deepEqual([response.status, await response.text()], [403, '']);
      assert.deepEqual([rig.refused, rig.errors], [[reason], []]);
    });
  }
});

describe('a provider', () => {
  /** What a user of a bot sees that asks a provider which does something wrong. */
  const asking = async (t, faults, options) => {
    const provider = await startProvider(t, { faults });
    const rig = botRig({
      clock: CLOCK,
      answer: ({ messages, deadline }) =>
        chat({ ...provider.options(), messages, deadline, ...options }),
    });
    const said = await rig.wecom.say('ann', 'Of what does a river sing?');
    return { ...said, provider, ...rig };
  };
  const cut = { content: 3, how: 'truncate' };

  test('that is whole gives its answer', async (t) => {
    const { text, provider, wecom } = await asking(t, []);
    assert.equal(text, provider.text);
    assert.equal(provider.requests.length, 1);
    assert.deepEqual(wecom.shown('ann'), [provider.text]);
  });

  test('that cuts is asked again, and the user sees one answer', async (t) => {
    const { text, provider, wecom } = await asking(t, [cut], { resume: 'restart' });
    assert.equal(text, provider.text);
    assert.equal(provider.requests.length, 2);
    assert.deepEqual(wecom.shown('ann'), [provider.text]);
  });

  test('that falls silent is asked again, and the user sees one answer', async (t) => {
    const silent = { content: 3, how: 'stall' };
    const options = { resume: 'restart', timeouts: { idle: 300 } };
    const { text, provider, wecom } = await asking(t, [silent], options);
    assert.equal(text, provider.text);
    assert.deepEqual(wecom.shown('ann'), [provider.text]);
  });

  test('that cuts for good leaves what came, and a word', async (t) => {
    const { text, provider, errors } = await asking(t, [cut, cut, cut, cut]);
    const [came, word] = text.split('\n（');
    assert.ok(came.length > 0 && provider.text.startsWith(came), text);
    assert.equal(word, '回答中断）');
    assert.equal(errors.length, 1);
  });
});

test('a wrong option is refused at once, by name and without its value', () => {
  const given = { ...BOT, answer: () => 'x' };
  for (const [change, name] of [
    [{ token: '' }, 'token'],
    [{ encodingAESKey: undefined }, 'encodingAESKey'],
    [{ relay: {} }, 'relay'],
    [{ onLost: 'never' }, 'onLost'],
    [{ appId: 'x' }, 'appId'],
  ]) {
    assert.throws(
      () => wecomBot({ ...given, ...change }),
      (error) => error instanceof SSEOptionError && error.message.includes(name),
    );
  }
});
