'use strict';

const { SSEOptionError } = require('../core/errors.js');
const check = require('../options/checks.js');
const { known, refusalOf, streamOf } = require('./steps.js');

const FAULTS = ['end', 'reset', 'truncate', 'stall', 'error', 'garbage'];
const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter'];
const OWN = ['deltas', 'reasoning', 'toolCalls', 'finishReason', 'usage', 'error'];

/** What an error in a stream says unless a step has other words. */
const PROBLEM = { message: 'Overloaded', type: 'overloaded_error', code: 503 };

/**
 * @typedef {object} AnswerStep
 * @property {undefined} [refusal]
 * @property {Record<string, string>} headers
 * @property {number} headersDelay
 * @property {number} delay
 * @property {'end' | 'reset' | 'truncate' | 'stall' | 'error' | 'garbage' | undefined} fault
 * @property {import('./dialects/frame.js').Problem} problem
 * @property {Omit<import('./dialects/frame.js').Answer, 'id' | 'model'>} answer
 *
 * @typedef {AnswerStep | { refusal: import('./steps.js').Refusal }} ProviderStep
 */

/**
 * @param {number} delay the delay of steps that have none
 * @returns {(step: unknown, name: string) => ProviderStep}
 */
const checkedStep = (delay) => (value, name) => {
  if (value === undefined) throw check.wrong(name, 'a step', value);
  const step = check.group(value, name, known(OWN));
  const refusal = refusalOf(step, name);
  if (refusal) return { refusal };
  if (step.fault !== undefined) check.oneOf(step.fault, `${name}.fault`, FAULTS);
  const { fault } = step;
  if (step.error !== undefined && fault !== 'error') {
    throw new SSEOptionError(`${name}.error needs ${name}.fault to be 'error'`);
  }
  return {
    ...streamOf(step, name, delay),
    fault,
    problem: problemOf(step.error, `${name}.error`),
    answer: answerOf(step, name),
  };
};

/**
 * @param {Record<string, any>} step
 * @param {string} name
 * @returns {AnswerStep['answer']}
 */
function answerOf(step, name) {
  const calls = callsOf(step.toolCalls, `${name}.toolCalls`);
  const { finishReason, fault } = step;
  if (finishReason !== undefined) {
    check.oneOf(finishReason, `${name}.finishReason`, FINISH_REASONS);
    if (fault !== undefined && fault !== 'garbage') {
      throw new SSEOptionError(
        `${name}.finishReason cannot be sent by an answer that is cut; leave out it or ${name}.fault`,
      );
    }
  }
  const text = pieces(step.deltas, `${name}.deltas`);
  const reasoning = pieces(step.reasoning, `${name}.reasoning`);
  return {
    ...{ text, reasoning, calls, refusal: [], others: [] },
    usage: usageOf(step.usage, `${name}.usage`, text.length + reasoning.length),
    finish: finishReason ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
  };
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function pieces(value, name) {
  if (value === undefined) return [];
  return check.list(value, name).map((piece, index) => check.text(piece, `${name}[${index}]`));
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function callsOf(value, name) {
  if (value === undefined) return [];
  return check.list(value, name).map((call, index) => {
    const at = `${name}[${index}]`;
    const given = check.group(call, at, ['id', 'name', 'arguments']);
    return {
      id: check.text(given.id ?? `call_${index + 1}`, `${at}.id`),
      name: check.text(given.name, `${at}.name`),
      arguments: argumentsOf(given.arguments, `${at}.arguments`),
    };
  });
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {string[]}
 */
function argumentsOf(value, name) {
  if (value === undefined) return ['{}'];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return pieces(value, name);
  if (typeof value === 'object' && value !== null) return [JSON.stringify(value)];
  throw check.wrong(name, 'an object, a string of JSON, or the pieces of one', value);
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {number} deltas
 */
function usageOf(value, name, deltas) {
  if (value === null) return null;
  const given = check.group(value, name, ['input', 'output', 'cached', 'reasoning']);
  const usage = { input: 9, output: deltas, ...given };
  for (const [kind, tokens] of Object.entries(usage)) {
    if (tokens !== undefined) check.whole(tokens, `${name}.${kind}`, { least: 0 });
  }
  return usage;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function problemOf(value, name) {
  const given = check.group(value, name, ['message', 'type', 'code']);
  const { message, type, code } = { ...PROBLEM, ...given };
  if (typeof code !== 'string') check.whole(code, `${name}.code`, { least: 0 });
  return {
    message: check.text(message, `${name}.message`),
    type: check.text(type, `${name}.type`),
    code,
    status: typeof code === 'string' ? code : 'UNAVAILABLE',
  };
}

module.exports = { checkedStep };
