'use strict';

const { createPool } = require('../../index.js');
const options = require('./wrong-options.js');

const { NO_GROUPS, NO_LISTS, NO_NUMBERS, NO_SIZES, NO_TIMES, SECRET } = options;

const ENDPOINT = { baseUrl: 'https://api.example.com/v1', apiKey: SECRET };
const MESSAGES = [{ role: 'user', content: SECRET }];
const ASKED = { ...ENDPOINT, model: 'm', messages: MESSAGES };

const NO_TEXTS = [5, true, null, {}, []];

/** Every option that chat() has for itself, and values that are none of it. */
const WRONG = {
  provider: [],
  baseUrl: [],
  apiKey: [],
  keyHeader: NO_TEXTS,
  prefill: ['nobody', 5, true, null, []],
  'prefill.style': ['nobody', 5, null, undefined],
  'prefill.echo': options.NO_FLAGS,
  done: ['stop', '', 5, true, null, []],
  pool: [5, 'x', true, null, {}, []],
  affinity: NO_TEXTS,
  model: NO_TEXTS,
  malformed: ['ignore', '', 5, true, null, {}],
  messages: [],
  maxTokens: [...NO_SIZES, null],
  temperature: [...NO_NUMBERS, -0.1, null],
  topP: [...NO_NUMBERS, -0.1, 1.1, null],
  stop: [5, true, null, {}, ''],
  tools: NO_LISTS,
  toolChoice: ['must', 5, true, null, [], {}],
  body: [],
  resume: ['always', 5, true, null, {}],
  deadline: [...NO_TIMES, 'soon', new URL('https://example.com/')],
  requestId: NO_TEXTS,
  limits: NO_GROUPS,
  'limits.content': [...NO_SIZES, null],
  'limits.arguments': [...NO_SIZES, null],
};

