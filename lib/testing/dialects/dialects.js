'use strict';

/**
 * Every family: which requests are its own, and how it answers. Written from the references of the
 * providers, and not from the decoders of this package.
 *
 * @type {Record<'chat-completions' | 'responses' | 'anthropic' | 'gemini' | 'ollama', import('./frame.js').Dialect>}
 */
const DIALECTS = {
  'chat-completions': require('./chat-completions.js'),
  responses: require('./responses.js'),
  anthropic: require('./anthropic.js'),
  gemini: require('./gemini.js'),
  ollama: require('./ollama.js'),
};

module.exports = { DIALECTS };
