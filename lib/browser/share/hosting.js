'use strict';

const { Engine } = require('../engine.js');
const { normalize } = require('../options.js');

/**
 * @typedef {object} Told what a tab hears
 * @property {'attempt' | 'open' | 'pause' | 'retry' | 'comment' | 'events' | 'end'} name
 * @property {any} value
 * @property {any} [stats] of the connection
 */

/**
 * What is left of an error when it crosses to another tab: its class and members are made anew there.
 *
 * @param {any} error
 */
const plain = (error) => error && { ...error, message: error.message };

/** The one connection that several tabs share. */
class Hosting {
  #tell;
  #engine;
  /** What a tab that comes later has to know. */
  /** @type {Told | undefined} */
  #last;

  /**
   * @param {string} url
   * @param {any} options of `connect`, all of which can be cloned
   * @param {(told: Told) => void} tell all tabs
   */
  constructor(url, options, tell) {
    this.#tell = tell;
    const normalized = normalize(url, options);
    this.#engine = new Engine(normalized, {
      tell: (name, value) => {
        const error = value?.error;
        this.#say(name, error ? { ...value, error: plain(error) } : value);
      },
      take: (events) => {
        if (events.length > 0) this.#say('events', events);
      },
      // Tabs have no way to say that they are slow.
      room: () => undefined,
      end: ({ reason, error }) => this.#say('end', { reason, error: plain(error) }),
    });
  }

  /** @param {(told: Told) => void} tell a tab that has come */
  greet(tell) {
    if (this.#last !== undefined) tell(this.#last);
  }

  reconnect() {
    this.#engine.reconnect();
  }

  close() {
    this.#engine.close();
  }

  /**
   * @param {Told['name']} name
   * @param {any} value
   */
  #say(name, value) {
    const { stats } = this.#engine ?? {};
    const told = { name, value, stats };
    if (name !== 'events' && name !== 'comment') this.#last = told;
    this.#tell(told);
  }
}

module.exports = { Hosting };
