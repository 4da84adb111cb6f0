'use strict';

const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const ROOT = join(__dirname, '..', '..');
const SHARED = join(ROOT, '..', 'shared', 'fixtures');
const TRANSCRIPTS = join(ROOT, 'tests', 'llm', 'transcripts');

const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/**
 * Recorded streams, with what the table that came with them says: the hash of the text, length and
 * hash of the reasoning in code points, the tool call with the length of its arguments.
 */
const TABLE = [
  ['pydantic-ai__openai-chat.1.sse.txt', { tool: ['get_capital', 16] }],
  [
    'pydantic-ai__openai-chat.2.sse.txt',
    { text: '6d6d6474ad3b118a39ef78a87d0b9fcf647dae1e8d4234be0f75ae3823ed2b8e' },
  ],
  [
    'pydantic-ai__openai-chat-moderation.1.sse.txt',
    { text: 'bdff8c417ab50e95e95cce16035a3799c7e00104de4a7b3453f06728c620faf7' },
  ],
  [
    'vercel-ai__azure-model-router.chunks.txt',
    { text: '53f836c9fbdabf17eb44223ac5a576d45dae9abf3f6202b957726864c4506ae5' },
  ],
  [
    'pydantic-ai__crusoe-openai-compatible.1.sse.txt',
    { text: '43f0c4c6d14f478ac3784e79c7b6cb713156c36287a307f056684ca529e4cfe8' },
  ],
  ['vercel-ai__alibaba-tool-call.chunks.txt', { tool: ['weather', 29] }],
  [
    'pydantic-ai__openai-responses-text.1.sse.txt',
    { family: 'responses', tool: ['final_result', 15] },
  ],
  [
    'pydantic-ai__openai-responses-background-resume.1.sse.txt',
    {
      family: 'responses',
      text: '088c1ac1aec9ec1a8d975f916676e06ba44b4a5144d78231fc87298d6ef78d18',
    },
  ],
  [
    'pydantic-ai__openai-responses-background-resume.2.sse.txt',
    {
      family: 'responses',
      text: '088c1ac1aec9ec1a8d975f916676e06ba44b4a5144d78231fc87298d6ef78d18',
    },
  ],
  ['vercel-ai__openai-responses-error.chunks.txt', { family: 'responses', error: 'quota' }],
  [
    'anthropic-sdk__basic_response.sse.txt',
    {
      family: 'anthropic',
      text: '89b8b8e486421463d7e0f5caf60fb9cb35ce169b76e657ab21fc4d1d6b093603',
    },
  ],
  [
    'anthropic-sdk__tool_use_response.sse.txt',
    {
      family: 'anthropic',
      text: '7f9902d69047b083cd84e289dae90328599d266d81f3f1efc4a52405118575ad',
      tool: ['get_weather', 21],
    },
  ],
  [
    'pydantic-ai__anthropic-thinking.1.sse.txt',
    {
      family: 'anthropic',
      text: '1b0c432c3a48cc2829d6ff2b6e2c0f62881416d4583337d6f8a8a9a48ad73dfc',
      reasoning: [202, '18c2c6e0236d'],
    },
  ],
  [
    'vercel-ai__anthropic-duplicate-message-start.chunks.txt',
    {
      family: 'anthropic',
      text: 'dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f',
    },
  ],
  [
    'pydantic-ai__gemini-crlf.1.sse.txt',
    {
      family: 'gemini',
      text: 'c9ba5557ea09feef90011604657255a11621c036b482e8c85fe966f2cf20d0b7',
    },
  ],
  [
    'pydantic-ai__gemini-tool-thought-signature.1.sse.txt',
    { family: 'gemini', tool: ['get_country', 2] },
  ],
  [
    'pydantic-ai__deepseek-reasoner.1.sse.txt',
    {
      text: 'cf0e60278f7fbdc36fdaf5630f08ec831d6d051d936563171e86258ad95ae574',
      reasoning: [882, 'd29146ea4f40'],
    },
  ],
  [
    'pydantic-ai__openrouter-midstream-error.1.sse.txt',
    { reasoning: [42, '2366fab4e65d'], error: 'invalid-request' },
  ],
  [
    'pydantic-ai__groq-tool-use-failed.1.sse.txt',
    { reasoning: [412, '42abcfd444c1'], error: 'invalid-request' },
  ],
  ['vercel-ai__groq-tool-call.chunks.txt', { tool: ['weather', 2] }],
  [
    'pydantic-ai__mistral-thinking-array-content.1.sse.txt',
    {
      text: 'e61ff78a68761d944f21a92e5a89e365735022da8ffddd99ad9d87476548a8e2',
      reasoning: [421, 'fcab447a2e58'],
    },
  ],
];

