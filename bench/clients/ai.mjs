import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';
import { API_KEY } from '../dialects.mjs';

export async function open(url, { onText }, { body }) {
  const provider = createOpenAICompatible({ name: 'bench', baseURL: `${url}/v1`, apiKey: API_KEY });
  const { model, messages, max_tokens: maxOutputTokens } = body;
  const { textStream } = streamText({ model: provider(model), messages, maxOutputTokens });
  for await (const text of textStream) onText(text);
}
