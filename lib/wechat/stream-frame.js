'use strict';

// What a stream of WeCom shows at a time: pure functions of its answer and the clock.

const { splitUtf8 } = require('../../index.js');
const { streamDeadline } = require('./deadlines.js');
const { wording } = require('./texts.js');

/** The longest text of a frame, in bytes. */
const LONGEST = 20_480;

/**
 * @typedef {object} Moment an answer at a time
 * @property {string} text what came of it
 * @property {import('./answering.js').Outcome | null | undefined} outcome once it is over
 * @property {number} at when its message came
 * @property {number} now
 *
 * @typedef {object} Frame
 * @property {string} content
 * @property {boolean} finish
 * @property {string | null} shown of a last frame that is not the whole: the part of the answer that it shows
 */

/**
 * @param {Moment} moment
 * @param {typeof import('./texts.js').TEXTS} texts
 * @returns {Frame}
 */
function frameOf({ text, outcome, at, now }, texts) {
  if (outcome !== undefined) {
    const whole = outcome === null ? '' : wording(outcome, texts);
    if (Buffer.byteLength(whole) <= LONGEST) return { content: whole, finish: true, shown: null };
    return { ...beginning(whole, `\n${texts.later}`), finish: true };
  }
  if (now < streamDeadline(at)) return { ...beginning(text, '…'), finish: false };
  const behind = text === '' ? texts.later : `\n${texts.later}`;
  return { ...beginning(text, behind, true), finish: true };
}

/**
 * As much of a text as a frame has room for.
 *
 * @param {string} text
 * @param {string} behind what stands behind it if that is not all
 * @param {boolean} [always] or even then
 * @returns {{ content: string, shown: string }}
 */
function beginning(text, behind, always = false) {
  const fits = Buffer.byteLength(text) <= LONGEST - (always ? Buffer.byteLength(behind) : 0);
  if (fits) return { content: always ? text + behind : text, shown: text };
  const [first = ''] = splitUtf8(text, LONGEST - Buffer.byteLength(behind));
  return { content: first + behind, shown: commonBeginning(first, text) };
}

/**
 * A piece without the line that closes a fence of code at its end.
 *
 * @param {string} piece
 * @param {string} text
 */
function commonBeginning(piece, text) {
  let length = 0;
  while (length < piece.length && piece[length] === text[length]) length += 1;
  return piece.slice(0, length);
}

/**
 * What is left of an answer behind what was shown of it.
 *
 * @param {import('./answering.js').Outcome | null} outcome
 * @param {string} shown
 * @param {typeof import('./texts.js').TEXTS} texts
 * @returns {string} empty for nothing
 */
function restOf(outcome, shown, texts) {
  const whole = outcome === null ? '' : wording(outcome, texts);
  // An answer that began anew is another one.
  if (!whole.startsWith(shown)) return whole;
  const rest = whole.slice(shown.length);
  return rest.trim() === '' ? '' : reopened(shown) + rest;
}

/**
 * As much of it as one message has room for.
 *
 * @param {string} rest
 * @param {typeof import('./texts.js').TEXTS} texts
 */
function oneMessage(rest, texts) {
  if (Buffer.byteLength(rest) <= LONGEST) return rest;
  const behind = `\n${texts.cut}`;
  return splitUtf8(rest, LONGEST - Buffer.byteLength(behind))[0] + behind;
}

/**
 * The line that opens a fence of code which a text leaves open, or nothing.
 *
 * @param {string} text
 */
function reopened(text) {
  /** @type {string | undefined} */
  let open;
  for (const line of text.split('\n')) {
    const [, marker = ''] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (marker === '') continue;
    if (open === undefined) open = line;
    else if (line.trim() === marker && open.trim().startsWith(marker)) open = undefined;
  }
  return open === undefined ? '' : `${open}\n`;
}

module.exports = { LONGEST, frameOf, oneMessage, restOf };