/** One answer as each family tells it, written for this project; here also without recordings. */
const OWN = [
  ['chat_completions.sse', { family: 'chat-completions', text: '你好, "wörld" 🌊\n' }],
  ['responses.sse', { family: 'responses' }],
  ['anthropic.sse', { family: 'anthropic' }],
  ['gemini.sse', { family: 'gemini', tool: ['weather', 42] }],
  ['ollama.ndjson', { family: 'ollama' }],
];

/** The events of a body, each with the line ends that it came with. */
function split(family, body) {
  const pieces = body.match(
    family === 'ollama'
      ? /[^\n]*\n+|[^\n]+$/g
      : /(?:[^\r\n]+\r?\n)+(?:\r?\n)+|(?:[^\r\n]+\r?\n?)+$/g,
  );
  return pieces.reduce((events, piece) => {
    // Comments and blank lines belong to the event after them.
    const last = events.at(-1);
    if (last !== undefined && isBlank(last)) events[events.length - 1] += piece;
    else events.push(piece);
    return events;
  }, []);
}

const isBlank = (text) => text.split(/\r?\n/).every((line) => line === '' || line.startsWith(':'));

/** A file of chunks has no framing: it gets what its family would send. */
function frame(family, line) {
  const named = family === 'anthropic' || family === 'responses';
  return `${named ? `event: ${JSON.parse(line).type}\n` : ''}data: ${line}\n\n`;
}

/** The data of an event as JSON; nothing for `[DONE]`, comments and the like. */
function jsonOf(event) {
  const line = event.split(/\r?\n/).find((text) => /^(data:|\{)/.test(text));
  try {
    return JSON.parse(line.replace(/^data:/, ''));
  } catch {
    return { done: /\[DONE\]/.test(event) };
  }
}

const RESPONSE_ENDS = ['response.completed', 'response.incomplete', 'response.failed'];

/** Whether an event says that the answer is complete, judged from its JSON and nothing else. */
const PROOFS = {
  'chat-completions': ({ choices, done }) => done || Boolean(choices?.[0]?.finish_reason),
  responses: ({ type }) => RESPONSE_ENDS.includes(type),
  anthropic: ({ type }) => type === 'message_stop',
  gemini: ({ candidates }) => Boolean(candidates?.[0]?.finishReason),
  ollama: ({ done }) => done === true,
};

/** For every event, what the answer is if the body ends there: `'cut'`, `'done'` or `'error'`. */
function verdicts(family, events) {
  let verdict = 'cut';
  return events.map((event) => {
    const value = jsonOf(event);
    if (value.error || value.type === 'error') verdict = 'error';
    else if (verdict === 'cut' && PROOFS[family](value)) verdict = 'done';
    return verdict;
  });
}

/** Every recording at hand: `{ file, family, events, verdicts, expected }`. */
function recordings() {
  const shared = existsSync(SHARED)
    ? TABLE.map(([file, row]) => {
        const { family = 'chat-completions', text = NOTHING, reasoning, tool, error } = row;
        const raw = readFileSync(join(SHARED, file), 'utf8');
        const events = file.endsWith('.chunks.txt')
          ? raw
              .trim()
              .split('\n')
              .map((line) => frame(family, line))
          : split(family, raw);
        return { file, family, events, expected: { text, reasoning, tool, error } };
      })
    : [];
  const own = OWN.map(([file, { family, text = '你好 🌊', tool = ['weather', 13] }]) => {
    const events = split(family, readFileSync(join(TRANSCRIPTS, file), 'utf8'));
    const reasoning = [2, sha256('先想').slice(0, 12)];
    return { file, family, events, expected: { text: sha256(text), reasoning, tool } };
  });
  return [...shared, ...own].map((recording) => ({
    ...recording,
    verdicts: verdicts(recording.family, recording.events),
  }));
}

module.exports = { recordings, sha256 };
