'use strict';

const { Deduplication, Novelty } = require('./deduplication.js');
const { AttemptFailure, late, oversize } = require('./failures.js');
const { ParserCore } = require('./parser-core.js');
const { isSendable } = require('./request.js');
const { SilenceClock } = require('./silence.js');

/**
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 *
 * @typedef {object} Reader what the reading of a body is told
 * @property {(progress: number) => void} progress what an event is of `PROGRESS`
 * @property {(delay: number) => void} retry the stream carried `retry:`
 * @property {(text: string) => void} comment
 * @property {(events: ServerSentEvent[], bytes: number) => void} take all events of a piece of the body
 * @property {() => Promise<void> | undefined} room something to wait for before more is read
 */

/** What comes of the bodies of one stream, over all its attempts. */
class Reading {
  #options;
  #reader;
  #novelty = new Novelty();
  #dedupe;
  /** @type {(failure: InstanceType<typeof AttemptFailure>) => void} */
  #silent;
  /** @type {ServerSentEvent[]} */
  #events = [];
  #terminated = false;
  #idle;
  #event;
  events = 0;
  duplicates = 0;
  bytes = 0;

  /**
   * @param {import('./attempt.js').Options} options
   * @param {Reader} reader
   */
  constructor(options, reader) {
    const { idle, event } = options.timeouts;
    this.#options = options;
    this.#reader = reader;
    this.lastEventId = options.lastEventId;
    this.#dedupe = options.dedupe ? new Deduplication() : undefined;
    this.#silent = () => {};
    this.#idle = new SilenceClock(idle, () =>
      this.#silent(new AttemptFailure(late('idle'), 'lost')),
    );
    this.#event = new SilenceClock(event, () =>
      this.#silent(new AttemptFailure(late('event'), 'lost')),
    );
  }

  /** Looks whether the server was silent for too long. */
  look() {
    this.#idle.look();
    this.#event.look();
  }

  stop() {
    this.#idle.stop();
    this.#event.stop();
  }

  /**
   * Reads a body to its end, or as long as it is the present one.
   *
   * @param {ReadableStreamDefaultReader<Uint8Array> | undefined} body
   * @param {() => boolean} current
   * @param {(failure: InstanceType<typeof AttemptFailure>) => void} silent
   * @returns {Promise<import('./reconnect/next-step.js').Ending>}
   */
  async read(body, current, silent) {
    const { delivers, maxEventSize } = this.#options;
    const parser = new ParserCore(maxEventSize);
    this.#silent = silent;
    this.#novelty.connected(this.lastEventId);
    this.#dedupe?.reconnected();
    this.#events = [];
    this.#terminated = false;
    this.#event.heard();
    while (body !== undefined && current() && !this.#terminated) {
      this.#idle.heard();
      const { value, done } = await body.read();
      if (!current()) break;
      if (done) {
        // What lacks its blank line may yet be the terminal event.
        parser.feed(new Uint8Array([10, 10]));
        const wanted = (/** @type {ServerSentEvent} */ event) =>
          delivers || this.#options.terminal?.(event);
        parser.drain({
          // Of one that is discarded not even the id counts: it is still to come.
          event: (event) => wanted(event) && this.#accept(event),
          comment: () => {},
          retry: () => {},
        });
        this.#hand(0);
        break;
      }
      this.bytes += value.length;
      const tooLarge = parser.feed(value);
      this.#drain(parser);
      this.#hand(value.length);
      if (this.#terminated || tooLarge) body.cancel().catch(() => {});
      if (tooLarge && !this.#terminated) throw new AttemptFailure(oversize(maxEventSize));
      const room = this.#reader.room();
      if (room !== undefined) {
        // While a slow consumer keeps us from reading, no silence is the server's.
        this.stop();
        await room;
        this.#event.heard();
      }
    }
    return { kind: this.#terminated ? 'terminal' : 'end' };
  }

  /** @param {InstanceType<typeof ParserCore>} parser */
  #drain(parser) {
    const { retry, comment } = this.#reader;
    parser.drain({ event: (event) => this.#accept(event), comment, retry });
  }

  /** @param {number} bytes */
  #hand(bytes) {
    const events = this.#events;
    this.#events = [];
    this.#reader.take(events, bytes);
  }

  /** @param {ServerSentEvent} event */
  #accept(event) {
    if (this.#terminated) return;
    this.events += 1;
    if (!this.#options.timeouts.ignored.includes(event.event)) {
      this.#event.heard();
      this.#reader.progress(this.#novelty.progressOf(event));
    }
    // After one that cannot be sent, what is asked for is what follows the last that can.
    if (event.id !== undefined && isSendable(event.id)) this.lastEventId = event.id;
    if (this.#dedupe?.repeats(event)) this.duplicates += 1;
    else this.#events.push(event);
    if (this.#options.terminal?.(event)) this.#terminated = true;
  }
}

module.exports = { Reading };
