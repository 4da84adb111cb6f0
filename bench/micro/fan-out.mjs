// One payload for 10,000 receivers on JavaScript's thread: node bench/micro/fan-out.mjs
//
// What it takes to read a batch in which each receiver has a copy of its own, and one in which all
// share one. The best of several rounds counts: what disturbs a round only ever makes it slower.

import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

const require = createRequire(import.meta.url);
const { Batch } = require('../../lib/core/batch.js');
const { streamKind } = require('../../lib/core/stream-kind.js');

const RECEIVERS = 10_000;
const ROUNDS = 200;
/** The room of a batch, and what its words and text may take. */
const WORDS = 8 * 1024 - 1;
const UNITS = 32 * 1024;
const PAYLOAD = new Uint16Array(154).fill(0x7878);
const PREFIX = new Uint16Array(new TextEncoder().encode('id: 000001\n ').buffer);
const BYTES = 3;
const SHARED = 2 ** 31;
const PREFIXED = 2 ** 30;

/** Batches of at most `most` receivers, made once. */
function batches(most, make) {
  const made = [];
  for (let first = 0; first < RECEIVERS; first += most) {
    const count = Math.min(most, RECEIVERS - first);
    made.push(make(Array.from({ length: count }, (_, index) => first + index)));
  }
  return made;
}

const payloadLength = PAYLOAD.length * 4;
const kinds = {
  'a copy each': batches(Math.floor(UNITS / PAYLOAD.length), (numbers) => ({
    words: numbers.flatMap((number) => [number, 1, BYTES, payloadLength]),
    units: numbers.flatMap(() => [...PAYLOAD]),
  })),
  shared: batches(WORDS - 2, (numbers) => ({
    words: [payloadLength, SHARED + numbers.length, ...numbers],
    units: [...PAYLOAD],
  })),
  'shared, a prefix each': batches(Math.floor((WORDS - 2) / 2), (numbers) => ({
    words: [payloadLength, SHARED + PREFIXED + numbers.length, ...numbers.flatMap((n) => [n, 22])],
    units: [...PAYLOAD, ...numbers.flatMap(() => [...PREFIX])],
  })),
};

let received = 0;
const bytes = (_, { length }) => {
  received += length;
};
const receiver = { kind: streamKind({ bytes }), stream: undefined, lastEventId: '', notice() {} };

for (const [name, made] of Object.entries(kinds)) {
  const sources = made.map(({ words, units }) => {
    const [typedWords, typedUnits] = [Uint32Array.from(words), Uint16Array.from(units)];
    return {
      drain(intoWords, intoUnits) {
        intoWords.set(typedWords);
        intoUnits.set(typedUnits);
        intoWords[WORDS] = typedUnits.length * 2;
        return typedWords.length;
      },
    };
  });
  const batch = new Batch();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    received = 0;
    for (const source of sources) {
      batch.fill(source);
      while (!batch.empty) if (batch.number >= 0) batch.read(receiver, 64);
    }
    best = Math.min(best, performance.now() - started);
    if (received !== RECEIVERS * PAYLOAD.length * 2) throw new Error('not everything came');
  }
  const each = ((best * 1e6) / RECEIVERS).toFixed(1);
  console.log(`${name.padEnd(24)} ${each.padStart(7)} ns/receiver  ${sources.length} batches`);
}
