'use strict';

/**
 * What a model says, in no provider's words. Text comes in pieces, one event each.
 *
 * @typedef {object} Call
 * @property {string} [id]
 * @property {string} name
 * @property {string[]} arguments
 *
 * @typedef {object} Usage
 * @property {number} input
 * @property {number} output
 * @property {number} [cached]
 * @property {number} [reasoning]
 *
 * @typedef {'stop' | 'length' | 'tool_calls' | 'content_filter'} FinishReason
 *
 * @typedef {object} Answer
 * @property {string} id
 * @property {string} model
 * @property {string[]} reasoning
 * @property {string[]} text
 * @property {string[]} refusal
 * @property {Call[]} calls
 * @property {string[][]} others the texts of further choices
 * @property {Usage | null} usage
 * @property {FinishReason | null} finish nothing for an answer that has no end
 *
 * @typedef {object} Script what a dialect is told
 * @property {Answer} answer
 * @property {boolean} [continuous] whether every chunk has token counts
 * @property {boolean} [apart] whether the finish reason has an event of its own in every family
 * @property {boolean} [background] whether the response is made in the background
 *
 * @typedef {object} Frame one event on the wire
 * @property {string} wire
 * @property {'start' | 'reasoning' | 'content' | 'call' | 'stop' | 'finish' | 'usage' | 'done'} says
 * @property {boolean} proves whether the answer is complete from here on
 *
 * @typedef {object} Problem what a provider says went wrong
 * @property {string} type
 * @property {string | number} code
 * @property {string} status by Google's names
 * @property {string} message
 *
 * @typedef {object} Dialect how a family of providers puts an answer on the wire
 * @property {RegExp} path of its requests
 * @property {string} type its content type
 * @property {(script: Script) => Frame[]} frames
 * @property {(problem: Problem) => string} error an error inside a response that has begun
 * @property {string} malformed an event that cannot be parsed
 */

const SSE = 'text/event-stream; charset=utf-8';

/**
 * @param {string} wire
 * @param {Frame['says']} says
 * @returns {Frame}
 */
const frame = (wire, says, proves = false) => ({ wire, says, proves });

/** @param {unknown} value */
const data = (value) => `data: ${JSON.stringify(value)}\n\n`;

/**
 * @template {{ type: string }} T
 * @param {T} value
 */
const named = (value) => `event: ${value.type}\n${data(value)}`;

module.exports = { SSE, data, frame, named };
