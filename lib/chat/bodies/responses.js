'use strict';

const { SSEOptionError } = require('../../core/errors.js');

/**
 * The body of `/responses`.
 *
 * @param {import('../parameters.js').ChatParameters} parameters
 * @param {string} _provider
 * @param {readonly string[]} resume
 */
function responses(parameters, _provider, resume) {
  const { model, messages, maxTokens, temperature, topP, stop, tools, toolChoice } = parameters;
  if (stop !== undefined) {
    throw new SSEOptionError('stop is nothing that the provider "responses" knows; leave it out');
  }
  return {
    model,
    input: messages,
    max_output_tokens: maxTokens,
    temperature,
    top_p: topP,
    tools: tools?.map((tool) => ({ type: 'function', ...tool })),
    tool_choice: typeof toolChoice === 'object' ? { type: 'function', ...toolChoice } : toolChoice,
    stream: true,
    // What runs in the background outlives its connection.
    background: resume.includes('server') ? true : undefined,
  };
}

module.exports = { responses };
