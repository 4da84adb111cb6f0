import { chat } from 'perennial-sse';
import { answerTo } from '../../lib/answer.js';

export async function POST(request) {
  const { messages } = await request.json();
  return chat(answerTo(messages, { signal: request.signal })).toResponse();
}
