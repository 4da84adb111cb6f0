'use strict';

const { Batch } = require('../core/batch.js');
const { decoderClasses } = require('./decoder-classes.js');
const { NativeDecoder } = require('../core/native.js');

/** Batches at rest. A callback may feed another decoder, so one is not enough for all. */
/** @type {InstanceType<typeof Batch>[]} */
const batches = [];

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
  drain({ event, comment, retry }) {
    const records = { lastEventId: this.#lastEventId, event, comment, notice: retryOf(retry) };
    const batch = batches.pop() ?? new Batch();
    for (let more = true; more; ) {
      more = batch.fill(this.#native);
      while (!batch.empty && batch.number === 0) batch.read(records, Number.POSITIVE_INFINITY);
    }
    batches.push(batch);
    this.#lastEventId = records.lastEventId;
  }
}

/** @param {(delay: number) => void} retry */
const retryOf = (retry) => (/** @type {string} */ delay) => retry(Number(delay));

module.exports = decoderClasses((maxEventSize) => new NativeCore(maxEventSize));
