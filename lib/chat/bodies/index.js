'use strict';

const { isPlain } = require('../../options/request.js');
const { anthropic } = require('./anthropic.js');
const { chatCompletions } = require('./chat-completions.js');
const { gemini } = require('./gemini.js');
const { ollama } = require('./ollama.js');
const { responses } = require('./responses.js');

/**
 * @typedef {import('../parameters.js').ChatParameters} ChatParameters
 * @typedef {import('../providers.js').Family} Family
 */

/** @type {Record<Family, (parameters: ChatParameters, provider: string, resume: readonly string[]) => object>} */
const BODIES = { 'chat-completions': chatCompletions, responses, anthropic, gemini, ollama };

/** Members that are but the place of others: the caller's are put beside ours. */
const GROUPS = ['generationConfig', 'options', 'stream_options'];

/**
 * The body of a request: what the options amount to for a provider, and the caller's own members,
 * which win.
 *
 * @param {ChatParameters} parameters
 * @param {{ provider: string, family: Family }} api
 * @param {readonly string[]} resume
 * @returns {Record<string, unknown>}
 */
function chatBody(parameters, { provider, family }, resume) {
  const body = /** @type {Record<string, any>} */ (BODIES[family](parameters, provider, resume));
  if (parameters.messages.length === 0) {
    for (const name of ['messages', 'input', 'contents']) delete body[name];
  }
  for (const [name, value] of Object.entries(parameters.body)) {
    const beside = GROUPS.includes(name) && isPlain(body[name]) && isPlain(value);
    body[name] = beside ? { ...body[name], ...value } : value;
  }
  return body;
}

module.exports = { chatBody };
