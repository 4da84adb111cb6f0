'use strict';

const { SSE, frame, named } = require('./frame.js');

const STOP_REASONS = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

/**
 * Sizes are blurred by blanks before the last brace, as Anthropic does.
 *
 * @template {{ type: string }} T
 * @param {T} value
 * @param {number} blanks
 */
const padded = (value, blanks) =>
  `event: ${value.type}\ndata: ${JSON.stringify(value).slice(0, -1)}${' '.repeat(blanks)}}\n\n`;

/** @param {import('./frame.js').Script} script */
function frames({ answer }) {
  const { id, model, usage } = answer;
  const input = usage ? { input_tokens: usage.input - (usage.cached ?? 0) } : {};
  const cached = usage?.cached === undefined ? {} : { cache_read_input_tokens: usage.cached };
  const message = { id, type: 'message', role: 'assistant', content: [], model, stop_reason: null };
  const begun = usage ? { usage: { ...input, ...cached, output_tokens: 1 } } : {};
  const told = [
    frame(named({ type: 'message_start', message: { ...message, ...begun } }), 'start'),
  ];
  let index = 0;
  /**
   * A tool's block says its name as it starts; the others say nothing before their deltas.
   *
   * @param {import('./frame.js').Frame['says']} says
   * @param {object} content
   * @param {object[]} deltas
   */
  const block = (says, content, deltas) => {
    const first = { type: 'content_block_start', index, content_block: content };
    told.push(frame(padded(first, 7), says === 'call' ? says : 'start'));
    if (index === 0) told.push(frame('event: ping\ndata: {"type": "ping"}\n\n', 'start'));
    for (const delta of deltas) {
      told.push(frame(padded({ type: 'content_block_delta', index, delta }, index), says));
    }
    told.push(frame(named({ type: 'content_block_stop', index }), 'stop'));
    index += 1;
  };
  if (answer.reasoning.length > 0) {
    const thoughts = answer.reasoning.map((thinking) => ({ type: 'thinking_delta', thinking }));
    const signed = [...thoughts, { type: 'signature_delta', signature: 'EvMC' }];
    block('reasoning', { type: 'thinking', thinking: '', signature: '' }, signed);
  }
  if (answer.text.length > 0) {
    const texts = answer.text.map((text) => ({ type: 'text_delta', text }));
    block('content', { type: 'text', text: '' }, texts);
  }
  for (const { id: callId, name, arguments: pieces } of answer.calls) {
    const fragments = ['', ...pieces].map((text) => ({
      type: 'input_json_delta',
      partial_json: text,
    }));
    block('call', { type: 'tool_use', id: callId, name, input: {} }, fragments);
  }
  if (answer.finish === null) return told;
  const ended = { stop_reason: STOP_REASONS[answer.finish], stop_sequence: null };
  const counts = usage ? { usage: { output_tokens: usage.output } } : {};
  told.push(frame(padded({ type: 'message_delta', delta: ended, ...counts }, 6), 'finish'));
  told.push(frame(named({ type: 'message_stop' }), 'done', true));
  return told;
}

/** @param {import('./frame.js').Problem} problem */
const error = ({ message, type }) => named({ type: 'error', error: { type, message } });

/** @type {import('./frame.js').Dialect} */
module.exports = {
  path: /\/messages$/,
  type: SSE,
  frames,
  error,
  malformed: 'event: content_block_delta\ndata: {"type":"content_block_delta",\n\n',
};
