'use strict';

const { alarmClock } = require('../core/alarm-clock.js');
const { lazy } = require('../core/lazy.js');

const noticing = lazy(() => require('./notices.js'));

/**
 * How long what was sent has before a failure follows it, in milliseconds. Frameworks throw away what
 * they have not written when a body fails, and a reset takes with it what the client has not read.
 */
const LINGER = 1000;

/**
 * @typedef {object} Taking where the bytes come from: a stream of which this takes the iterator's place
 * @property {() => Promise<IteratorResult<any, undefined>>} take
 * @property {(item: any) => Uint8Array | undefined} encode those that are no bytes yet
 * @property {() => Error | undefined} cut why it must break off instead of ending
 * @property {() => boolean} starved whether `take` waits
 * @property {(bytes: Uint8Array) => void} offer something to the `take` that waits
 * @property {() => void} close
 * @property {(delay: number, callback: () => void) => void} alarm rings unless the stream is over
 * @property {() => string | undefined} reason why it ended
 * @property {boolean} heeds whether a comment says that the stream has begun
 * @property {(error: unknown) => Uint8Array | undefined} lastWords what to send of a failure that came
 *   before anything else, so that the core could still expect it to become a status
 */

/** What keeps proxies and clients waiting. A new one each time, for a reader may transfer it. */
const beat = () => Uint8Array.of(0x3a, 0x0a, 0x0a);

/** @param {Uint8Array} bytes */
function isComment(bytes) {
  return bytes[0] === 0x3a && /^(?::[^\n]*\n|\n)*$/.test(Buffer.from(bytes).toString('latin1'));
}

/** An encoded stream as outputs take it: never silent for long, and not too quick to fail. */
class OutputSource {
  #taking;
  /** Milliseconds, or `null` for never. */
  #heartbeat;
  #notices;
  /** The head was sent, so that anything may follow. */
  #begun = false;
  /** An alarm for the next heartbeat is set. */
  #armed = false;
  /** When the output last asked, having sent what it was given. */
  #asked = 0;
  /** Something was sent. */
  #sent = false;
  /** Something that is more than a comment. */
  #spoke = false;
  #closed = false;
  /** The first `next`, if the output did not wait for it. */
  /** @type {Promise<Uint8Array | undefined> | undefined} */
  #pending;
  /** @type {{ error: unknown } | undefined} */
  #failure;
  /** Ends the wait before a failure. */
  #hurry = () => {};

  /**
   * @param {Taking} taking
   * @param {number | null} heartbeat
   * @param {boolean} notices whether it tells of a failure before it breaks off
   */
  constructor(taking, heartbeat, notices) {
    this.#taking = taking;
    this.#heartbeat = heartbeat;
    this.#notices = notices;
  }

  /** Why it ended. */
  get reason() {
    return this.#taking.reason();
  }

  close() {
    this.#closed = true;
    this.#taking.close();
    this.#hurry();
  }

  /**
   * Calls back after so many milliseconds, unless the stream is over before.
   *
   * @param {number} delay
   * @param {() => void} callback
   */
  alarm(delay, callback) {
    this.#taking.alarm(delay, callback);
  }

  /** From now on whatever is taken is sent. */
  begin() {
    this.#begun = true;
    if (this.#heartbeat !== null) this.#arm(this.#heartbeat);
  }

  /**
   * The same before anything has come.
   *
   * @param {Promise<Uint8Array | undefined>} pending the `next` that still waits
   * @returns {Uint8Array} what to begin with
   */
  beginEarly(pending) {
    this.#pending = pending;
    // If it fails, the next call says so.
    pending.catch(() => {});
    this.#sent = true;
    this.#asked = performance.now();
    this.begin();
    return beat();
  }

  /**
   * The next bytes; asking says that those before are sent.
   *
   * @returns {Promise<Uint8Array | undefined>} `undefined` at the end
   */
  async next() {
    this.#asked = performance.now();
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) return pending;
    if (this.#failure) return this.#fail(this.#failure.error);
    try {
      for (;;) {
        const { value, done } = await this.#taking.take();
        if (done) {
          const cut = this.#taking.cut();
          if (cut) throw cut;
          return undefined;
        }
        const bytes = value instanceof Uint8Array ? value : this.#taking.encode(value);
        if (bytes === undefined || this.#isTooEarly(bytes)) continue;
        this.#sent = true;
        return bytes;
      }
    } catch (error) {
      this.#failure = { error };
      const words = this.#sent && !this.#spoke ? this.#taking.lastWords(error) : undefined;
      if (!this.#notices || !this.#sent) return words ?? this.#fail(error);
      return Buffer.concat([words ?? Buffer.alloc(0), noticing().failureNotice(error)]);
    }
  }

  /** What was sent just now gets the time that it needs; in vain once the stream is closed. */
  async linger() {
    const left = this.#asked + LINGER - performance.now();
    if (left <= 0 || this.#closed) return;
    await new Promise((resolve) => {
      const forget = alarmClock().set(left, () => resolve(undefined));
      this.#hurry = () => {
        forget();
        resolve(undefined);
      };
    });
  }

  /**
   * @param {unknown} error
   * @returns {Promise<never>}
   */
  async #fail(error) {
    if (this.#sent) await this.linger();
    throw error;
  }

  /**
   * A comment is no reason to begin where a failure may yet become a status.
   *
   * @param {Uint8Array} bytes
   */
  #isTooEarly(bytes) {
    if (this.#spoke) return false;
    if (isComment(bytes)) return !this.#begun && !this.#taking.heeds;
    if (this.#notices && noticing().isNotice(bytes)) return !this.#begun;
    this.#spoke = true;
    return false;
  }

  /** @param {number} delay until the next heartbeat is due, unless something is sent before */
  #arm(delay) {
    if (this.#armed) return;
    this.#armed = true;
    const every = /** @type {number} */ (this.#heartbeat);
    this.#taking.alarm(delay, () => {
      this.#armed = false;
      const left = this.#asked + every - performance.now();
      // An output that does not ask has a client that takes nothing at present.
      if (left <= 0 && this.#taking.starved()) this.#taking.offer(beat());
      this.#arm(left > 0 ? left : every);
    });
  }
}

module.exports = { OutputSource };
