'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Batch } = require('../lib/core/batch.js');
const { streamKind } = require('../lib/core/stream-kind.js');
// Compared with what the core writes by tests/delivery/broadcasts.rs.
const form = require('./support/shared-batch.json');

/** Where a batch has the number of its bytes of text. */
const TEXT_BYTES = 8 * 1024 - 1;

/** A source that fills one batch. */
function source({ words, units }) {
  return {
    drain(intoWords, intoUnits) {
      intoWords.set(words);
      intoUnits.set(units);
      intoWords[TEXT_BYTES] = units.length * 2;
      return words.length;
    },
  };
}

/** A receiver of a kind that has these functions. */
const receiver = (functions) => ({
  kind: streamKind(functions),
  stream: undefined,
  lastEventId: '',
  notice() {},
});

/** Reads all of a batch; what each receiver got, in order. */
function readAll(batch) {
  const read = [];
  while (!batch.empty) {
    const { number } = batch;
    const own = receiver({
      event: (_, { data }) => read.push({ number, data }),
      bytes: (_, bytes, prefix) => read.push({ number, bytes, prefix }),
    });
    assert.equal(batch.read(own, 64), 1, 'a payload is one record of each receiver');
    assert.equal(batch.left, 0);
  }
  return read;
}

const text = (bytes) => Buffer.from(bytes).toString();

test('a payload for many receivers is decoded once, and each gets its own prefix', () => {
  const batch = new Batch();
  batch.fill(source(form));
  const read = readAll(batch);
  const expected = form.groups.flatMap(({ payload, receivers }) =>
    receivers.map(({ number, prefix }) => ({ number, payload, prefix })),
  );
  assert.deepEqual(
    read.map(({ number, bytes, prefix }) => ({ number, payload: text(bytes), prefix })),
    expected,
  );
  const payloads = new Set(read.map(({ bytes }) => bytes));
  assert.equal(payloads.size, form.groups.length, 'the same bytes for all receivers of a payload');
});

test('records of one receiver may stand before and behind such a payload', () => {
  // An event of one character, in one word: bit 11, and its length from bit 12.
  const event = (number, letter) => ({
    words: [number, 1, (1 << 11) | (1 << 12)],
    units: [letter.charCodeAt(0)],
  });
  const [before, behind] = [event(40, 'a'), event(41, 'b')];
  const batch = new Batch();
  batch.fill(
    source({
      words: [...before.words, ...form.words, ...behind.words],
      units: [...before.units, ...form.units, ...behind.units],
    }),
  );
  const read = readAll(batch);
  assert.deepEqual(read.at(0), { number: 40, data: 'a' });
  assert.deepEqual(read.at(-1), { number: 41, data: 'b' });
  assert.equal(text(read.at(-2).bytes), form.groups.at(-1).payload);
});

test('a receiver that throws keeps nothing from the others', () => {
  const batch = new Batch();
  batch.fill(source(form));
  const read = [];
  while (!batch.empty) {
    const { number } = batch;
    const bytes = () => {
      read.push(number);
      throw new Error('a mistake');
    };
    assert.throws(() => batch.read(receiver({ bytes }), 64), /a mistake/);
  }
  const numbers = form.groups.flatMap(({ receivers }) => receivers.map(({ number }) => number));
  assert.deepEqual(read, numbers);
});

test('what is read keeps nothing of the batch, also if its receiver is gone', () => {
  const batch = new Batch();
  batch.fill(source(form));
  const [{ bytes }] = readAll(batch);
  const kept = text(bytes);
  batch.fill(source(form));
  while (!batch.empty) {
    assert.ok(batch.number >= 0);
    batch.read(receiver({}), 64);
  }
  batch.fill(source({ words: [1, 1, (1 << 11) | (1 << 12)], units: [0x2020] }));
  assert.equal(text(bytes), kept);
  assert.equal(bytes.buffer.byteLength, bytes.length);
});

test('a receiver that keeps nothing is lent the memory of the batch, which no other keeps', () => {
  const batch = new Batch();
  batch.fill(source(form));
  const given = [];
  while (!batch.empty) {
    const { number } = batch;
    const bytes = (_, payload) => given.push({ payload, said: text(payload) });
    batch.read(receiver({ bytes, borrows: number === form.groups[0].receivers[0].number }), 64);
  }
  const said = form.groups.flatMap(({ payload, receivers }) => receivers.map(() => payload));
  assert.deepEqual(
    given.map((one) => one.said),
    said,
  );
  const [lent, ...kept] = given.map(({ payload }) => payload.buffer.byteLength > payload.length);
  assert.equal(lent, true);
  assert.ok(!kept.includes(true));
});
