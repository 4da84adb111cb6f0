'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { hasControls } = require('../core/http-values.js');
const check = require('../options/checks.js');
const { isPlain } = require('../options/request.js');
const { wellFormedText } = require('../options/well-formed-text.js');

/**
 * @typedef {import('../../index.js').ChatMessage} ChatMessage
 * @typedef {import('../../index.js').ChatTool} ChatTool
 * @typedef {import('./providers.js').Family} Family
 *
 * @typedef {object} ChatParameters what a model is asked, whatever the provider calls it
 * @property {string} model
 * @property {readonly ChatMessage[]} messages empty if `body` has them
 * @property {number | undefined} maxTokens
 * @property {number | undefined} temperature
 * @property {number | undefined} topP
 * @property {string[] | undefined} stop
 * @property {readonly ChatTool[] | undefined} tools
 * @property {'auto' | 'none' | 'required' | { name: string } | undefined} toolChoice
 * @property {Record<string, any>} body further members, in the provider's own words
 */

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'];
const TOOL_CHOICES = ['auto', 'none', 'required'];

/** Where the provider's own words may hold the conversation. */
const CONVERSATIONS = ['messages', 'input', 'contents', 'prompt'];

/** Families that have a role for the results of tools. Others want parts of their own. */
const TOOL_ROLE = ['chat-completions', 'ollama'];

/**
 * @param {Record<string, any>} given
 * @param {Family} family
 * @returns {ChatParameters}
 */
function normalizeParameters(given, family) {
  const { maxTokens, temperature, topP } = given;
  const body = normalizeExtra(given.body);
  const toolChoice = normalizeToolChoice(given.toolChoice);
  if (toolChoice !== undefined && given.tools === undefined && body.tools === undefined) {
    throw new SSEOptionError('toolChoice must not be given without tools to choose from');
  }
  return {
    model: normalizeModel(given.model, family),
    messages: normalizeMessages(given.messages, body, family),
    maxTokens:
      maxTokens === undefined ? undefined : check.whole(maxTokens, 'maxTokens', { least: 1 }),
    temperature:
      temperature === undefined
        ? undefined
        : check.number(temperature, 'temperature', { least: 0 }),
    topP: topP === undefined ? undefined : check.number(topP, 'topP', { least: 0, most: 1 }),
    stop: normalizeStop(given.stop),
    tools: normalizeTools(given.tools),
    toolChoice,
    body,
  };
}

/**
 * @param {unknown} value
 * @param {Family} family
 */
function normalizeModel(value, family) {
  if (value === undefined) throw new SSEOptionError('model is missing; give its name');
  const model = check.text(value, 'model');
  if (model.trim() === '' || hasControls(model)) {
    throw new SSEOptionError('model must be neither empty nor hold control characters');
  }
  wellFormedText(model, 'model');
  // It is part of the URL, below `baseUrl`.
  if (family === 'gemini' && (/[?#\\]/.test(model) || model.split('/').some(leadsAway))) {
    throw new SSEOptionError(
      'model must be a name or a path of names: no "?", "#" or "\\", no empty or dot segment',
    );
  }
  return model;
}

/** @param {string} segment of a path, also one that is encoded */
function leadsAway(segment) {
  return /^(\.|%2e){0,2}$/i.test(segment);
}

/**
 * @param {unknown} value
 * @returns {Record<string, any>}
 */
function normalizeExtra(value) {
  if (value === undefined) return {};
  if (Array.isArray(value) || !isPlain(value)) {
    throw new SSEOptionError('body must be a plain object: further members of the request');
  }
  const body = /** @type {Record<string, any>} */ (value);
  if (body.stream !== undefined && body.stream !== true) {
    throw check.wrong('body.stream', 'true or left out: an answer is streamed', body.stream);
  }
  return body;
}

/**
 * @param {unknown} value
 * @param {Record<string, any>} body
 * @param {Family} family
 * @returns {readonly ChatMessage[]}
 */
function normalizeMessages(value, body, family) {
  if (value === undefined) {
    if (CONVERSATIONS.some((name) => body[name] !== undefined)) return [];
    throw new SSEOptionError('messages is missing; give at least one, or the conversation in body');
  }
  if (!Array.isArray(value) || value.length === 0) {
    throw new SSEOptionError('messages must be an array of at least one message');
  }
  return value.map((message, index) => normalizeMessage(message, `messages[${index}]`, family));
}

/**
 * Whatever else is in a message is between the caller and the provider. What is said in it is shown
 * in no error.
 *
 * @param {unknown} value
 * @param {string} name
 * @param {Family} family
 * @returns {ChatMessage}
 */
function normalizeMessage(value, name, family) {
  if (Array.isArray(value) || !isPlain(value)) {
    throw new SSEOptionError(`${name} must be an object with a role and content`);
  }
  const message = /** @type {ChatMessage} */ (value);
  const { role, content } = message;
  if (!ROLES.includes(role)) throw check.wrong(`${name}.role`, `one of ${ROLES.join(', ')}`, role);
  if (role === 'tool' && !TOOL_ROLE.includes(family)) {
    throw new SSEOptionError(
      `${name}.role must not be "tool" here: this provider takes results of tools as parts of its own`,
    );
  }
  // Without content an assistant's message may hold tool calls.
  if (content === undefined || content === null || Array.isArray(content)) return message;
  if (typeof content === 'string') return message;
  throw check.wrong(`${name}.content`, 'a string, an array of parts or null', content);
}

/**
 * @param {unknown} value
 * @returns {string[] | undefined}
 */
function normalizeStop(value) {
  if (value === undefined) return undefined;
  const stop = Array.isArray(value) ? value : [value];
  for (const [index, text] of stop.entries()) {
    const name = stop === value ? `stop[${index}]` : 'stop';
    if (typeof text !== 'string' || text === '') {
      throw check.wrong(name, 'a string that is not empty', text);
    }
  }
  return stop;
}

/**
 * @param {unknown} value
 * @returns {readonly ChatTool[] | undefined}
 */
function normalizeTools(value) {
  if (value === undefined) return undefined;
  const tools = check.list(value, 'tools').map((tool, index) => {
    const at = `tools[${index}]`;
    if (tool === undefined) throw check.wrong(at, 'an object', tool);
    const { name, description, parameters } = check.group(tool, at, [
      ...['name', 'description', 'parameters'],
    ]);
    if (typeof name !== 'string' || name === '') {
      throw check.wrong(`${at}.name`, 'a string that is not empty', name);
    }
    if (description !== undefined) check.text(description, `${at}.description`);
    if (parameters !== undefined && (Array.isArray(parameters) || !isPlain(parameters))) {
      throw check.wrong(`${at}.parameters`, 'a JSON schema, as an object', parameters);
    }
    return /** @type {ChatTool} */ (tool);
  });
  return tools.length === 0 ? undefined : tools;
}

/**
 * @param {unknown} value
 * @returns {ChatParameters['toolChoice']}
 */
function normalizeToolChoice(value) {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && TOOL_CHOICES.includes(value)) {
    return /** @type {'auto'} */ (value);
  }
  const expected = '"auto", "none", "required" or { name }';
  if (typeof value !== 'object') throw check.wrong('toolChoice', expected, value);
  const { name } = check.group(value, 'toolChoice', ['name']);
  if (typeof name !== 'string' || name === '') throw check.wrong('toolChoice', expected, value);
  return { name };
}

module.exports = { normalizeParameters };
