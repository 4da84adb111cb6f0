'use strict';

const { SSEOptionError } = require('../../core/errors.js');

/**
 * The body of Ollama's own `/api/chat`.
 *
 * @param {import('../parameters.js').ChatParameters} parameters
 */
function ollama(parameters) {
  const { model, messages, maxTokens, temperature, topP, stop, tools, toolChoice } = parameters;
  if (toolChoice !== undefined) {
    throw new SSEOptionError(
      'toolChoice is nothing that the provider "ollama" knows; leave it out',
    );
  }
  const options = { num_predict: maxTokens, temperature, top_p: topP, stop };
  const isEmpty = Object.values(options).every((value) => value === undefined);
  return {
    model,
    messages,
    options: isEmpty ? undefined : options,
    tools: tools?.map((tool) => ({ type: 'function', function: tool })),
    stream: true,
  };
}

module.exports = { ollama };
