// The same tokens in the words of each client.

const STREAM = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
const TOKEN = 'token ';

const data = (value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;

/** What stands before, for and behind the tokens. */
const WORDS = {
  '/events': { token: data(TOKEN.trim()), last: data('[DONE]') },
  '/chunks': {
    token: data({ choices: [{ index: 0, delta: { content: TOKEN } }] }),
    last: data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) + data('[DONE]'),
  },
  '/parts': {
    headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
    first: data({ type: 'start' }) + data({ type: 'text-start', id: '1' }),
    token: data({ type: 'text-delta', id: '1', delta: TOKEN }),
    last: data({ type: 'text-end', id: '1' }) + data({ type: 'finish' }) + data('[DONE]'),
  },
  '/run': {
    first:
      data({ type: 'RUN_STARTED', threadId: 't', runId: 'r', timestamp: 0 }) +
      data({ type: 'TEXT_MESSAGE_START', messageId: 'm', role: 'assistant', timestamp: 0 }),
    token: data({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: TOKEN, timestamp: 0 }),
    last:
      data({ type: 'TEXT_MESSAGE_END', messageId: 'm', timestamp: 0 }) +
      data({ type: 'RUN_FINISHED', threadId: 't', runId: 'r', timestamp: 0 }),
  },
};

/**
 * Sends so many tokens a second, for so long.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {{ rate: number, seconds: number }} load
 */
export function answer(request, response, { rate, seconds }) {
  const { headers = {}, first = '', token, last } = WORDS[request.url.split('?')[0]];
  request.resume();
  response.writeHead(200, { ...STREAM, ...headers });
  response.write(first);
  const begun = performance.now();
  const total = rate * seconds;
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - begun) / 1000) * rate));
    for (; sent < due; sent += 1) response.write(token);
    if (sent < total) return;
    clearInterval(timer);
    response.end(last);
  }, 1);
  response.once('close', () => clearInterval(timer));
}
