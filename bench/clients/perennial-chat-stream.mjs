import { chat } from 'perennial-sse';
import { chatOptions } from '../dialects.mjs';

export async function open(url, { onText }, dialect) {
  for await (const text of chat(chatOptions(url, dialect)).textStream) onText(text);
}
