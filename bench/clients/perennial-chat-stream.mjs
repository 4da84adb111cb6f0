import { chatOptions } from '../dialects.mjs';
import { chat } from '../product.mjs';

export async function open(url, { onText }, dialect) {
  for await (const text of chat(chatOptions(url, dialect)).textStream) onText(text);
}
