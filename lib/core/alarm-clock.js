'use strict';

const { dispatcher } = require('./dispatcher.js');
const { OVER } = require('./stream-kind.js');

/**
 * Alarms of this environment, for what outlives its stream. The core has the clock.
 */
class AlarmClock {
  #native = dispatcher.alarmClock();
  /** @type {Map<number, () => void>} */
  #callbacks = new Map();
  #last = 0;

  constructor() {
    dispatcher.deliver(this.#native.id, {
      kind: OVER,
      stream: undefined,
      lastEventId: '',
      notice: (json) => this.#ring(JSON.parse(json).number),
    });
  }

  /**
   * Calls back after so many milliseconds; until then the process stays alive.
   *
   * @param {number} delay
   * @param {() => void} callback
   * @returns {() => void} forgets it
   */
  set(delay, callback) {
    this.#last = (this.#last + 1) >>> 0;
    const number = this.#last;
    this.#callbacks.set(number, callback);
    dispatcher.ref();
    this.#native.set(number, delay);
    return () => {
      if (this.#callbacks.delete(number)) dispatcher.unref();
    };
  }

  /** @param {number} number */
  #ring(number) {
    const callback = this.#callbacks.get(number);
    if (callback === undefined) return;
    this.#callbacks.delete(number);
    dispatcher.unref();
    callback();
  }
}

/** @type {AlarmClock | undefined} */
let clock;

/** @returns {AlarmClock} made when it is first needed */
function alarmClock() {
  clock ??= new AlarmClock();
  return clock;
}

module.exports = { alarmClock };
