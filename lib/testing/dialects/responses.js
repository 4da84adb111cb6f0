'use strict';

const { SSE, frame, named } = require('./frame.js');

/** @param {import('./frame.js').Script} script */
function frames({ answer, background = false }) {
  const { id, model, usage } = answer;
  let sequence = 0;
  /**
   * @param {import('./frame.js').Frame['says']} says
   * @param {string} type
   * @param {object} rest
   * @param {boolean} [proves]
   */
  const event = (says, type, rest, proves) =>
    frame(named({ type, sequence_number: sequence++, ...rest }), says, proves);
  /**
   * @param {string} status
   * @param {object} [more]
   */
  const response = (status, more) => ({
    response: { id, object: 'response', status, background, model, error: null, ...more },
  });
  const told = [
    event('start', 'response.created', response('queued')),
    event('start', 'response.in_progress', response('in_progress')),
  ];
  let output = 0;
  if (answer.reasoning.length > 0) {
    const at = { item_id: 'rs_1', output_index: output++ };
    const item = { id: 'rs_1', type: 'reasoning', summary: [] };
    told.push(event('start', 'response.output_item.added', { ...at, item }));
    for (const text of answer.reasoning) {
      const part = { ...at, summary_index: 0, delta: text };
      told.push(event('reasoning', 'response.reasoning_summary_text.delta', part));
    }
  }
  /** @type {[string, string[]][]} */
  const texts = [
    ['response.output_text', answer.text],
    ['response.refusal', answer.refusal],
  ];
  for (const [kind, pieces] of texts) {
    if (pieces.length === 0) continue;
    const at = { item_id: 'msg_1', output_index: output++, content_index: 0 };
    const item = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };
    told.push(event('start', 'response.output_item.added', { ...at, item }));
    for (const text of pieces) told.push(event('content', `${kind}.delta`, { ...at, delta: text }));
    told.push(event('stop', `${kind}.done`, { ...at, text: pieces.join('') }));
  }
  for (const { id: callId, name, arguments: pieces } of answer.calls) {
    const at = { item_id: 'fc_1', output_index: output++ };
    const item = { id: 'fc_1', type: 'function_call', call_id: callId, name, arguments: '' };
    told.push(event('call', 'response.output_item.added', { ...at, item }));
    const kind = 'response.function_call_arguments';
    for (const text of pieces) told.push(event('call', `${kind}.delta`, { ...at, delta: text }));
    const whole = pieces.join('');
    told.push(event('stop', `${kind}.done`, { ...at, arguments: whole }));
    const done = { ...at, item: { ...item, arguments: whole } };
    told.push(event('stop', 'response.output_item.done', done));
  }
  if (answer.finish === null) return told;
  const counts = usage && {
    input_tokens: usage.input,
    output_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    input_tokens_details: { cached_tokens: usage.cached ?? 0 },
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  };
  const short = answer.finish === 'length' ? { reason: 'max_output_tokens' } : null;
  const status = short ? 'incomplete' : 'completed';
  const details = { usage: counts, incomplete_details: short };
  told.push(event('finish', `response.${status}`, response(status, details), true));
  return told;
}

/** @param {import('./frame.js').Problem} problem */
function error({ message, type }) {
  const told = { type, code: type, message, param: null };
  const response = { id: 'answer', status: 'failed', error: { code: type, message } };
  return [
    named({ type: 'error', sequence_number: 1000, error: told }),
    named({ type: 'response.failed', sequence_number: 1001, response }),
  ].join('');
}

/** @type {import('./frame.js').Dialect} */
module.exports = {
  path: /\/responses(\/[^/]+)?$/,
  type: SSE,
  frames,
  error,
  malformed: 'event: response.output_text.delta\ndata: {"delta":\n\n',
};
