import { chat } from 'perennial-sse';
import { answerRoutes } from 'perennial-sse/next';
import { answerTo } from '../../lib/answer.js';
import { relay } from '../../lib/relay.js';

export const { POST, GET, DELETE } = answerRoutes(relay, async (request) => {
  const { messages } = await request.json();
  return chat(answerTo(messages));
});
