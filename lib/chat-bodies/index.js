'use strict';

const { isPlain } = require('../request.js');
const { anthropic } = require('./anthropic.js');
const { chatCompletions } = require('./chat-completions.js');
const { gemini } = require('./gemini.js');
const { ollama } = require('./ollama.js');
const { responses } = require('./responses.js');

/**
 * @typedef {import('../chat-question.js').Question} Question
 * @typedef {import('../chat-providers.js').Family} Family
 */

/** @type {Record<Family, (question: Question, provider: string, resume: readonly string[]) => object>} */
const BODIES = { 'chat-completions': chatCompletions, responses, anthropic, gemini, ollama };

/** Members that are but the place of others: the caller's are put beside ours. */
const GROUPS = ['generationConfig', 'options', 'stream_options'];

/**
 * The body of a request: what the options amount to for a provider, and the caller's own members,
 * which win.
 *
 * @param {Question} question
 * @param {{ provider: string, family: Family }} whom
 * @param {readonly string[]} resume
 * @returns {Record<string, unknown>}
 */
function chatBody(question, { provider, family }, resume) {
  const body = /** @type {Record<string, any>} */ (BODIES[family](question, provider, resume));
  if (question.messages.length === 0) {
    for (const name of ['messages', 'input', 'contents']) delete body[name];
  }
  for (const [name, value] of Object.entries(question.body)) {
    const beside = GROUPS.includes(name) && isPlain(body[name]) && isPlain(value);
    body[name] = beside ? { ...body[name], ...value } : value;
  }
  return body;
}

module.exports = { chatBody };
