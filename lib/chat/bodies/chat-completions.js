'use strict';

/**
 * The body of `/chat/completions`.
 *
 * @param {import('../parameters.js').ChatParameters} parameters
 * @param {string} provider
 */
function chatCompletions(parameters, provider) {
  const { model, messages, maxTokens, temperature, topP, stop, tools, toolChoice } = parameters;
  return {
    model,
    messages,
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    stop,
    tools: tools?.map((tool) => ({ type: 'function', function: tool })),
    tool_choice:
      typeof toolChoice === 'object' ? { type: 'function', function: toolChoice } : toolChoice,
    stream: true,
    // Mistral tells the usage unasked, and refuses what it does not know.
    stream_options: provider === 'mistral' ? undefined : { include_usage: true },
  };
}

module.exports = { chatCompletions };
