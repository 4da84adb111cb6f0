// How a model is asked in each dialect, and which of the text an event brings. All clients of a
// dialect ask for the same.

/** Any will do: the server answers everybody. */
export const API_KEY = 'sk-bench';

const messages = [{ role: 'user', content: 'How does the river run on towards the sea?' }];

/**
 * @typedef {object} Dialect
 * @property {string} provider its name in Perennial
 * @property {string} path below the base URL
 * @property {{ model: string, messages: object[], max_tokens: number, stream: true }} body
 * @property {(data: string) => string | undefined} textOf
 */

/** @type {Record<string, Dialect>} */
export const DIALECTS = {
  openai: {
    provider: 'openai',
    path: '/v1/chat/completions',
    body: {
      model: 'gpt-4.1',
      messages,
      max_tokens: 32_768,
      stream: true,
      stream_options: { include_usage: true },
    },
    textOf(data) {
      return data === '[DONE]' ? undefined : JSON.parse(data).choices[0]?.delta.content;
    },
  },
  anthropic: {
    provider: 'anthropic',
    path: '/v1/messages',
    body: { model: 'claude-sonnet-5-5', messages, max_tokens: 32_768, stream: true },
    textOf(data) {
      const event = JSON.parse(data);
      return event.type === 'content_block_delta' ? event.delta.text : undefined;
    },
  },
};

/**
 * The same for Perennial.
 *
 * @param {string} url
 * @param {Dialect} dialect
 */
export function chatOptions(url, { provider, body }) {
  const { model, messages, max_tokens: maxTokens } = body;
  return { provider, baseUrl: `${url}/v1`, apiKey: API_KEY, model, messages, maxTokens };
}
