'use strict';

/**
 * @typedef {import('../../../index.js').ChatMessage} ChatMessage
 */

/**
 * The conversation without what is said to the model beforehand, for families that want it apart.
 *
 * @param {readonly ChatMessage[]} messages
 */
function withoutInstructions(messages) {
  const isInstruction = (/** @type {ChatMessage} */ { role }) =>
    role === 'system' || role === 'developer';
  return {
    instructions: messages.filter(isInstruction),
    turns: messages.filter((message) => !isInstruction(message)),
  };
}

/**
 * The content of messages as parts; text becomes a part, parts stay as they are.
 *
 * @param {readonly ChatMessage[]} messages
 * @param {(text: string) => object} textPart
 * @returns {object[]}
 */
function partsOf(messages, textPart) {
  return messages.flatMap(({ content }) => {
    if (typeof content === 'string') return [textPart(content)];
    return content ? [...content] : [];
  });
}

module.exports = { partsOf, withoutInstructions };
