'use strict';

const { partsOf, withoutInstructions } = require('./instructions.js');

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' };

const textPart = (/** @type {string} */ text) => ({ text });

/**
 * The body of `:streamGenerateContent`; the model is in the URL.
 *
 * @param {import('../parameters.js').ChatParameters} parameters
 */
function gemini(parameters) {
  const { messages, maxTokens, temperature, topP, stop, tools, toolChoice } = parameters;
  const { instructions, turns } = withoutInstructions(messages);
  const generationConfig = { maxOutputTokens: maxTokens, temperature, topP, stopSequences: stop };
  const isEmpty = Object.values(generationConfig).every((value) => value === undefined);
  return {
    systemInstruction:
      instructions.length === 0 ? undefined : { parts: partsOf(instructions, textPart) },
    contents: turns.map((message) => ({
      role: message.role === 'assistant' ? 'model' : 'user',
      parts: partsOf([message], textPart),
    })),
    generationConfig: isEmpty ? undefined : generationConfig,
    tools: tools && [{ functionDeclarations: tools }],
    toolConfig: toolChoice && { functionCallingConfig: mode(toolChoice) },
  };
}

/** @param {'auto' | 'none' | 'required' | { name: string }} toolChoice */
function mode(toolChoice) {
  return typeof toolChoice === 'object'
    ? { mode: 'ANY', allowedFunctionNames: [toolChoice.name] }
    : { mode: MODES[toolChoice] };
}

module.exports = { gemini };
