import { chat } from 'perennial-sse';
import { chatOptions } from '../dialects.mjs';

export async function open(url, { onText }, dialect) {
  onText(await chat(chatOptions(url, dialect)).text());
}
