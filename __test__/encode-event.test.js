'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventStreamDecoder, encodeEvent } = require('../index.js');
const { seeded } = require('./support/random.js');

function decode(text) {
  const log = [];
  const decoder = new EventStreamDecoder({
    onEvent: (event) => log.push(event),
    onComment: (comment) => log.push(comment),
  });
  decoder.feed(Buffer.from(text));
  decoder.end();
  return log;
}

test('the fields of an event become lines', () => {
  for (const [event, text] of [
    [{ data: 'x' }, 'data: x\n\n'],
    [{ data: '' }, 'data: \n\n'],
    [{ data: 'a\nb' }, 'data: a\ndata: b\n\n'],
    [{ data: 'x', event: 'message' }, 'data: x\n\n'],
    [{ data: 'x', event: '' }, 'data: x\n\n'],
    [{ comment: 'hi' }, ': hi\n'],
  ]) {
    assert.equal(encodeEvent(event).replace(/^data:\n/m, 'data: \n'), text);
  }
  const full = encodeEvent({ data: 'x', event: 'e', id: '1', retry: 5 });
  const lines = full.trimEnd().split('\n').sort();
  assert.deepEqual(lines, ['data: x', 'event: e', 'id: 1', 'retry: 5']);
  assert.ok(full.endsWith('\n\n'));
});

test('what was encoded is decoded to the same', () => {
  for (const event of [
    { event: 'message', data: 'x', id: undefined, lastEventId: '' },
    { event: 'e', data: ' leading', id: '1', lastEventId: '1' },
    { event: 'e:f', data: '\n\n', id: ' 2', lastEventId: ' 2', retry: 0 },
    { event: '漢', data: '\u{1f600}\0', id: '', lastEventId: '' },
    { event: 'message', data: ': x\ndata: y\nid: z', id: undefined, lastEventId: '' },
  ]) {
    assert.deepEqual(decode(encodeEvent(event)), [event]);
  }
});

test('line ends of any kind in data become LF', () => {
  const [{ data }] = decode(encodeEvent({ data: 'a\r\nb\rc\nd\n\re' }));
  assert.equal(data, 'a\nb\nc\nd\n\ne');
});

test('random text survives, and never makes a second event or another field', () => {
  const { integer, pick } = seeded(3);
  const parts = ['\r', '\n', '\r\n', ':', ' ', 'data: ', 'id: 9', 'event: x', 'ü', '\u2028', '\0'];
  for (let round = 0; round < 500; round++) {
    const data = Array.from({ length: integer(0, 12) }, () => pick(parts)).join('');
    const decoded = decode(encodeEvent({ data, id: 'i', event: 'e' }));
    assert.deepEqual(decoded, [
      { event: 'e', data: data.replace(/\r\n?/g, '\n'), id: 'i', lastEventId: 'i' },
    ]);
  }
});

test('a comment stays a comment, on every line', () => {
  const decoded = decode(encodeEvent({ comment: 'a\ndata: b\r\n\ndata: c', data: 'x' }));
  assert.deepEqual(
    decoded.map((item) => item.data ?? item),
    ['a', 'data: b', '', 'data: c', 'x'],
  );
});

test('an id alone primes a reader without an event', () => {
  const decoded = decode(`${encodeEvent({ id: '7' })}${encodeEvent({ data: 'x' })}`);
  assert.deepEqual(decoded, [{ event: 'message', data: 'x', id: undefined, lastEventId: '7' }]);
});

test('an event or id that would start a field of its own is rejected', () => {
  for (const field of ['event', 'id']) {
    for (const bad of ['a\nb', 'a\rb', 'a\r\nb', '\n', 'a\0b']) {
      assert.throws(
        () => encodeEvent({ data: 'x', [field]: bad }),
        (error) => error.code === 'ERR_SSE_OPTION' && error.message.includes(field),
      );
    }
  }
});

test('what is no event is rejected', () => {
  for (const event of [
    undefined,
    null,
    'data',
    { data: 1 },
    { id: 1 },
    { event: {} },
    { comment: 1 },
    ...[-1, 0.5, NaN, Infinity, '5'].map((retry) => ({ retry })),
  ]) {
    assert.throws(() => encodeEvent(event), { code: 'ERR_SSE_OPTION' });
  }
});

test('half of a surrogate pair becomes U+FFFD', () => {
  assert.equal(decode(encodeEvent({ data: 'a\ud800b' }))[0].data, 'a\ufffdb');
});
