'use strict';

const { SSE, frame } = require('./frame.js');

const REASONS = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
};

/** @param {unknown} value */
const event = (value) => `data: ${JSON.stringify(value)}\r\n\r\n`;

/**
 * CRLF, no names, no `[DONE]`; the reason comes with the last part, or `apart`.
 *
 * @param {import('./frame.js').Script} script
 */
function frames({ answer, apart = false }) {
  const { finish, id, model, usage } = answer;
  /** @type {['reasoning' | 'content' | 'call' | 'finish', object][]} */
  const parts = [
    ...answer.reasoning.map(
      (text) => /** @type {['reasoning', object]} */ (['reasoning', { text, thought: true }]),
    ),
    ...answer.text.map((text) => /** @type {['content', object]} */ (['content', { text }])),
    ...answer.calls.map(({ name, arguments: pieces }) => {
      const functionCall = { name, args: JSON.parse(pieces.join('') || '{}') };
      const part = { functionCall, thoughtSignature: 'EpwI' };
      return /** @type {['call', object]} */ (['call', part]);
    }),
  ];
  if ((apart || parts.length === 0) && finish !== null) parts.push(['finish', { text: '' }]);
  return parts.map(([says, part], index) => {
    const last = finish !== null && index === parts.length - 1;
    const candidate = {
      content: { parts: [part], role: 'model' },
      index: 0,
      ...(last ? { finishReason: REASONS[finish] } : {}),
    };
    const counts = usage && {
      promptTokenCount: usage.input,
      ...(usage.cached === undefined ? {} : { cachedContentTokenCount: usage.cached }),
      ...(last ? { candidatesTokenCount: usage.output - (usage.reasoning ?? 0) } : {}),
      ...(last ? { thoughtsTokenCount: usage.reasoning ?? 0 } : {}),
    };
    const chunk = { candidates: [candidate], modelVersion: model, responseId: id };
    return frame(event(counts ? { ...chunk, usageMetadata: counts } : chunk), says, last);
  });
}

/** @type {import('./frame.js').Dialect} */
module.exports = {
  path: /\/models\/[^/]+:streamGenerateContent$/,
  type: SSE,
  frames,
  error: ({ message, code, status }) => event({ error: { code, message, status } }),
  malformed: 'data: {"candidates":[{\r\n\r\n',
};
