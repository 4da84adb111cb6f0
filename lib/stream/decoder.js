'use strict';

const { decoderClasses } = require('./decoder-classes.js');
const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');
const { NativeDecoder } = require('../core/native.js');
const { streamKind } = require('../core/stream-kind.js');

const batching = lazy(() => require('../core/batch.js'));

/** Batches at rest. A callback may feed another decoder, so one is not enough for all. */
/** @type {InstanceType<typeof import('../core/batch.js').Batch>[]} */
const batches = [];

/** @type {import('../core/stream-kind.js').RecordKind<import('./decoder-classes.js').Receiver>} */
const DECODED = streamKind({
  event: (receiver, event) => receiver.event(event),
  comment: (receiver, text) => receiver.comment(text),
});

/** The addon's decoder. */
class NativeCore {
  #native;
  #lastEventId = '';

  /** @param {number} maxEventSize */
  constructor(maxEventSize) {
    this.#native = new NativeDecoder(maxEventSize);
  }

  /** @param {Uint8Array} bytes */
  feed(bytes) {
    return this.#native.feed(bytes);
  }

  /** @param {import('./decoder-classes.js').Receiver} receiver */
  drain(receiver) {
    const records = {
      kind: DECODED,
      stream: receiver,
      lastEventId: this.#lastEventId,
      notice: (/** @type {string} */ delay) => receiver.retry(Number(delay)),
    };
    const { Batch } = batching();
    const batch = batches.pop() ?? new Batch();
    for (let more = true; more; ) {
      more = batch.fill(this.#native);
      while (!batch.empty && batch.number === 0) batch.read(records, Number.POSITIVE_INFINITY);
    }
    batches.push(batch);
    this.#lastEventId = records.lastEventId;
  }
}

module.exports = loadedClasses(decoderClasses((maxEventSize) => new NativeCore(maxEventSize)));
