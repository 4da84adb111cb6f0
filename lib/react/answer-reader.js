'use strict';

const errors = require('../core/errors.js');
const { failure } = require('../browser/failures.js');
const { ERROR_CLASSES } = require('../core/error-classes.js');

/**
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 *
 * @typedef {object} Answer what has come of an answer
 * @property {string} content
 * @property {string} reasoning
 * @property {string | null} finishReason
 * @property {any} usage
 */

/** The event of Chat Completions that is no chunk. */
const DONE = '[DONE]';

/** @returns {Answer} */
const emptyAnswer = () => ({ content: '', reasoning: '', finishReason: null, usage: null });

/** @param {string} text */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The failure that a server tells of.
 *
 * @param {any} told
 */
function failureOf(told) {
  const { code, message = 'the server says that the answer failed', kind, type } = Object(told);
  /** @type {Record<string, any>} */
  const classes = ERROR_CLASSES;
  const known = Object.hasOwn(classes, code) && code !== 'ERR_SSE_OPTION';
  const Class = known ? classes[code] : errors.SSEProviderError;
  return new Class(String(message), {
    code: known ? code : 'ERR_SSE_PROVIDER',
    kind: kind ?? type,
    phase: 'body',
  });
}

/**
 * Reads an event of an answer: of a relay, of `toResponse()`, or chunks of Chat Completions of any server.
 *
 * @param {ServerSentEvent} event
 * @param {Answer} answer so far; changed
 * @returns {{ done?: boolean, failure?: any, retry?: any }} what it says besides
 */
function readEvent({ event, data }, answer) {
  if (event === 'failure') return { failure: failureOf(json(data)?.error) };
  if (event === 'retry') return { retry: json(data) ?? {} };
  if (event === 'reset') return Object.assign(answer, emptyAnswer()) && {};
  if (data === DONE) return { done: true };
  const chunk = json(data);
  if (typeof chunk !== 'object' || chunk === null) {
    answer.content += data;
    return {};
  }
  if (chunk.error) return { failure: failureOf(chunk.error) };
  if (chunk.reset) Object.assign(answer, emptyAnswer());
  if (typeof chunk.content === 'string') answer.content += chunk.content;
  if (chunk.usage) answer.usage = chunk.usage;
  const [choice] = Array.isArray(chunk.choices) ? chunk.choices : [];
  const { content, reasoning_content: thought, reasoning } = choice?.delta ?? {};
  if (typeof content === 'string') answer.content += content;
  if (typeof (thought ?? reasoning) === 'string') answer.reasoning += thought ?? reasoning;
  if (choice?.finish_reason) answer.finishReason = choice.finish_reason;
  return {};
}

/**
 * Whether an event is the last one.
 *
 * @param {ServerSentEvent} event
 */
const isLast = ({ event, data }) => data === DONE || event === 'failure';

const truncated = () =>
  failure(
    errors.SSETruncatedError,
    'ERR_SSE_TRUNCATED',
    'body',
    true,
    'the answer ended before it was complete',
  );

/**
 * A conversation with what has come of the answer to its last question.
 *
 * @param {readonly import('./answer-request.js').Message[]} messages
 * @param {Answer} answer
 * @param {string} id of the answer
 * @returns {readonly import('./answer-request.js').Message[]}
 */
function withAnswer(messages, { content, reasoning }, id) {
  const own = `${id}:answer`;
  if ((content === '' && reasoning === '') || messages.at(-1)?.id === own) return messages;
  const message = { id: own, role: 'assistant', content, ...(reasoning && { reasoning }) };
  return Object.freeze([...messages, Object.freeze(message)]);
}

module.exports = { emptyAnswer, isLast, readEvent, truncated, withAnswer };
