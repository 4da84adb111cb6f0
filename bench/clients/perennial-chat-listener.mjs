import { chat } from 'perennial-sse';
import { chatOptions } from '../dialects.mjs';

export async function open(url, { onOpen, onText }, dialect) {
  const answer = chat(chatOptions(url, dialect)).on('open', onOpen).on('content', onText);
  await answer.closed;
}
