'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { inspect } = require('node:util');
const oracle = require('@wecom/crypto');
const { SSEOptionError, memoryStore } = require('../index.js');
const { Encryption } = require('../lib/wechat/encryption.js');
const { signatureOf } = require('../lib/wechat/signature.js');
const { buildXml, parseXml } = require('../lib/wechat/xml.js');
const { officialAccount } = require('../lib/wechat/wechat.js');
const { ACCOUNT, KEY, accountRig } = require('./support/wechat.js');
const { seeded } = require('./support/random.js');

const OTHER_KEY = 'GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba';

describe('@wecom/crypto', () => {
  const random = seeded(7);
  const texts = ['', 'a', '河'.repeat(700), 'x'.repeat(31), '👨‍👩‍👧‍👦', '<xml></xml>'].concat(
    Array.from({ length: 200 }, () => random.bytes(random.integer(0, 90)).toString('latin1')),
  );

  for (const receiver of ['wx0123456789', 'ww-corp', '']) {
    test(`decrypts what is encrypted here for "${receiver}"`, () => {
      const encryption = new Encryption(KEY, receiver);
      for (const text of texts) {
        const { message, id } = oracle.decrypt(KEY, encryption.encrypt(text));
        assert.deepEqual([message, id], [text, receiver]);
      }
    });

    test(`encrypts for "${receiver}" what is decrypted here`, () => {
      const encryption = new Encryption(KEY, receiver);
      for (const text of texts) {
        assert.equal(encryption.decrypt(oracle.encrypt(KEY, text, receiver)), text);
      }
    });
  }

  test('signs as it is signed here', () => {
    for (const parts of [
      ['t', '1', '2', 'e'],
      ['Zz', '9', 'a', '+/='],
      ['令', '0', '', 'x'],
    ]) {
      assert.equal(signatureOf(parts), oracle.getSignature(...parts));
    }
  });
});

/** A request as WeChat sends it, signed at a time of the test. */
function request({
  clock,
  token = ACCOUNT.token,
  body,
  query = {},
  sealed,
  method = 'POST',
  age = 0,
}) {
  const timestamp = String(Math.floor((clock.now() - age) / 1000));
  const nonce = '42';
  const url = new URL('http://bot.example/wechat');
  const signature = signatureOf([token, timestamp, nonce]);
  const all = { signature, timestamp, nonce, ...query };
  if (sealed !== undefined) {
    all.encrypt_type = 'aes';
    all.msg_signature ??= signatureOf([token, timestamp, nonce, sealed]);
  }
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return new Request(url, { method, ...(method === 'POST' ? { body } : {}) });
}

const MESSAGE = buildXml({
  ToUserName: 'gh',
  FromUserName: 'ann',
  CreateTime: 1,
  MsgType: 'text',
  Content: 'a secret word',
  MsgId: '1',
});

const sealedBody = (sealed) => buildXml({ ToUserName: 'gh', Encrypt: sealed });

