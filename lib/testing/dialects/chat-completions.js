'use strict';

const { SSE, data, frame } = require('./frame.js');

/** @param {import('./frame.js').Usage} usage */
const countsOf = ({ input, output, cached, reasoning }) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
  ...(reasoning === undefined
    ? {}
    : { completion_tokens_details: { reasoning_tokens: reasoning } }),
});

/**
 * `continuous`: token counts with every chunk, as vLLM sends them when asked.
 *
 * @param {import('./frame.js').Script} script
 */
function frames({ answer, continuous = false }) {
  const { id, model, usage } = answer;
  let produced = 0;
  /** @param {object[]} choices */
  const chunk = (choices) => {
    const counts = continuous && usage ? countsOf({ ...usage, output: produced }) : null;
    return { id, object: 'chat.completion.chunk', created: 1, model, choices, usage: counts };
  };
  /**
   * @param {import('./frame.js').Frame['says']} says
   * @param {object} part
   */
  const delta = (says, part, index = 0) => {
    if (says !== 'start') produced += 1;
    return frame(data(chunk([{ index, delta: part, finish_reason: null }])), says);
  };
  const told = [delta('start', { role: 'assistant', content: '', refusal: null })];
  for (const text of answer.reasoning) {
    told.push(delta('reasoning', { content: null, reasoning_content: text }));
  }
  for (const text of answer.text) told.push(delta('content', { content: text }));
  for (const text of answer.refusal) told.push(delta('content', { refusal: text }));
  for (const [other, pieces] of answer.others.entries()) {
    for (const text of pieces) told.push(delta('content', { content: text }, other + 1));
  }
  for (const [index, call] of answer.calls.entries()) {
    const { id: callId, name } = call;
    const begun = { index, id: callId, type: 'function', function: { name, arguments: '' } };
    told.push(delta('call', { tool_calls: [begun] }));
    for (const text of call.arguments) {
      told.push(delta('call', { tool_calls: [{ index, function: { arguments: text } }] }));
    }
  }
  if (answer.finish === null) return told;
  for (let index = 0; index <= answer.others.length; index++) {
    const last = index === answer.others.length;
    const ended = [{ index, delta: {}, finish_reason: answer.finish }];
    told.push(frame(data(chunk(ended)), 'finish', last));
  }
  if (usage) told.push(frame(data({ ...chunk([]), usage: countsOf(usage) }), 'usage', true));
  told.push(frame('data: [DONE]\n\n', 'done', true));
  return told;
}

/** @type {import('./frame.js').Dialect} */
module.exports = {
  path: /\/chat\/completions$/,
  type: SSE,
  frames,
  error: ({ message, type, code }) => `${data({ error: { message, type, code } })}data: [DONE]\n\n`,
  malformed: 'data: {"id":"answer","choices":[{\n\n',
};
