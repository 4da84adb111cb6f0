'use strict';

const { redactUrl } = require('../core/http-values.js');
const { enter } = require('./crowd.js');

/** How many failures are kept. */
const FAILURES = 16;

/** What `stats` tells of the connections of a stream. */
class Statistics {
  attempts = 0;
  #errorCount = 0;
  /** @type {import('../../index.js').FailureRecord[]} */
  #errors = [];
  /** When the first connection opened, and the present one; 0 for none. */
  #first = 0;
  #since = 0;
  #up = 0;

  #leave = () => {};

  /** @param {string} url of the response */
  opened(url) {
    this.#leave = enter(url);
    this.#since = performance.now();
    this.#first ||= this.#since;
  }

  lost() {
    if (this.#since > 0) this.#up += performance.now() - this.#since;
    this.#leave();
    this.#leave = () => {};
    this.#since = 0;
  }

  /**
   * Adds to a failure how far the stream came.
   *
   * @param {any} error
   * @param {unknown} url
   * @param {{ lastEventId: string, events: number, bytes: number }} reading
   */
  failed(error, url, { lastEventId, events, bytes }) {
    const attempt = this.attempts;
    Object.assign(error, { attempt, exhausted: false, lastEventId, events, bytes });
    if (typeof url !== 'function') error.url = redactUrl(String(url));
    const { code, message } = error;
    this.#errorCount += 1;
    this.#errors.push({ at: Date.now(), attempt, code, message });
    if (this.#errors.length > FAILURES) this.#errors.shift();
    return error;
  }

  /** @param {{ events: number, duplicates: number, bytes: number }} reading */
  summary({ events, duplicates, bytes }) {
    const now = performance.now();
    const connectedFor = this.#since && now - this.#since;
    const last = this.#errors.at(-1);
    return {
      attempts: this.attempts,
      retries: Math.max(0, this.attempts - 1),
      errors: [...this.#errors],
      errorCount: this.#errorCount,
      lastError: last === undefined ? null : `${last.code}: ${last.message}`,
      downtime: this.#first && now - this.#first - this.#up - connectedFor,
      connectedFor,
      ...{ events, duplicates, bytes },
    };
  }
}

module.exports = { Statistics };
