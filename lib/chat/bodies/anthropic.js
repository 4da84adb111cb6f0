'use strict';

const { partsOf, withoutInstructions } = require('./instructions.js');

/** The API demands a limit; as much as its smaller models allow. */
const MAX_TOKENS = 4096;

const TOOL_CHOICES = { auto: 'auto', none: 'none', required: 'any' };

/**
 * The body of `/messages`.
 *
 * @param {import('../parameters.js').ChatParameters} parameters
 */
function anthropic(parameters) {
  const { model, messages, maxTokens, temperature, topP, stop, tools, toolChoice } = parameters;
  const { instructions, turns } = withoutInstructions(messages);
  const plain = instructions.every(({ content }) => typeof content === 'string');
  const system = plain
    ? instructions.map(({ content }) => content).join('\n\n')
    : partsOf(instructions, (text) => ({ type: 'text', text }));
  return {
    model,
    system: instructions.length === 0 ? undefined : system,
    messages: turns,
    max_tokens: maxTokens ?? MAX_TOKENS,
    temperature,
    top_p: topP,
    stop_sequences: stop,
    tools: tools?.map(({ name, description, parameters }) => {
      return { name, description, input_schema: parameters ?? { type: 'object' } };
    }),
    tool_choice: toolChoice && choice(toolChoice),
    stream: true,
  };
}

/** @param {'auto' | 'none' | 'required' | { name: string }} toolChoice */
function choice(toolChoice) {
  if (typeof toolChoice === 'object') return { type: 'tool', ...toolChoice };
  return { type: TOOL_CHOICES[toolChoice] };
}

module.exports = { anthropic };
