import { chatOptions } from '../dialects.mjs';
import { chat } from '../product.mjs';

export async function open(url, { onText }, dialect) {
  onText(await chat(chatOptions(url, dialect)).text());
}
