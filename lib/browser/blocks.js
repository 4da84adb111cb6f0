'use strict';

/** An empty `data` line, put before each blank line. */
const MARK = 'data:\n';
/** What begins a line that the parser may hold unfinished: it counts towards the event's size. */
const COUNTED = /^(?:data|event|id|retry):/;
const LONGEST_PREFIX = 'event:'.length;
/** Of an unfinished line that does not count, no more is kept than a comment may have: 4 KiB. */
const HELD = 4 * 1024 + ': '.length;

/**
 * Rewrites the text of an event stream for `eventsource-parser`, which tells of events with data
 * only, waits for another character behind a final CR, and keeps unfinished lines of any kind. With
 * the mark each block is told of, also one that brings nothing but an id.
 */
class Blocks {
  #afterReturn = false;
  #atLineStart = true;
  #held = '';

  /**
   * @param {string} text cut anywhere
   * @returns {string} what to give to the parser
   */
  mark(text) {
    const lines = this.#withheld(this.#lineFeeds(text));
    if (lines === '') return '';
    const first = this.#atLineStart && lines.startsWith('\n') ? MARK : '';
    this.#atLineStart = lines.endsWith('\n');
    return first + lines.replaceAll('\n\n', `\n${MARK}\n`);
  }

  /** @param {string} text */
  #lineFeeds(text) {
    if (text === '') return '';
    const rest = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.#afterReturn = text.endsWith('\r');
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest;
  }

  /**
   * Keeps back an unfinished line until it is known to count, or ends.
   *
   * @param {string} text
   */
  #withheld(text) {
    const tail = text.lastIndexOf('\n') + 1;
    if (tail === 0 && this.#held !== '') return this.#hold(text);
    const whole = this.#held + text.slice(0, tail);
    this.#held = '';
    const goesOn = tail === 0 && !this.#atLineStart;
    return whole + (goesOn ? text.slice(tail) : this.#hold(text.slice(tail)));
  }

  /** @param {string} piece */
  #hold(piece) {
    const undecided = this.#held.length < LONGEST_PREFIX;
    if (this.#held.length < HELD) this.#held += piece;
    if (!undecided || !COUNTED.test(this.#held)) return '';
    const line = this.#held;
    this.#held = '';
    return line;
  }
}

module.exports = { Blocks };
