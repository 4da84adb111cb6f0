'use strict';

/**
 * @typedef {import('../../index.js').ChatAnswer} ChatAnswer
 * @typedef {import('../../index.js').ChatDelta} ChatDelta
 */

/** Kinds of records that are pieces of text; see src/mailbox/letter.rs. */
const TYPES = /** @type {const} */ ({ 5: 'content', 6: 'reasoning', 7: 'refusal' });
const ARGUMENTS = 8;

/**
 * A piece of an answer's text, as users get it.
 *
 * @param {number} kind
 * @param {number} choice
 * @param {number} index of the tool call whose arguments it continues
 * @param {string} text
 * @returns {ChatDelta}
 */
function pieceOf(kind, choice, index, text) {
  if (kind === ARGUMENTS) return { type: 'toolCall', choice, index, arguments: text };
  return { type: TYPES[/** @type {keyof typeof TYPES} */ (kind)], text, choice };
}

/**
 * Anything else of an answer.
 *
 * @param {string} json
 * @returns {ChatDelta}
 */
function parsedDelta(json) {
  const delta = JSON.parse(json, (_name, value) => (value === null ? undefined : value));
  // A call begins, or gets its name; pieces of its arguments follow.
  if (delta.type === 'toolCall') delta.arguments = '';
  return delta;
}

/**
 * What the provider sent: its JSON, or the text that is none.
 *
 * @param {string} text
 * @returns {unknown}
 */
function parsedChunk(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A whole answer, as if it came now.
 *
 * @param {ChatAnswer} answer
 * @returns {ChatDelta[]}
 */
function deltasOf(answer) {
  const { id, model, usage, others = [] } = answer;
  const choices = [answer, ...others];
  /** @type {ChatDelta[]} */
  const deltas = [{ type: 'start', ...(id !== null && { id }), ...(model !== null && { model }) }];
  for (const [choice, { toolCalls, ...texts }] of choices.entries()) {
    for (const type of /** @type {const} */ (['reasoning', 'content', 'refusal'])) {
      if (texts[type] !== '') deltas.push({ type, text: texts[type], choice });
    }
    for (const { id, ...call } of toolCalls) {
      deltas.push({ type: 'toolCall', choice, ...call, ...(id !== null && { id }) });
    }
  }
  for (const [choice, { finishReason }] of choices.entries()) {
    if (finishReason !== null) deltas.push({ type: 'finish', choice, reason: finishReason });
  }
  if (usage) deltas.push({ type: 'usage', usage });
  return deltas;
}

module.exports = { deltasOf, parsedChunk, parsedDelta, pieceOf };
