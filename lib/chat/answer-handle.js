'use strict';

/** How an answer is handed over, as bits; see `form` in src/node/chat_stream.rs. */
const FORM = Object.freeze({ none: 0, records: 1, bytes: 2 });

/** What the handle of an answer has beside that of any stream. */
class AnswerHandle {
  #handle;
  #native;
  /** @type {number} */
  #form = FORM.none;

  /** @param {InstanceType<typeof import('../core/stream-handle.js').StreamHandle<any>>} handle */
  constructor(handle) {
    this.#handle = handle;
    this.#native = /** @type {import('../../binding.js').NativeChatStream} */ (handle.native);
  }

  /**
   * @param {number} form bits of `FORM`, from now on
   * @returns {boolean} `false` if the answer is over, and then only `snapshot` has it
   */
  form(form) {
    if (form === this.#form) return true;
    this.#form = form;
    return !this.#handle.closed && this.#native.form(form);
  }

  /** @param {boolean} raw whether the events of the answer come, too, as they are */
  raw(raw) {
    if (!this.#handle.closed) this.#native.raw(raw);
  }

  /** @returns {any} the answer so far; see `snapshot` in src/node/chat_stream.rs */
  snapshot() {
    return JSON.parse(this.#native.snapshot());
  }

  /** @returns {Buffer} an answer that is over, as standard chunks; empty if nothing of it came */
  chunks() {
    return Buffer.from(this.#native.chunks());
  }
}

module.exports = { AnswerHandle, FORM };
