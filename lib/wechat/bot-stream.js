'use strict';

const { frameOf } = require('./stream-frame.js');

/**
 * @typedef {object} Record what all processes know of a stream
 * @property {string} id
 * @property {import('./turn.js').Turn} turn
 * @property {string} responseUrl
 *
 * @typedef {Pick<import('./answering.js').Answering, 'text' | 'over'>} Source
 */

/** The answer to one message, as a bot of WeCom shows it: whole at each time, for a bounded one. */
class BotStream {
  #clock;
  #texts;
  #source;
  /** @type {import('./answering.js').Outcome | null | undefined} */
  #outcome;
  /** @type {import('./stream-frame.js').Frame | undefined} */
  #last;

  /**
   * @param {Record} record
   * @param {Source} source
   * @param {{ clock: import('./clock.js').Clock, texts: typeof import('./texts.js').TEXTS }} surroundings
   */
  constructor(record, source, { clock, texts }) {
    this.record = record;
    this.#source = source;
    this.#clock = clock;
    this.#texts = texts;
    this.over = source.over.then((outcome) => {
      this.#outcome = outcome;
      return outcome;
    });
  }

  /** What is shown now. After the last frame nothing changes any more. */
  frame() {
    if (this.#last !== undefined) return this.#last;
    const { at } = this.record.turn;
    const now = this.#clock.now();
    const text = this.#outcome === undefined ? this.#source.text() : '';
    const frame = frameOf({ text, outcome: this.#outcome, at, now }, this.#texts);
    if (frame.finish) this.#last = frame;
    return frame;
  }

  get isFinished() {
    return this.#last !== undefined;
  }
}

module.exports = { BotStream };
