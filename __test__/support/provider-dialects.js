'use strict';

/**
 * How each family of providers puts an answer on the wire, written from the reference and not from
 * the decoder under test. A dialect gives frames, one event each.
 *
 * @typedef {object} Frame
 * @property {string} wire
 * @property {'start' | 'reasoning' | 'content' | 'call' | 'finish' | 'usage' | 'done'} says
 * @property {boolean} proves whether the answer is complete from here on
 */

const SSE = 'text/event-stream; charset=utf-8';

const frame = (wire, says, proves = false) => ({ wire, says, proves });
const json = JSON.stringify;
const data = (value) => `data: ${json(value)}\n\n`;
const named = (value) => `event: ${value.type}\ndata: ${json(value)}\n\n`;

const openAiUsage = ({ input, output, cached, reasoning }) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
  ...(reasoning === undefined
    ? {}
    : { completion_tokens_details: { reasoning_tokens: reasoning } }),
});

/** `continuous`: token counts with every chunk, as vLLM sends them when asked. */
function chatCompletions({ answer, continuous = false }) {
  const { id, model, usage } = answer;
  let produced = 0;
  const chunk = (choices) => {
    const counts = continuous && usage ? openAiUsage({ ...usage, output: produced }) : null;
    return { id, object: 'chat.completion.chunk', created: 1, model, choices, usage: counts };
  };
  const delta = (says, part, index = 0) => {
    if (says !== 'start') produced += 1;
    return frame(data(chunk([{ index, delta: part, finish_reason: null }])), says);
  };
  const frames = [delta('start', { role: 'assistant', content: '', refusal: null })];
  for (const text of answer.reasoning) {
    frames.push(delta('reasoning', { content: null, reasoning_content: text }));
  }
  for (const text of answer.text) frames.push(delta('content', { content: text }));
  for (const text of answer.refusal) frames.push(delta('content', { refusal: text }));
  for (const [other, pieces] of answer.others.entries()) {
    for (const text of pieces) frames.push(delta('content', { content: text }, other + 1));
  }
  for (const [index, call] of answer.calls.entries()) {
    const { id: callId, name } = call;
    const begun = { index, id: callId, type: 'function', function: { name, arguments: '' } };
    frames.push(delta('call', { tool_calls: [begun] }));
    for (const text of call.arguments) {
      frames.push(delta('call', { tool_calls: [{ index, function: { arguments: text } }] }));
    }
  }
  for (let index = 0; index <= answer.others.length; index++) {
    const last = index === answer.others.length;
    const ended = [{ index, delta: {}, finish_reason: answer.finish }];
    frames.push(frame(data(chunk(ended)), 'finish', last));
  }
  if (usage) frames.push(frame(data({ ...chunk([]), usage: openAiUsage(usage) }), 'usage', true));
  frames.push(frame('data: [DONE]\n\n', 'done', true));
  return frames;
}

function responses({ answer, background = false }) {
  const { id, model, usage } = answer;
  let sequence = 0;
  const event = (says, type, rest, proves) =>
    frame(named({ type, sequence_number: sequence++, ...rest }), says, proves);
  const response = (status, more) => ({
    response: { id, object: 'response', status, background, model, error: null, ...more },
  });
  const frames = [
    event('start', 'response.created', response('queued')),
    event('start', 'response.in_progress', response('in_progress')),
  ];
  let output = 0;
  if (answer.reasoning.length > 0) {
    const at = { item_id: 'rs_1', output_index: output++ };
    const item = { id: 'rs_1', type: 'reasoning', summary: [] };
    frames.push(event('start', 'response.output_item.added', { ...at, item }));
    for (const text of answer.reasoning) {
      const part = { ...at, summary_index: 0, delta: text };
      frames.push(event('reasoning', 'response.reasoning_summary_text.delta', part));
    }
  }
  const texts = [
    ['response.output_text', answer.text],
    ['response.refusal', answer.refusal],
  ];
  for (const [kind, pieces] of texts) {
    if (pieces.length === 0) continue;
    const at = { item_id: 'msg_1', output_index: output++, content_index: 0 };
    const item = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };
    frames.push(event('start', 'response.output_item.added', { ...at, item }));
    for (const text of pieces)
      frames.push(event('content', `${kind}.delta`, { ...at, delta: text }));
    frames.push(event('content', `${kind}.done`, { ...at, text: pieces.join('') }));
  }
  for (const { id: callId, name, arguments: pieces } of answer.calls) {
    const at = { item_id: 'fc_1', output_index: output++ };
    const item = { id: 'fc_1', type: 'function_call', call_id: callId, name, arguments: '' };
    frames.push(event('call', 'response.output_item.added', { ...at, item }));
    const kind = 'response.function_call_arguments';
    for (const text of pieces) frames.push(event('call', `${kind}.delta`, { ...at, delta: text }));
    const whole = pieces.join('');
    frames.push(event('call', `${kind}.done`, { ...at, arguments: whole }));
    const done = { ...at, item: { ...item, arguments: whole } };
    frames.push(event('call', 'response.output_item.done', done));
  }
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
  frames.push(event('finish', `response.${status}`, response(status, details), true));
  return frames;
}

