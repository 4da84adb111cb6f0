'use strict';

const { encodeEvent } = require('./encode-event.js');

/**
 * @typedef {import('../index.js').ChatAnswer} ChatAnswer
 * @typedef {import('../index.js').ChatChoice} ChatChoice
 */

/**
 * A whole answer as an event stream of standard chunks, for an output that comes when the core has
 * told it all; until then the core writes them, in src/answer/chunk.rs.
 *
 * @param {ChatAnswer} answer
 * @param {string} requestId
 * @param {import('../index.js').SSEError} [error] what it failed with
 */
function encodeAnswer(answer, requestId, error) {
  const { id, model, usage, others = [] } = answer;
  const head = {
    id: id ?? requestId,
    object: 'chat.completion.chunk',
    created: Math.floor(Date.now() / 1000),
    model: model ?? '',
  };
  const choices = [answer, ...others];
  /** @type {object[]} */
  const chunks = choices.map((choice, index) => {
    return { ...head, choices: [{ index, delta: deltaOf(choice), finish_reason: null }] };
  });
  for (const [index, { finishReason: reason }] of choices.entries()) {
    if (reason === null) continue;
    chunks.push({ ...head, choices: [{ index, delta: {}, finish_reason: reason }] });
  }
  if (usage) {
    const { input = 0, output = 0, total = 0 } = usage;
    const tokens = { prompt_tokens: input, completion_tokens: output, total_tokens: total };
    chunks.push({ ...head, choices: [], usage: tokens });
  }
  if (error) chunks.push({ error: { message: error.message, type: error.kind, code: error.code } });
  const data = chunks.map((chunk) => JSON.stringify(chunk));
  if (!error) data.push('[DONE]');
  return Buffer.from(data.map((text) => encodeEvent({ data: text })).join(''));
}

/** @param {ChatChoice} choice */
function deltaOf({ content, reasoning, refusal, toolCalls }) {
  const calls = toolCalls.map(({ index, id, name, arguments: text }) => {
    return { index, id: id ?? undefined, type: 'function', function: { name, arguments: text } };
  });
  return {
    role: 'assistant',
    reasoning_content: reasoning || undefined,
    content: content || undefined,
    refusal: refusal || undefined,
    tool_calls: calls.length > 0 ? calls : undefined,
  };
}

module.exports = { encodeAnswer };
