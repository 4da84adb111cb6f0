'use strict';

const { Hosting } = require('./hosting.js');

const scope = /** @type {any} */ (globalThis);

/** How often the tab that has the connection says that it is there, in milliseconds. */
const BEAT = 1000;

/** After so long without a beat another tab takes its place: it is frozen, or busy. */
const SILENT = 5000;

/** Whether tabs can agree on one of them. */
const canLead = () =>
  scope.navigator?.locks !== undefined && typeof scope.BroadcastChannel === 'function';

/** One of the tabs has the connection, and tells the others. */
class LeaderLink {
  #key;
  #stream;
  #hear;
  #lastEventId;
  #channel;
  /** @type {InstanceType<typeof Hosting> | undefined} */
  #hosting;
  #free = () => {};
  #leaving = new AbortController();
  #heard = performance.now();
  #timer;

  /**
   * @param {string} key
   * @param {{ url: string, options: any }} stream
   * @param {(told: any) => void} hear
   * @param {() => string} lastEventId after which this tab would go on
   */
  constructor(key, stream, hear, lastEventId) {
    this.#key = key;
    this.#stream = stream;
    this.#hear = hear;
    this.#lastEventId = lastEventId;
    this.#channel = new scope.BroadcastChannel(key);
    this.#channel.onmessage = (/** @type {any} */ { data }) => this.#receive(data);
    this.#channel.postMessage({ hello: true });
    this.#timer = setInterval(() => this.#tick(), BEAT);
    this.#candidate({ signal: this.#leaving.signal });
  }

  reconnect() {
    if (this.#hosting) this.#hosting.reconnect();
    else this.#channel.postMessage({ reconnect: true });
  }

  close() {
    clearInterval(this.#timer);
    this.#leaving.abort();
    this.#retire();
    this.#channel.close();
  }

  /** @param {any} options of the lock */
  #candidate(options) {
    const lead = () =>
      new Promise((resolve) => {
        if (this.#leaving.signal.aborted) return resolve(undefined);
        this.#free = () => resolve(undefined);
        return this.#lead();
      });
    scope.navigator.locks.request(this.#key, options, lead).catch(() => {
      // Another tab has taken its place, or it leaves.
      this.#retire();
      if (!this.#leaving.signal.aborted) this.#candidate({ signal: this.#leaving.signal });
    });
  }

  #lead() {
    const { url, options } = this.#stream;
    const lastEventId = this.#lastEventId();
    this.#hosting = new Hosting(url, { ...options, lastEventId }, (told) => {
      this.#channel.postMessage({ told });
      this.#hear(told);
    });
  }

  #retire() {
    this.#hosting?.close();
    this.#hosting = undefined;
    this.#free();
  }

  /** @param {any} message */
  #receive({ told, hello, reconnect }) {
    this.#heard = performance.now();
    if (this.#hosting === undefined) {
      if (told) this.#hear(told);
    } else if (hello) this.#hosting.greet((last) => this.#channel.postMessage({ told: last }));
    else if (reconnect) this.#hosting.reconnect();
  }

  #tick() {
    const now = performance.now();
    if (this.#hosting !== undefined) this.#channel.postMessage({ beat: true });
    else if (now - this.#heard > SILENT) {
      this.#heard = now;
      this.#candidate({ steal: true });
    }
  }
}

module.exports = { LeaderLink, canLead };