/** What is refused: in the plain mode, or with a key. */
const REFUSED = {
  'a wrong signature': [{}, { body: MESSAGE, token: 'another' }, 'signature'],
  'no signature': [{}, { body: MESSAGE, query: { signature: '' } }, 'signature'],
  'a signature of another length': [
    {},
    { body: MESSAGE, query: { signature: 'abc' } },
    'signature',
  ],
  'a repeated request': [{}, { body: MESSAGE, age: 301_000 }, 'stale'],
  'a request from the future': [{}, { body: MESSAGE, age: -301_000 }, 'stale'],
  'a timestamp that is none': [
    {},
    {
      body: MESSAGE,
      query: { timestamp: 'now', signature: signatureOf([ACCOUNT.token, 'now', '42']) },
    },
    'stale',
  ],
  'a GET with a wrong signature': [{}, { method: 'GET', token: 'another' }, 'signature'],
  'a PUT': [{}, { method: 'PUT' }, 'method'],
  'a body that is empty': [{}, { body: '' }, 'body'],
  'a body that is no XML': [{}, { body: '{"a":1}' }, 'body'],
  'XML that breaks off': [{}, { body: MESSAGE.slice(0, -9) }, 'body'],
  'XML of another kind': [{}, { body: '<a><b>1</b></a>' }, 'body'],
  'XML with a document type': [{}, { body: `<!DOCTYPE xml>${MESSAGE}` }, 'body'],
  'XML with a comment': [{}, { body: MESSAGE.replace('<xml>', '<xml><!-- x -->') }, 'body'],
  'a message without a user': [{}, { body: MESSAGE.replace('ann', '') }, 'body'],
  'a message without an id': [{}, { body: MESSAGE.replace('<![CDATA[1]]>', '') }, 'body'],
  'a body of a megabyte': [{}, { body: MESSAGE.replace('word', 'w'.repeat(1_000_000)) }, 'size'],
  'a plain message for a bot with a key': [{ encodingAESKey: KEY }, { body: MESSAGE }, 'plain'],
  'an encrypted message for a bot without one': [
    {},
    { sealed: 'x', body: sealedBody('x') },
    'encrypted',
  ],
  'encryption with another key': [
    { encodingAESKey: KEY },
    { plain: MESSAGE, key: OTHER_KEY },
    'decryption',
  ],
  'a foreign appid behind the message': [
    { encodingAESKey: KEY },
    { plain: MESSAGE, receiver: 'wx-foreign' },
    'receiver',
  ],
  'a wrong signature of the encrypted message': [
    { encodingAESKey: KEY },
    { plain: MESSAGE, query: { msg_signature: 'f'.repeat(40) } },
    'signature',
  ],
  'an encrypted message that is no XML': [{ encodingAESKey: KEY }, { plain: 'hello' }, 'body'],
  'something encrypted that is too short': [
    { encodingAESKey: KEY },
    { sealed: 'AAAA', body: sealedBody('AAAA') },
    'decryption',
  ],
};

for (const [what, [options, { plain, key = KEY, receiver, ...made }, reason]] of Object.entries(
  REFUSED,
)) {
  test(`${what} is refused without a word, and told here without a secret`, async () => {
    let asked = 0;
    const { bot, clock, refused, errors } = accountRig({
      ...options,
      answer: () => {
        asked += 1;
        return 'x';
      },
    });
    if (plain !== undefined) {
      made.sealed = oracle.encrypt(key, plain, receiver ?? ACCOUNT.appId);
      made.body = sealedBody(made.sealed);
    }
    const response = await bot.fetch(request({ clock, ...made }));
    assert.deepEqual([response.status, await response.text()], [403, '']);
    assert.deepEqual(refused, [reason]);
    assert.deepEqual([asked, errors], [0, []]);
  });
}

test('an encrypted message of another implementation is answered so that it can read it', async () => {
  const { bot, clock } = accountRig({ encodingAESKey: KEY, answer: ({ text }) => `re: ${text}` });
  const sealed = oracle.encrypt(KEY, MESSAGE, ACCOUNT.appId);
  const response = await bot.fetch(request({ clock, sealed, body: sealedBody(sealed) }));
  const { Encrypt, MsgSignature, TimeStamp, Nonce } = parseXml(await response.text());
  const expected = oracle.getSignature(ACCOUNT.token, TimeStamp, Nonce, Encrypt);
  assert.deepEqual([MsgSignature, Nonce], [expected, '42']);
  const { message, id } = oracle.decrypt(KEY, Encrypt);
  assert.equal(id, ACCOUNT.appId);
  const { Content, ToUserName, FromUserName, MsgType } = parseXml(message);
  assert.deepEqual(
    { Content, ToUserName, FromUserName, MsgType },
    { Content: 're: a secret word', ToUserName: 'ann', FromUserName: 'gh', MsgType: 'text' },
  );
});

test('a message that was seen is not answered again while a repeated request is not stale', async () => {
  let asked = 0;
  const { bot, clock } = accountRig({
    answer: () => {
      asked += 1;
      return 'x';
    },
  });
  const send = () => bot.fetch(request({ clock, body: MESSAGE }));
  await send();
  // Signed ahead of the bot's clock, it is fresh for twice the tolerance.
  const ahead = () => bot.fetch(request({ clock, body: MESSAGE, age: -299_000 }));
  const late = ahead();
  await late;
  await clock.advance(598_000);
  await bot.fetch(request({ clock, body: MESSAGE, age: 299_000 }));
  assert.equal(asked, 1);
});

