'use strict';

const { SSEOptionError } = require('../core/errors.js');

/**
 * @typedef {'chat-completions' | 'responses' | 'anthropic' | 'gemini' | 'ollama'} Family endpoints
 *   that speak alike
 */

/** The family whose API each provider has; src/llm/family.rs has the same names. */
/** @type {Readonly<Record<string, Family>>} */
const FAMILIES = Object.freeze({
  openai: 'chat-completions',
  azure: 'chat-completions',
  deepseek: 'chat-completions',
  qwen: 'chat-completions',
  kimi: 'chat-completions',
  zai: 'chat-completions',
  mistral: 'chat-completions',
  groq: 'chat-completions',
  xai: 'chat-completions',
  openrouter: 'chat-completions',
  vllm: 'chat-completions',
  holysheep: 'chat-completions',
  responses: 'responses',
  anthropic: 'anthropic',
  gemini: 'gemini',
  ollama: 'ollama',
});

/** Where a key goes, if not into `authorization`. */
/** @type {Readonly<Partial<Record<string, string>>>} */
const KEY_HEADERS = Object.freeze({
  azure: 'api-key',
  anthropic: 'x-api-key',
  gemini: 'x-goog-api-key',
});

/**
 * @param {unknown} value
 * @returns {{ provider: string, family: Family }}
 */
function normalizeProvider(value = 'openai') {
  if (typeof value === 'string' && Object.hasOwn(FAMILIES, value)) {
    return { provider: value, family: FAMILIES[value] };
  }
  const known = Object.keys(FAMILIES).join(', ');
  throw new SSEOptionError(`provider must be one of ${known}; others often speak as openai does`);
}

module.exports = { KEY_HEADERS, normalizeProvider };
