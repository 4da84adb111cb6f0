import OpenAI from 'openai';
import { API_KEY } from '../dialects.mjs';

export async function open(url, { onOpen, onText }, { body }) {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: API_KEY });
  const stream = await client.chat.completions.create(body);
  onOpen();
  for await (const chunk of stream) {
    const text = chunk.choices[0]?.delta?.content;
    if (text) onText(text);
  }
}
