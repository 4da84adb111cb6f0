'use strict';

const { serverSentEvent } = require('./server-sent-event.js');

// The form of a batch is described in src/record/batch.rs.

const KIND = 0xff;
const HAS_NAME = 1 << 8;
const HAS_ID = 1 << 9;
const HAS_RETRY = 1 << 10;
/** An event whose lengths are in its first word: of its data and, if it has one, of its id. */
const IS_SHORT = 1 << 11;
/** Where they stand; shifted by so much, each is like a length word. */
const DATA_LENGTH = 11;
const DATA_BITS = 0x3ff << 1;
const ID_LENGTH = 21;
const ID_BITS = 0xff << 1;
/** Where a piece of an answer has its alternative and its tool call, seven bits each. */
const CHOICE = 11;
const INDEX = 18;
const SEVEN_BITS = 0x7f;
const MORE = 1 << 30;
/** In the second word of a group: one payload for so many receivers, each perhaps with a prefix. */
const SHARED = 2 ** 31;
const PREFIXED = 1 << 30;
const RECEIVERS = PREFIXED - 1;

/** A batch holds at most 64 KiB of text: what fetch reads in one turn, about half a millisecond. */
const TEXT_BYTES = 64 * 1024;
/** Room for events with hardly any text. The last word tells how many bytes of text there are. */
const WORDS = 8 * 1024;

/** In a length word: of two bytes a character. The length of others is in the bits above. */
const WIDE = 1;
/** V8 makes a slice of up to 12 characters a string of its own; a longer one keeps its parent. */
const SHORT = 12 << 1;

const EVENT = 0;
const COMMENT = 1;
const ID = 2;
const BYTES = 3;
const NOTICE = 4;
const DELTA = 9;

/**
 * @typedef {object} Source a native object with records to drain
 * @property {(words: Uint32Array, units: Uint16Array) => number} drain
 * @property {(words: Uint32Array, units: Uint16Array) => () => number} [drainer]
 *
 * @typedef {object} Receiver of the records of one mailbox
 * @property {import('./stream-kind.js').RecordKind<any>} kind what becomes of a record; may change
 *   with each
 * @property {any} stream what the functions of `kind` are given
 * @property {import('node:async_hooks').AsyncResource['runInAsyncScope']} [runInAsyncScope] of one whose
 *   functions are called in a context of their own
 * @property {string} lastEventId the last id that came, which an event without one has as well
 * @property {(json: string) => void} notice
 */

/**
 * Reads records that the core has packed into memory of JavaScript: no object and no string
 * crosses. Each string is made from its own bytes, so that keeping one event keeps no batch.
 */
class Batch {
  #words = new Uint32Array(WORDS);
  #text = room(TEXT_BYTES);
  #bytes = this.#text.bytes;
  /** Words in use, and the next to read. */
  #used = 0;
  #word = 0;
  #byte = 0;
  /** The whole text as one string, once a short field is cut from it. */
  /** @type {string | undefined} */
  #latin1;
  /** Records left of the present receiver. */
  #left = 0;
  #number = 0;
  /** A payload for many receivers, whether it has memory of its own, and how many of them are left. */
  /** @type {Uint8Array | undefined} */
  #payload;
  #copied = false;
  #sharing = 0;
  #prefixed = false;
  /** Drains the one source of this batch, if it has one. */
  /** @type {(() => number) | undefined} */
  #drain;

  /** @param {Source} [source] the only one that it will be filled from */
  constructor(source) {
    this.#drain = source?.drainer?.(this.#words, this.#text.units);
  }

  /** Whether everything in it has been read. */
  get empty() {
    return this.#word === this.#used;
  }

  /** How many records of the present receiver have not been read. */
  get left() {
    return this.#left;
  }

  /** The number of the receiver whose record is next. Only if the batch is not empty. */
  get number() {
    if (this.#left === 0) this.#next();
    return this.#number;
  }

  #next() {
    if (this.#sharing === 0) {
      const first = this.#words[this.#word++];
      const count = this.#words[this.#word++];
      if (count < SHARED) {
        this.#number = first;
        this.#left = count;
        return;
      }
      this.#payload = this.#lend(first);
      this.#copied = false;
      this.#prefixed = (count & PREFIXED) !== 0;
      this.#sharing = count & RECEIVERS;
    }
    this.#number = this.#words[this.#word];
    this.#left = 1;
  }

