// What every server of this folder answers: an answer or a stream of the upstream, passed on.

import { chat, connect } from 'perennial-sse';

const { UPSTREAM } = process.env;

const QUESTION = {
  baseUrl: `${UPSTREAM}/v1`,
  apiKey: null,
  model: 'test-model',
  messages: [{ role: 'user', content: 'Of what does a river sing?' }],
  retry: false,
};

/** @param {Request} request as each framework has it, of which this reads path and method */
export const answer = (request) => {
  const events = new URL(request.url, 'http://localhost').pathname === '/events';
  const stream = events ? connect(`${UPSTREAM}/events`, { method: 'POST' }) : chat(QUESTION);
  return stream.toResponse(request, { heartbeat: 200 });
};

export const listening = (port) => console.log(`listening on ${port}`);