test('2,000 messages with random faults are answered or refused, and none is a failure of the bot', async () => {
  const random = seeded(99);
  const bits = [
    '<',
    '>',
    '&',
    ']]>',
    '<![CDATA[',
    '\ud800',
    '\u0000',
    '河',
    '</xml>',
    'MsgId',
    ' ',
  ];
  const store = memoryStore();
  const { bot, clock, errors } = accountRig({
    store,
    answer: ({ text }) => text,
    onMessage: () => null,
  });
  const seen = new Set();
  for (let round = 0; round < 2000; round++) {
    let body = MESSAGE.replace('<![CDATA[1]]>', `<![CDATA[${round}]]>`);
    for (let faults = random.integer(1, 4); faults > 0; faults--) {
      const at = random.integer(0, body.length);
      const cut = random.chance(0.5) ? random.integer(0, 30) : 0;
      body = body.slice(0, at) + random.pick(bits) + body.slice(at + cut);
    }
    const response = await bot.fetch(request({ clock, body }));
    seen.add(response.status);
  }
  assert.deepEqual([...seen].sort(), [200, 403]);
  assert.deepEqual(errors, []);
});

test('many declarations and open sections cost no more time than they are long', () => {
  const open = '<![CDATA['.repeat(14_000);
  assert.throws(() => parseXml(`<xml><a>${open}`), { reason: 'body' });
  assert.throws(() => parseXml(`<xml>${'<a>'.repeat(40_000)}`), { reason: 'body' });
});

test('what a bot, its errors and its steps show holds no secret', async () => {
  const store = memoryStore();
  const rig = accountRig({
    store,
    encodingAESKey: KEY,
    late: 'push',
    answer: () => 'x'.repeat(5000),
    fetch: async () => {
      throw Object.assign(new TypeError(`fetch of ?access_token=${ACCOUNT.appSecret}`), {
        cause: Object.assign(new Error(ACCOUNT.appSecret), { code: 'ECONNRESET' }),
      });
    },
  });
  await rig.wechat.say('ann', 'a secret word');
  await rig.clock.advance(10_000);
  assert.equal(rig.errors[0].code, 'ERR_WECHAT_NETWORK');
  assert.equal(rig.errors[0].cause.message, 'ECONNRESET');
  const shown = inspect([rig.bot, rig.errors, rig.steps], { depth: 9, showHidden: true });
  for (const secret of [ACCOUNT.appSecret, ACCOUNT.token, KEY, 'a secret word']) {
    assert.ok(!shown.includes(secret), secret);
  }
});

test('a wrong option is refused at once, by name and without its value', () => {
  const given = { ...ACCOUNT, answer: () => 'x' };
  for (const [change, name] of [
    [{ token: undefined }, 'token'],
    [{ appId: '' }, 'appId'],
    [{ answer: 'x' }, 'answer'],
    [{ onMessage: 7 }, 'onMessage'],
    [{ encodingAESKey: 'a-secret-key' }, 'encodingAESKey'],
    [{ appSecret: 7 }, 'appSecret'],
    [{ appSecret: undefined, late: 'push' }, 'appSecret'],
    [{ late: 'never' }, 'late'],
    [{ store: {} }, 'store'],
    [{ clock: {} }, 'clock'],
    [{ patience: 0 }, 'patience'],
    [{ patience: '1' }, 'patience'],
    [{ fetch: 'x' }, 'fetch'],
    [{ baseUrl: 'nowhere' }, 'baseUrl'],
    [{ texts: { thinking: 'x'.repeat(257) } }, 'texts.thinking'],
    [{ texts: { hello: 'x' } }, 'texts.hello'],
    [{ conversation: { messages: 0 } }, 'messages'],
    [{ conversation: { size: 1 } }, 'conversation.size'],
    [{ secret: 'x' }, 'secret'],
  ]) {
    assert.throws(
      () => officialAccount({ ...given, ...change }),
      (error) => {
        assert.ok(error instanceof SSEOptionError, name);
        assert.ok(error.message.includes(name), `${name}: ${error.message}`);
        assert.ok(!error.message.includes('a-secret'), error.message);
        return true;
      },
    );
  }
  assert.throws(() => officialAccount(), SSEOptionError);
});