  /**
   * Takes the next batch; the last must have been read.
   *
   * @param {Source} source
   * @returns {boolean} whether more waits
   */
  fill(source) {
    this.#bytes = this.#text.bytes;
    let result = this.#drain?.() ?? source.drain(this.#words, this.#text.units);
    if (result < 0) {
      // One record larger than a batch travels alone, in memory of its own.
      const large = room(-result);
      this.#bytes = large.bytes;
      result = source.drain(this.#words, large.units);
    }
    this.#used = result & ~MORE;
    this.#word = 0;
    this.#byte = 0;
    this.#latin1 = undefined;
    return (result & MORE) !== 0;
  }

  /**
   * Reads the next records of the present receiver; `number` must have been read before.
   *
   * @param {Receiver} receiver
   * @param {number} most how many at the most
   * @returns {number} how many it read
   */
  read(receiver, most) {
    if (this.#payload !== undefined) return this.#readShared(receiver, this.#payload);
    const count = Math.min(most, this.#left);
    const words = this.#words;
    let next = this.#word;
    let read = 0;
    // Not kept in the receiver: what is written into it for each event costs as much as a string.
    let { lastEventId } = receiver;
    const { stream } = receiver;
    try {
      while (read < count) {
        read++;
        const head = words[next++];
        const kind = head & KIND;
        if ((head & (KIND | IS_SHORT)) === (EVENT | IS_SHORT)) {
          const data = this.#string((head >>> DATA_LENGTH) & DATA_BITS);
          let id;
          if (head & HAS_ID) {
            id = this.#string((head >>> ID_LENGTH) & ID_BITS);
            lastEventId = id;
          }
          const event = serverSentEvent(data, undefined, id, undefined, lastEventId);
          receiver.kind.event(stream, event);
        } else if (kind === EVENT) {
          const data = this.#string(words[next++]);
          const name = head & HAS_NAME ? this.#string(words[next++]) : undefined;
          const id = head & HAS_ID ? this.#string(words[next++]) : undefined;
          const retry = head & HAS_RETRY ? Number(this.#string(words[next++])) : undefined;
          if (id !== undefined) lastEventId = id;
          receiver.kind.event(stream, serverSentEvent(data, name, id, retry, lastEventId));
        } else if (kind === ID) {
          lastEventId = this.#string(words[next++]);
          receiver.kind.id(stream, lastEventId);
        } else {
          this.#other(receiver, head, words[next++]);
        }
      }
    } finally {
      // Also if a receiver makes a mistake: the records behind are others'.
      this.#word = next;
      this.#left -= read;
      if (receiver.lastEventId !== lastEventId) receiver.lastEventId = lastEventId;
    }
    return read;
  }

  /**
   * @param {Receiver} receiver
   * @param {Uint8Array} payload
   */
  #readShared(receiver, payload) {
    this.#word++;
    const prefix = this.#prefixed ? this.#string(this.#words[this.#word++]) : undefined;
    this.#left = 0;
    this.#sharing--;
    let given = payload;
    if (!this.#copied && !receiver.kind.borrows) {
      given = new Uint8Array(payload);
      this.#copied = true;
    }
    this.#payload = this.#sharing === 0 ? undefined : given;
    receiver.kind.bytes(receiver.stream, given, prefix);
    return 1;
  }

  /**
   * @param {Receiver} receiver
   * @param {number} head of a record that is neither an event nor an id
   * @param {number} size of its text
   */
  #other(receiver, head, size) {
    const kind = head & KIND;
    if (kind === BYTES) {
      receiver.kind.bytes(receiver.stream, new Uint8Array(this.#lend(size)));
      return;
    }
    const text = this.#string(size);
    if (kind === COMMENT) receiver.kind.comment(receiver.stream, text);
    else if (kind === NOTICE) receiver.notice(text);
    else if (kind === DELTA) receiver.kind.delta(receiver.stream, text);
    else {
      const choice = (head >>> CHOICE) & SEVEN_BITS;
      const index = (head >>> INDEX) & SEVEN_BITS;
      receiver.kind.piece(receiver.stream, kind, choice, index, text);
    }
  }

  /**
   * @param {number} size the length word of bytes
   * @returns {Uint8Array} in the memory of this batch, which the next one overwrites
   */
  #lend(size) {
    const length = size >>> 1;
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** @param {number} size the length word of a field */
  #string(size) {
    if (size > SHORT || size & WIDE) return this.#longString(size);
    const start = this.#byte;
    const end = start + (size >>> 1);
    this.#byte = end + (end & 1);
    return (this.#latin1 ?? this.#wholeText()).slice(start, end);
  }

  #wholeText() {
    this.#latin1 = this.#bytes.latin1Slice(0, this.#words[WORDS - 1]);
    return this.#latin1;
  }

  /** @param {number} size */
  #longString(size) {
    const length = size & WIDE ? size & ~WIDE : size >>> 1;
    const start = this.#take(length);
    const end = start + length;
    return size & WIDE ? this.#bytes.ucs2Slice(start, end) : this.#bytes.latin1Slice(start, end);
  }

  /**
   * @param {number} length in bytes; fields begin at even places
   * @returns {number} where the field begins
   */
  #take(length) {
    const start = this.#byte;
    this.#byte = start + length + (length & 1);
    return start;
  }
}

/** @param {number} size in bytes */
function room(size) {
  const memory = new ArrayBuffer(size + (size & 1));
  // These two have no entry in Node's types, but are what `toString` calls, without its checks.
  const bytes =
    /** @type {Buffer & Record<'latin1Slice' | 'ucs2Slice', (start: number, end: number) => string>} */ (
      Buffer.from(memory)
    );
  return { bytes, units: new Uint16Array(memory) };
}

module.exports = { Batch };
