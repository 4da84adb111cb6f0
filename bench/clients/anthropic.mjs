import Anthropic from '@anthropic-ai/sdk';
import { API_KEY } from '../dialects.mjs';

export async function open(url, { onOpen, onText }, { body }) {
  const client = new Anthropic({ baseURL: url, apiKey: API_KEY });
  const stream = await client.messages.create(body);
  onOpen();
  for await (const event of stream) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
      onText(event.delta.text);
    }
  }
}
