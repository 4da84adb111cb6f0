'use strict';

const { DIALECTS } = require('../../lib/testing/dialects/dialects.js');

/** What providers say went wrong, by the class that it comes to. */
const PROBLEMS = {
  overloaded: { type: 'overloaded_error', code: 503, status: 'UNAVAILABLE', message: 'Overloaded' },
  'invalid-request': {
    type: 'invalid_request_error',
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: 'The prompt is not to my liking',
  },
  'rate-limit': {
    type: 'rate_limit_error',
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: 'Slow down',
  },
  auth: { type: 'authentication_error', code: 401, status: 'UNAUTHENTICATED', message: 'Who?' },
};

const json = JSON.stringify;
const DONE = 'data: [DONE]\n\n';
const chunk = (more) => ({ id: 'answer', object: 'chat.completion.chunk', created: 1, ...more });

/** Errors inside a 200, shape by shape as the reference has them, to the end of the body. */
const ERRORS = {
  vllm: DIALECTS['chat-completions'].error,
  openrouter({ message, code }) {
    const choices = [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }];
    const usage = { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 };
    return `data: ${json(chunk({ choices, usage, error: { code, message } }))}\n\n${DONE}`;
  },
  groq({ message, type, code }) {
    const error = { message, type, code: type, status_code: code };
    return `event: error\ndata: ${json({ error })}\n\n`;
  },
  'ollama /v1'() {
    const choices = [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }];
    return `data: ${json(chunk({ choices }))}\n\n`;
  },
  anthropic: DIALECTS.anthropic.error,
  responses: DIALECTS.responses.error,
  'flat responses'({ message, type }) {
    const told = { type: 'error', sequence_number: 1000, code: type, message, param: null };
    return `event: error\ndata: ${json(told)}\n\n`;
  },
  gemini: DIALECTS.gemini.error,
  ollama: DIALECTS.ollama.error,
};

/** The middle of a chunk that never comes whole. */
const HALF = 'data: {"id":"answer","choices":[{"index":0,"delta":{"content":"lost';

async function repeat(exchange, write) {
  for (;;) {
    await write();
    await exchange.sleep(20);
  }
}

/** What befalls a body that has begun; each ends it, one way or another. */
const FATES = {
  end: (exchange) => exchange.end(),
  truncate: (exchange) => exchange.truncate(HALF),
  reset: (exchange) => exchange.reset(),
  stall: (exchange) => exchange.stall(),
  comments: (exchange) => repeat(exchange, () => exchange.comment('keep-alive\n')),
  pings: (exchange) => repeat(exchange, () => exchange.event({ event: 'ping', data: '{}' })),
  async malformed(exchange, { ndjson }) {
    await exchange.write(ndjson ? '{"model":\n' : 'data: {"id":"answer","choices":[{\n\n');
    await exchange.end();
  },
  async error(exchange, { error, problem = 'overloaded', message }) {
    const told = { ...PROBLEMS[problem] };
    if (message !== undefined) told.message = message;
    await exchange.write(ERRORS[error](told));
    await exchange.end();
  },
};

const PAGE = '<!doctype html><title>Sign in</title><p>Please sign in.</p>';

/**
 * What goes wrong with one answer.
 *
 * @typedef {object} Fault
 * @property {number} [status] answered with instead of a stream, with `headers` and `body`
 * @property {object} [headers]
 * @property {unknown} [body] sent as JSON unless it is text
 * @property {true} [page] a page in a 200
 * @property {'reset' | 'stall'} [before] the fate of a request that gets no head
 * @property {number} [after] how many events come before the fate
 * @property {number} [content] the same, counted in events of content
 * @property {keyof typeof FATES} [how] the fate of a body; without one it goes on to its end
 * @property {keyof typeof ERRORS} [error] the shape of an error, with `problem` and `message`
 * @property {() => unknown} [when] awaited before the fate, for those (`reset`) that
 *   make a client lose what it has not read yet
 */

/** Commits a fault that comes instead of a stream; says whether there was one. */
async function refuse(exchange, fault) {
  if (fault?.page) await exchange.status(200, { 'content-type': 'text/html' }, PAGE);
  else if (fault?.before) await exchange[fault.before]();
  else if (fault?.status) {
    const { status, headers = {}, body = '' } = fault;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    await exchange.status(status, headers, text);
  } else return false;
  return true;
}

/** Where among the frames of a body its fate comes; `Infinity` for none, or if it is too short. */
function placeOf(fault, frames) {
  if (!fault?.how && !fault?.error) return Number.POSITIVE_INFINITY;
  if (fault.content === undefined) return fault.after ?? 0;
  const contents = [...frames.keys()].filter((place) => frames[place].says === 'content');
  if (fault.content === 0) return contents[0] ?? 0;
  return (contents[fault.content - 1] ?? Number.POSITIVE_INFINITY) + 1;
}

/** Commits the fate of a body. */
async function strike(exchange, fault, context) {
  await fault.when?.();
  await FATES[fault.error ? 'error' : fault.how](exchange, { ...fault, ...context });
}

module.exports = { ERRORS, PROBLEMS, placeOf, refuse, strike };