const STOP_REASONS = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

/** Sizes are blurred by blanks before the last brace, as Anthropic does. */
const padded = (value, blanks) =>
  `event: ${value.type}\ndata: ${json(value).slice(0, -1)}${' '.repeat(blanks)}}\n\n`;

function anthropic({ answer }) {
  const { id, model, usage } = answer;
  const input = usage ? { input_tokens: usage.input - (usage.cached ?? 0) } : {};
  const cached = usage?.cached === undefined ? {} : { cache_read_input_tokens: usage.cached };
  const message = { id, type: 'message', role: 'assistant', content: [], model, stop_reason: null };
  const begun = usage ? { usage: { ...input, ...cached, output_tokens: 1 } } : {};
  const frames = [
    frame(named({ type: 'message_start', message: { ...message, ...begun } }), 'start'),
  ];
  let index = 0;
  /** A tool's block says its name as it starts; the others say nothing before their deltas. */
  const block = (says, content, deltas) => {
    const first = { type: 'content_block_start', index, content_block: content };
    frames.push(frame(padded(first, 7), says === 'call' ? says : 'start'));
    if (index === 0) frames.push(frame('event: ping\ndata: {"type": "ping"}\n\n', 'start'));
    for (const delta of deltas) {
      frames.push(frame(padded({ type: 'content_block_delta', index, delta }, index), says));
    }
    frames.push(frame(named({ type: 'content_block_stop', index }), says));
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
  const ended = { stop_reason: STOP_REASONS[answer.finish], stop_sequence: null };
  const counts = usage ? { usage: { output_tokens: usage.output } } : {};
  frames.push(frame(padded({ type: 'message_delta', delta: ended, ...counts }, 6), 'finish'));
  frames.push(frame(named({ type: 'message_stop' }), 'done', true));
  return frames;
}

const GEMINI_REASONS = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
};

/** CRLF, no names, no `[DONE]`; the reason comes with the last text. */
function gemini({ answer }) {
  const { id, model, usage } = answer;
  const parts = [
    ...answer.reasoning.map((text) => ['reasoning', { text, thought: true }]),
    ...answer.text.map((text) => ['content', { text }]),
    ...answer.calls.map(({ name, arguments: pieces }) => [
      'call',
      {
        functionCall: { name, args: JSON.parse(pieces.join('') || '{}') },
        thoughtSignature: 'EpwI',
      },
    ]),
  ];
  return parts.map(([says, part], index) => {
    const last = index === parts.length - 1;
    const candidate = { content: { parts: [part], role: 'model' }, index: 0 };
    if (last) candidate.finishReason = GEMINI_REASONS[answer.finish];
    const counts = usage && {
      promptTokenCount: usage.input,
      ...(usage.cached === undefined ? {} : { cachedContentTokenCount: usage.cached }),
      ...(last ? { candidatesTokenCount: usage.output - (usage.reasoning ?? 0) } : {}),
      ...(last ? { thoughtsTokenCount: usage.reasoning ?? 0 } : {}),
    };
    const chunk = { candidates: [candidate], modelVersion: model, responseId: id };
    const whole = json(counts ? { ...chunk, usageMetadata: counts } : chunk);
    return frame(`data: ${whole}\r\n\r\n`, says, last);
  });
}

/** One JSON object a line. */
function ollama({ answer }) {
  const { model, usage } = answer;
  const line = (says, message, more = {}) => {
    const value = { model, message: { role: 'assistant', content: '', ...message }, done: false };
    return frame(`${json({ ...value, ...more })}\n`, says, more.done === true);
  };
  const ended = { done: true, done_reason: answer.finish === 'length' ? 'length' : 'stop' };
  const counts = usage ? { prompt_eval_count: usage.input, eval_count: usage.output } : {};
  return [
    ...answer.reasoning.map((thinking) => line('reasoning', { thinking })),
    ...answer.text.map((content) => line('content', { content })),
    ...answer.calls.map(({ name, arguments: pieces }) => {
      const call = { function: { name, arguments: JSON.parse(pieces.join('') || '{}') } };
      return line('call', { tool_calls: [call] });
    }),
    line('finish', {}, { ...ended, ...counts }),
  ];
}

/** Every family: which requests are its own, and how it answers. */
const DIALECTS = {
  'chat-completions': { path: /\/chat\/completions$/, type: SSE, frames: chatCompletions },
  responses: { path: /\/responses(\/[^/]+)?$/, type: SSE, frames: responses },
  anthropic: { path: /\/messages$/, type: SSE, frames: anthropic },
  gemini: { path: /\/models\/[^/]+:streamGenerateContent$/, type: SSE, frames: gemini },
  ollama: { path: /\/api\/chat$/, type: 'application/x-ndjson', frames: ollama },
};

module.exports = { DIALECTS };
