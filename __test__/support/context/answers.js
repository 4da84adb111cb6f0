'use strict';

/** @param {object} choice of a chunk of Chat Completions */
const chunk = (choice) =>
  `data: ${JSON.stringify({ id: '1', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, ...choice }] })}\n\n`;

/** A piece of text. */
const content = (text) => chunk({ delta: { content: text }, finish_reason: null });

/** What ends a whole answer. */
const finish = () => `${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;

module.exports = { content, finish };
