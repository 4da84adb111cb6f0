import { chatOptions } from '../dialects.mjs';
import { chat } from '../product.mjs';

export async function open(url, { onOpen, onText }, dialect) {
  const answer = chat(chatOptions(url, dialect)).on('open', onOpen).on('content', onText);
  await answer.closed;
}
