'use strict';

const { EventEmitter } = require('node:events');
const { memoryStore } = require('../../index.js');
const { fetchOption } = require('./api.js');
const check = require('./checks.js');
const { CLOCK } = require('./clock.js');
const { Conversations, DEFAULTS } = require('./conversations.js');
const { PATIENCE_MS } = require('./deadlines.js');
const { textsOption } = require('./texts.js');

/** The options that all bots take. */
const COMMON = [
  'answer',
  'onMessage',
  'store',
  'conversation',
  'patience',
  'texts',
  'fetch',
  'clock',
];

/**
 * @typedef {object} Common
 * @property {(turn: import('./types/bots.js').Turn<any>) => unknown} answer
 * @property {((message: any) => unknown) | undefined} onMessage
 * @property {import('../../index.js').Store} store
 * @property {InstanceType<typeof Conversations>} conversations
 * @property {number} patience
 * @property {ReturnType<typeof textsOption>} texts
 * @property {typeof globalThis.fetch} fetch
 * @property {import('./clock.js').Clock} clock
 */

/**
 * @param {Record<string, any>} options
 * @param {string} prefix of the keys in the store
 * @returns {Common}
 */
function commonOptions(options, prefix) {
  const clock = options.clock === undefined ? CLOCK : check.clock(options.clock);
  const store =
    options.store === undefined ? memoryStore({ name: 'wechat' }) : check.store(options.store);
  const kept = check.group(options.conversation ?? {}, Object.keys(DEFAULTS), 'conversation');
  return {
    answer: check.callable(options.answer, 'answer'),
    onMessage:
      options.onMessage === undefined ? undefined : check.callable(options.onMessage, 'onMessage'),
    store,
    conversations: new Conversations({ ...kept, store, clock, prefix }),
    patience: check.whole(options.patience ?? PATIENCE_MS, 'patience', 1, 'milliseconds'),
    texts: textsOption(options.texts),
    fetch: fetchOption(options.fetch ?? globalThis.fetch),
    clock,
  };
}

/** What all bots are: emitters that tell what they do. */
class Door extends EventEmitter {
  #clock;

  /** @param {import('./clock.js').Clock} clock */
  constructor(clock) {
    super();
    this.#clock = clock;
  }

  /**
   * Tells of a step of a turn.
   *
   * @protected
   * @param {string} step
   * @param {{ message: string, user: string, at: number }} turn
   * @param {object} [more]
   */
  tell(step, { message, user, at }, more = {}) {
    this.emit('step', { step, message, user, ms: this.#clock.now() - at, ...more });
  }

  /**
   * A failure that no caller could be told of.
   *
   * @protected
   * @param {unknown} error
   */
  fail(error) {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  /**
   * @protected
   * @param {string} reason
   */
  refuse(reason) {
    this.emit('refused', { reason, at: new Date(this.#clock.now()) });
  }
}

module.exports = { COMMON, Door, commonOptions };
