'use strict';

const { SSEOptionError } = require('../core/errors.js');
const check = require('../options/checks.js');

/**
 * @typedef {import('./providers.js').Family} Family
 * @typedef {import('./parameters.js').ChatParameters} ChatParameters
 *
 * @typedef {object} Shape what decides whether an answer is mere text
 * @property {boolean} tools
 * @property {boolean} json
 * @property {number} choices
 */

const POLICIES = ['fail', 'restart', 'continue', 'server'];

/**
 * @param {ChatParameters} parameters
 * @param {Family} family
 * @returns {Shape}
 */
function shapeOf({ tools, body }, family) {
  const { n, generationConfig } = body;
  const choices = n ?? generationConfig?.candidateCount ?? 1;
  return {
    tools: tools !== undefined || body.tools?.length > 0 || body.functions?.length > 0,
    json: asksForJson(body, family),
    choices: Number.isInteger(choices) && choices > 0 ? choices : 1,
  };
}

/**
 * Every provider has words of its own for it.
 *
 * @param {Record<string, any>} body
 * @param {Family} family
 * @returns {boolean}
 */
function asksForJson(body, family) {
  const { generationConfig: gemini } = body;
  const formats = [body.response_format, body.text?.format, body.output_format];
  return (
    [...formats, body.output_config?.format].some((format) => format && format.type !== 'text') ||
    (family === 'ollama' && Boolean(body.format)) ||
    /json/.test(gemini?.responseMimeType) ||
    Boolean(gemini?.responseSchema ?? gemini?.responseJsonSchema)
  );
}

/**
 * @param {unknown} value
 * @param {object} asked
 * @param {Family} asked.family
 * @param {ChatParameters} asked.parameters
 * @param {Shape} asked.shape
 * @param {readonly string[]} asked.prefills of the endpoints that may be asked
 * @returns {string[]}
 */
function normalizeResume(value = 'fail', { family, parameters, shape, prefills }) {
  const resume = Array.isArray(value) ? value : [value];
  if (resume.length === 0) throw new SSEOptionError('resume must not be an empty array');
  for (const [index, policy] of resume.entries()) {
    const name = resume === value ? `resume[${index}]` : 'resume';
    if (!POLICIES.includes(policy)) {
      throw check.wrong(name, `one of "${POLICIES.join('", "')}"`, policy);
    }
    if (resume.indexOf(policy) < index) {
      throw new SSEOptionError(`resume names "${policy}" more than once`);
    }
  }
  const end = resume.indexOf('fail');
  if (end !== -1 && end < resume.length - 1) {
    throw new SSEOptionError('resume must end with "fail": nothing is tried after it');
  }
  if (resume.includes('continue')) checkContinue(resume, family, shape, prefills);
  if (resume.includes('server')) checkServer(family, parameters);
  return resume;
}

/**
 * @param {readonly string[]} resume
 * @param {Family} family
 * @param {Shape} shape
 * @param {readonly string[]} prefills
 */
function checkContinue(resume, family, shape, prefills) {
  if (prefills.length === 0) {
    throw new SSEOptionError(
      'resume "continue" needs an endpoint that declares how it takes a begun answer; set prefill',
    );
  }
  if (!prefills.some((style) => isOfFamily(style, family))) throw foreignPrefill(family);
  // In a list another policy may apply where this one does not.
  if (resume.includes('restart') || resume.includes('server')) return;
  const why = [
    shape.tools && 'with tools: half a tool call cannot be continued',
    shape.json && 'for JSON: an answer in two parts need not be valid',
    shape.choices > 1 && 'with several choices: only one can be continued',
  ].find(Boolean);
  if (why) throw new SSEOptionError(`resume "continue" cannot be used ${why}`);
}

/**
 * @param {string} style
 * @param {Family} family
 */
function isOfFamily(style, family) {
  return family === (style === 'anthropic' ? 'anthropic' : 'chat-completions');
}

/** @param {Family} family */
function foreignPrefill(family) {
  const styles = {
    anthropic: 'only "anthropic" is for this provider',
    'chat-completions': '"anthropic" is for that provider alone',
  };
  const why = /** @type {Record<string, string>} */ (styles)[family] ?? 'this provider knows none';
  return new SSEOptionError(`prefill has a style that cannot be used: ${why}`);
}

/**
 * @param {Family} family
 * @param {ChatParameters} parameters
 */
function checkServer(family, { body }) {
  if (family !== 'responses') {
    throw new SSEOptionError('resume "server" needs the provider "responses"; no other can');
  }
  if (body.background !== undefined && body.background !== true) {
    throw new SSEOptionError(
      'resume "server" needs the answer to run in the background; leave out body.background',
    );
  }
}

module.exports = { foreignPrefill, isOfFamily, normalizeResume, shapeOf };
