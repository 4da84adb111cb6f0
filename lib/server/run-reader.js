'use strict';

const { AsyncResource } = require('node:async_hooks');
const { dispatcher } = require('../core/dispatcher.js');
const { OVER } = require('../core/stream-kind.js');
const { DEMAND } = require('../core/demand.js');

/**
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 *
 * @typedef {object} RunEnd how a run ended, as src/serve/reader.rs tells it
 * @property {'done' | 'error' | 'stopped' | 'lost'} status
 * @property {{ code: string, message: string, kind?: string }} [error]
 *
 * @typedef {object} Outlet where a reader's items go
 * @property {(item: any) => void} item
 * @property {(end: RunEnd) => void} end
 */

/** What a reader does with the records that reach it. */
const KIND = {
  ...OVER,
  event: (/** @type {RunReader} */ reader, /** @type {ServerSentEvent} */ event) =>
    reader.outlet.item(event),
  bytes: (/** @type {RunReader} */ reader, /** @type {Uint8Array} */ bytes) =>
    reader.outlet.item(bytes),
};

/** One reader of a run: what it does not ask for stays in the log. */
class RunReader extends AsyncResource {
  // As a receiver of records.
  kind = KIND;
  stream = this;
  lastEventId = '';
  #native;

  /**
   * @param {import('../../binding.js').NativeReader} native
   * @param {Outlet} outlet
   */
  constructor(native, outlet) {
    super('perennial-sse:reader');
    this.#native = native;
    this.outlet = outlet;
    dispatcher.deliver(native.id, this);
    dispatcher.ref();
  }

  /** Everything as it comes. */
  flow() {
    this.#ask(DEMAND.flow);
  }

  /** Nothing more for now. */
  pause() {
    this.#ask(DEMAND.off);
  }

  /** As much as one batch brings. */
  once() {
    this.#ask(DEMAND.once);
  }

  /** Its receiver has left. */
  close() {
    if (this.kind === OVER) return;
    this.#finish();
    this.#native.close();
  }

  /** @param {number} demand */
  #ask(demand) {
    if (this.kind !== OVER && this.#native.ask(demand)) dispatcher.deliverSoon();
  }

  #finish() {
    this.kind = OVER;
    dispatcher.forget(this.#native.id);
    dispatcher.unref();
  }

  /** @param {string} json the end of the run */
  notice(json) {
    if (this.kind === OVER) return;
    const { outlet } = this;
    this.#finish();
    outlet.end(JSON.parse(json));
  }
}

module.exports = { RunReader };
