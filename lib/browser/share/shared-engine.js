'use strict';

const { ERROR_CLASSES } = require('../../core/error-classes.js');
const { Engine } = require('../engine.js');
const { watchPage } = require('../page.js');
const { LeaderLink, canLead } = require('./leader-link.js');
const { workerLink } = require('./worker-link.js');

/** What a state is after this was told. */
const STATES = /** @type {const} */ ({ attempt: 'connecting', open: 'open', retry: 'waiting' });

/**
 * An error that crossed from another tab.
 *
 * @param {any} told
 */
function revived(told) {
  if (!told) return told;
  /** @type {Record<string, any>} */
  const classes = ERROR_CLASSES;
  const error = new classes[told.code](told.message, told);
  return Object.assign(error, { exhausted: told.exhausted ?? false });
}

/** A stream whose connection another tab, or a worker, may have: what an engine is to its stream. */
class SharedEngine {
  #options;
  #receiver;
  #stream;
  #key;
  /** @type {any} */
  #link;
  /** @type {any} */
  #state = 'connecting';
  #generation = 0;
  #lastEventId;
  #unwatch;
  /** @type {any} */
  #stats = {};
  #attempt = 0;
  /** @type {number | null} */
  #delay = null;

  /**
   * @param {import('../attempt.js').Options} options
   * @param {import('../engine.js').Receiver} receiver
   */
  constructor(options, receiver) {
    const { signal, share, ...raw } = options.given;
    const headers = [.../** @type {Headers} */ (options.headers)];
    const url = String(options.url);
    this.#options = options;
    this.#receiver = receiver;
    this.#stream = { url, options: { ...raw, headers } };
    this.#lastEventId = options.lastEventId;
    this.#key = `perennial-sse ${JSON.stringify({ ...this.#stream, lastEventId: undefined })}`;
    this.#unwatch = watchPage({
      wake: () => {},
      park: () => this.#leave('parked'),
      unpark: () => this.#state === 'parked' && this.#join(),
      pauseWhenHidden: false,
    });
    this.#join();
  }

  get state() {
    return this.#state;
  }

  get stats() {
    return this.#stats;
  }

  get retryState() {
    return { state: this.#state, attempt: this.#attempt, delay: this.#delay };
  }

  resetRetries() {}

  reconnect() {
    this.#link?.reconnect();
  }

  close() {
    this.#leave('closed');
    this.#unwatch();
  }

  /** @param {'parked' | 'closed'} state */
  #leave(state) {
    if (this.#state === 'closed') return;
    this.#state = state;
    this.#generation += 1;
    this.#link?.close();
    this.#link = undefined;
    if (state === 'parked') this.#receiver.tell('pause', undefined);
  }

  async #join() {
    this.#state = 'connecting';
    this.#generation += 1;
    const generation = this.#generation;
    const hear = (/** @type {any} */ told) => {
      if (generation === this.#generation) this.#hear(told);
    };
    const { url, options } = this.#stream;
    const stream = { url, options: { ...options, lastEventId: this.#lastEventId } };
    const link = (await workerLink(this.#key, stream, hear)) ?? this.#own(stream, hear);
    if (generation === this.#generation) this.#link = link;
    else link.close();
  }

  /**
   * @param {{ url: string, options: any }} stream
   * @param {(told: any) => void} hear
   */
  #own(stream, hear) {
    if (canLead()) return new LeaderLink(this.#key, stream, hear, () => this.#lastEventId);
    return new Engine({ ...this.#options, lastEventId: this.#lastEventId }, this.#receiver);
  }

  /** @param {{ name: any, value: any, stats?: any }} told */
  #hear({ name, value, stats }) {
    if (stats !== undefined) this.#stats = stats;
    if (name === 'events') {
      const ids = value.map((/** @type {any} */ { lastEventId }) => lastEventId);
      this.#lastEventId = ids.at(-1) || this.#lastEventId;
      this.#receiver.take(value, 0);
      return;
    }
    const error = revived(value?.error);
    const given = value?.error ? { ...value, error } : value;
    if (name === 'end') {
      this.close();
      this.#receiver.end(error ? given : { reason: value.reason });
      return;
    }
    this.#state = STATES[/** @type {'open'} */ (name)] ?? this.#state;
    this.#attempt = name === 'retry' ? value.attempt : name === 'open' ? 0 : this.#attempt;
    this.#delay = name === 'retry' ? value.delay : null;
    this.#receiver.tell(name, given);
  }
}

module.exports = { SharedEngine };
