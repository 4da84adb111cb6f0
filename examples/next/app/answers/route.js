import { chat } from 'perennial-sse';
import { answerRoutes } from 'perennial-sse/next';
import { answerTo } from '../../lib/answer.js';
import { relay } from '../../lib/relay.js';

const start = async (request) => {
  const { messages } = await request.json();
  return chat(answerTo(messages));
};

// Pages hear when the model is asked again.
export const { POST, GET, DELETE } = answerRoutes(relay, start, { notices: true });
