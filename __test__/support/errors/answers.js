'use strict';

const { ask, hear, iterate, outcome } = require('../answers.js');
const { serve } = require('../client.js');
const { ERRORS, PROBLEMS } = require('../provider-faults.js');
const { startProvider } = require('../provider.js');
const { NAMED, ONCE, answered } = require('./provoke.js');

/** Which family sends an error of which shape. */
const SHAPES = {
  anthropic: 'anthropic',
  responses: 'responses',
  'flat responses': 'responses',
  gemini: 'gemini',
  ollama: 'ollama',
};

const SAYS = '{"choices":[{"index":0,"delta":{"content":"The first"}}]}';
const OPTIONS = { apiKey: null, model: 'm', messages: [{ role: 'user', content: 'Hello?' }] };

/** A case of a provider that sends these data. */
const told = (title, data, options) => ({
  title,
  async provoke(t) {
    const server = await serve(t, async (exchange) => {
      for (const event of data) await exchange.event({ data: event });
      await exchange.end();
    });
    const answer = ask(t, { ...OPTIONS, baseUrl: server.url, ...ONCE, ...options });
    return (await outcome(answer.message())).error;
  },
});

const finish = (reason) => `{"choices":[{"index":0,"delta":{},"finish_reason":"${reason}"}]}`;
const call = (text, index = 0) => {
  const made = { index, id: `c${index}`, function: { name: 'f', arguments: text } };
  return JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [made] } }] });
};

const refused = (status, body) =>
  answered(`a provider answers ${status}`, {
    faults: [{ status, body }],
  });

/** What can go wrong with an answer. */
module.exports = [
  ...Object.keys(ERRORS).map((error) =>
    answered(
      `a provider fails as ${error} does`,
      { faults: [{ content: 4, error }] },
      { family: SHAPES[error] ?? 'chat-completions' },
    ),
  ),
  ...Object.keys(PROBLEMS).map((problem) =>
    answered(`a provider fails with ${problem}`, {
      faults: [{ content: 0, error: 'vllm', problem }],
    }),
  ),
  ...[
    ...['insufficient_quota', 'context_length_exceeded', 'content_filter', 'model_not_found'],
    ...['permission_denied', 'timeout', 'server_error'],
  ].map((code) => told(`a provider's code ${code}`, [`{"error":{"code":"${code}"}}`])),
  answered('an answer ends without a reason', { faults: [{ content: 2, how: 'end' }] }),
  answered('an answer ends before it began', { faults: [{ after: 0, how: 'end' }] }),
  answered('an answer is cut', { faults: [{ content: 2, how: 'truncate' }] }),
  answered('an answer is malformed', { faults: [{ content: 2, how: 'malformed' }] }),
  answered(
    'no byte of an answer in time',
    { faults: [{ content: 2, how: 'stall' }] },
    { timeouts: { idle: 1000 } },
  ),
  answered(
    'no event of an answer in time',
    { faults: [{ content: 2, how: 'stall' }] },
    { timeouts: { event: { ms: 1000, ignore: ['ping'] } } },
  ),
  answered('the deadline passes', { faults: [{ after: 0, how: 'stall' }] }, { deadline: 1000 }),
  answered('a page instead of an answer', { faults: [{ page: true }] }),
  refused(204),
  refused(400, { error: { message: 'no', code: 'context_length_exceeded' } }),
  refused(401, { error: { message: 'who', type: 'authentication_error' } }),
  refused(402),
  refused(404, 'no such model'),
  refused(429, { error: { message: 'slow', code: 'rate_limit_exceeded' } }),
  refused(503, { error: { message: 'later' } }),
  told('[DONE] without a reason', [SAYS, '[DONE]']),
  told('[DONE] before anything', ['[DONE]']),
  told('a finish reason that is a failure', [SAYS, finish('network_error'), '[DONE]']),
  told('a finish reason error', [SAYS, finish('error'), '[DONE]']),
  told('a text that is too long', [SAYS, finish('stop')], { limits: { content: 5 } }),
  told('arguments that are too long', [call('{"a":"xxxxxxxx"}')], { limits: { arguments: 5 } }),
  told('too many calls', [call('{}', 0), call('{}', 200)]),
  told('too many choices', [`{"choices":[{"index":500,"delta":{"content":"x"}}]}`]),
  told('arguments that are too deep', [call(`${'['.repeat(120)}${']'.repeat(120)}`)]),
  told('an event that is no object', ['[1]']),
  told('an event that is too large', [SAYS], { maxEventSize: 20 }),
  {
    title: 'an answer that is malformed, as told by parseError',
    async provoke(t) {
      const provider = await startProvider(t, { faults: [{ content: 2, how: 'malformed' }] });
      const heard = await hear(ask(t, { ...provider.options(), malformed: 'skip', ...ONCE }));
      return heard.of('parseError')[0];
    },
  },
  {
    title: 'an answer that is stopped',
    async provoke(t) {
      const provider = await startProvider(t, { faults: [{ content: 2, how: 'stall' }] });
      const answer = ask(t, provider.options());
      answer.once('content', () => answer.stop());
      return (await outcome(answer.message())).error;
    },
  },
  {
    title: 'an answer that began anew under textStream',
    async provoke(t) {
      const provider = await startProvider(t, { faults: [{ content: 2, how: 'end' }] });
      const answer = ask(t, { ...provider.options(), resume: 'restart' });
      return (await iterate(answer.textStream)).error;
    },
  },
  {
    title: 'a server that has forgotten the answer to resume',
    async provoke(t) {
      const faults = ({ method }) =>
        method === 'GET' ? { status: 404, body: 'gone' } : { content: 2, how: 'end' };
      const provider = await startProvider(t, { faults });
      const answer = ask(t, { ...provider.options('responses'), ...NAMED, resume: 'server' });
      return (await outcome(answer.message())).error;
    },
  },
];
