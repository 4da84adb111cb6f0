'use strict';

const { frame } = require('./frame.js');

/**
 * One JSON object a line.
 *
 * @param {import('./frame.js').Script} script
 */
function frames({ answer }) {
  const { finish, model, usage } = answer;
  /**
   * @param {import('./frame.js').Frame['says']} says
   * @param {object} message
   */
  const line = (says, message, more = {}) => {
    const value = { model, message: { role: 'assistant', content: '', ...message }, done: false };
    return frame(`${JSON.stringify({ ...value, ...more })}\n`, says, says === 'finish');
  };
  const told = [
    ...answer.reasoning.map((thinking) => line('reasoning', { thinking })),
    ...answer.text.map((content) => line('content', { content })),
    ...answer.calls.map(({ name, arguments: pieces }) => {
      const call = { function: { name, arguments: JSON.parse(pieces.join('') || '{}') } };
      return line('call', { tool_calls: [call] });
    }),
  ];
  if (finish === null) return told;
  const ended = { done: true, done_reason: finish === 'length' ? 'length' : 'stop' };
  const counts = usage ? { prompt_eval_count: usage.input, eval_count: usage.output } : {};
  return [...told, line('finish', {}, { ...ended, ...counts })];
}

/** @type {import('./frame.js').Dialect} */
module.exports = {
  path: /\/api\/chat$/,
  type: 'application/x-ndjson',
  frames,
  error: ({ message }) => `${JSON.stringify({ error: message })}\n`,
  malformed: '{"model":\n',
};
