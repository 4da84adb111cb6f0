'use strict';

/** @typedef {import('../../lib/testing/dialects/frame.js').Answer} Answer */

/** Text with everything that is easy to lose: wide characters, pairs, blanks at both sides of a seam. */
const PROSE = [
  'A perennial ',
  'river',
  ' never runs dry:\n',
  '\n',
  '- 大河は',
  '流れ続ける。',
  ' 🌊🏞️',
  '\n- "quoted" \\ back',
  'slashed',
  '  twice  blank ',
  ' and the end.',
];

/**
 * @param {Partial<Answer>} [parts]
 * @returns {Answer}
 */
const answerOf = (parts = {}) => ({
  id: 'answer',
  model: 'test-model',
  reasoning: [],
  text: parts.calls ? [] : PROSE,
  refusal: [],
  calls: [],
  others: [],
  usage: { input: 9, output: 14 },
  finish: parts.calls ? 'tool_calls' : 'stop',
  ...parts,
});

/** What the model adds to a text that it has begun; cut where the text ends, or the old pieces. */
function rest(pieces, begun) {
  let offset = 0;
  const whole = pieces.join('');
  if (!whole.startsWith(begun)) {
    throw new Error(`the text begun, ${JSON.stringify(begun)}, is not what the model said`);
  }
  return pieces
    .map((piece) => {
      const from = Math.max(begun.length - offset, 0);
      offset += piece.length;
      return piece.slice(from);
    })
    .filter((piece) => piece !== '');
}

/**
 * The answer that a model gives when the last message is one of the assistant.
 *
 * @param {Answer} answer
 * @param {string} begun
 * @param {boolean} echo whether it repeats what was begun
 * @returns {Answer}
 */
function continued(answer, begun, echo) {
  const more = rest(answer.text, begun);
  const middle = Math.ceil(begun.length / 2);
  const repeated = [begun.slice(0, middle), begun.slice(middle)].filter((piece) => piece !== '');
  return { ...answer, reasoning: [], text: echo ? [...repeated, ...more] : more };
}

module.exports = { PROSE, answerOf, continued };