/** Where a message names more than the option, or has no one value to show. */
const SPECIAL = [
  [{ baseUrl: undefined }, 'baseUrl is missing'],
  [{ baseUrl: 5 }, 'baseUrl'],
  [{ baseUrl: SECRET }, 'baseUrl'],
  [{ baseUrl: '/v1' }, 'baseUrl'],
  [{ baseUrl: `ftp://${SECRET}.example.com` }, 'baseUrl'],
  [{ baseUrl: `https://me:${SECRET}@example.com` }, 'baseUrl'],
  [{ apiKey: undefined }, 'apiKey is missing; give the key, or null'],
  [{ apiKey: '' }, 'apiKey is empty'],
  [{ apiKey: 5 }, 'apiKey'],
  [{ apiKey: `${SECRET}\n` }, 'apiKey'],
  [{ apiKey: `${SECRET}\r\nx-more: 1` }, 'apiKey'],
  [{ apiKey: [] }, 'apiKey'],
  [{ apiKey: [SECRET, 5] }, 'apiKey[1]'],
  [{ apiKey: [SECRET, ''] }, 'apiKey[1]'],
  [{ apiKey: [SECRET, 'other', SECRET] }, 'apiKey[2] repeats apiKey[0]'],
  [{ keyHeader: 'Host' }, 'keyHeader'],
  [{ keyHeader: `x:${SECRET}` }, 'keyHeader'],
  [{ model: undefined }, 'model is missing'],
  [{ model: '' }, 'model'],
  [{ model: ' ' }, 'model'],
  [{ model: 'a\nb' }, 'model'],
  [{ model: 'a\ud83d' }, 'model must be well-formed'],
  [{ model: '\ude00' }, 'model must be well-formed'],
  [{ apiKey: `${SECRET}\ud83d` }, 'apiKey must be well-formed'],
  [{ requestId: '\ud83dx' }, 'requestId must be well-formed'],
  ...['..', 'a/../b', './a', 'a//b', '/a', 'a/', 'a?b=c', 'a#b', 'a\\b', '%2e%2E/a', 'a/.%2e'].map(
    (model) => [{ provider: 'gemini', model }, 'model must be a name'],
  ),
  [{ messages: undefined }, 'messages is missing'],
  ...[[], SECRET, 5, null, {}].map((messages) => [{ messages }, 'messages must be an array']),
  [{ messages: [...MESSAGES, SECRET] }, 'messages[1]'],
  [{ messages: [null] }, 'messages[0]'],
  [{ messages: [{ content: SECRET }] }, 'messages[0].role', 'undefined'],
  [{ messages: [{ role: 'robot', content: SECRET }] }, 'messages[0].role', '"robot"'],
  [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', '5'],
  [{ messages: [{ role: 'user', content: {} }] }, 'messages[0].content', 'an object'],
  [{ messages: [{ role: 'user', content: 'x', big: 5n }] }, 'body'],
  [{ stop: ['x', ''] }, 'stop[1]', '""'],
  [{ tools: [undefined] }, 'tools[0]', 'undefined'],
  [{ tools: [{ name: '' }] }, 'tools[0].name', '""'],
  [{ tools: [{ name: 'a' }, {}] }, 'tools[1].name', 'undefined'],
  [{ tools: [{ name: 'a', description: 5 }] }, 'tools[0].description', '5'],
  [{ tools: [{ name: 'a', parameters: 'x' }] }, 'tools[0].parameters', '"x"'],
  [{ tools: [{ type: 'function', function: {} }] }, 'unknown option "tools[0].type"'],
  [{ toolChoice: { name: '' } }, 'toolChoice'],
  [{ resume: [] }, 'resume'],
  [{ resume: ['fail', 'again'] }, 'resume[1]', '"again"'],
  [{ resume: ['restart', 'restart'] }, 'resume names "restart" more than once'],
  [{ resume: ['fail', 'restart'] }, 'resume must end with "fail"'],
  [{ deadline: new Date(Number.NaN) }, 'deadline'],
  [{ requestId: '' }, 'requestId'],
  [{ requestId: `${SECRET}\r\nx-more: 1` }, 'requestId'],
  [{ requestId: `${SECRET}\0` }, 'requestId'],
  [{ headers: () => ({}) }, 'headers', 'a function'],
  [{ headers: { 'x-key': `${SECRET}\r\nx-more: 1` } }, 'x-key'],
  [{ headers: { 'X-Request-ID': SECRET } }, '"x-request-id": requestId does'],
  [{ headers: { 'X-Request-Attempt': SECRET } }, '"x-request-attempt"'],
  [{ headers: { Authorization: `Bearer ${SECRET}` } }, '"authorization": apiKey does'],
  [{ provider: 'anthropic', headers: { 'X-API-Key': SECRET } }, '"x-api-key": apiKey does'],
  [{ provider: 'azure', headers: { 'api-key': SECRET } }, '"api-key": apiKey does'],
  [{ keyHeader: 'X-Mine', headers: { 'x-mine': SECRET } }, '"x-mine": apiKey does'],
  ...[SECRET, 5, true, null, [SECRET], new Map(), () => {}].map((body) => [{ body }, 'body']),
  [{ body: { stream: false } }, 'body.stream', 'false'],
  [{ body: { stream: null } }, 'body.stream', 'null'],
  [{ body: { big: 5n } }, 'body'],
  [{ http2: true, proxy: 'http://proxy.test', baseUrl: 'http://a.test/' }, 'http2'],
];

/** What cannot be together. */
const POOL = () => createPool([{ ...ENDPOINT, name: 'a' }]);
const TOOLS = [{ name: 'a' }];
const PREFILL = { prefill: 'deepseek', resume: 'continue' };
const CONTRADICTIONS = [
  ...['baseUrl', 'apiKey', 'keyHeader', 'prefill', 'done'].map((name) => {
    const none = { baseUrl: undefined, apiKey: undefined };
    const { baseUrl } = ENDPOINT;
    const given = { baseUrl, apiKey: SECRET, keyHeader: 'x-a', prefill: 'kimi', done: 'end' };
    return [() => ({ ...none, pool: POOL(), [name]: given[name] }), `pool and ${name} exclude`];
  }),
  [{ resume: 'continue' }, 'prefill'],
  [() => ({ baseUrl: undefined, apiKey: undefined, pool: POOL(), resume: 'continue' }), 'prefill'],
  [{ prefill: 'anthropic' }, 'prefill'],
  [{ prefill: 'deepseek', provider: 'anthropic' }, 'prefill'],
  [{ prefill: 'vllm', provider: 'gemini' }, 'prefill'],
  [{ ...PREFILL, tools: TOOLS }, 'resume "continue" cannot be used with tools'],
  [{ ...PREFILL, body: { tools: [{}] } }, 'resume "continue" cannot be used with tools'],
  [{ ...PREFILL, resume: ['continue', 'fail'], tools: TOOLS }, 'resume "continue"'],
  [{ ...PREFILL, body: { n: 2 } }, 'resume "continue" cannot be used with several choices'],
  ...[
    { response_format: { type: 'json_object' } },
    { response_format: { type: 'json_schema', json_schema: {} } },
  ].map((body) => [{ ...PREFILL, body }, 'resume "continue" cannot be used for JSON']),
  [
    {
      ...PREFILL,
      ...{ provider: 'anthropic', prefill: 'anthropic' },
      body: { output_config: { format: { type: 'json_schema' } } },
    },
    'resume "continue" cannot be used for JSON',
  ],
  [{ resume: 'server' }, 'resume "server" needs the provider "responses"'],
  [{ resume: ['restart', 'server'], provider: 'anthropic' }, 'resume "server"'],
  [{ resume: 'server', provider: 'responses', body: { background: false } }, 'body.background'],
  [{ provider: 'responses', stop: 'x' }, 'stop'],
  [{ provider: 'ollama', toolChoice: 'auto' }, 'toolChoice'],
  ...['responses', 'anthropic', 'gemini'].map((provider) => {
    return [{ provider, messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'];
  }),
];

const UNKNOWN = [
  ...['max_tokens', 'timeout', 'key', 'stream', 'retry.resetAfter', 'retry.recoverAfter'],
  ...['timeouts.total', 'limits.choices', 'prefill.kind', 'toolChoice.type'],
];

module.exports = { ASKED, CONTRADICTIONS, MESSAGES, PREFILL, SPECIAL, TOOLS, UNKNOWN, WRONG };
